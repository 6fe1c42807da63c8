package pretty

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Each layout is the one that github.com/tidwall/pretty 1.2.0 made of it.
func TestLayouts(t *testing.T) {
	sorted := &Options{Width: 80, Indent: "  ", SortKeys: true}
	for _, c := range []struct {
		in   string
		opts *Options
		want string
	}{
		{`{"b":1,"a":[1,2,3]}`, nil, "{\n  \"b\": 1,\n  \"a\": [1, 2, 3]\n}\n"},
		{`{"b":{},"a":[]}`, nil, "{\n  \"b\": {},\n  \"a\": []\n}\n"},
		{"[1,2,3]", nil, "[1, 2, 3]\n"},
		{"[]", nil, "[]\n"},
		{"[{}]", nil, "[\n  {}\n]\n"},
		{"[[]]", nil, "[[]]\n"},
		{"[[1,2],[3,4]]", nil, "[[1, 2], [3, 4]]\n"},
		{`"str"`, nil, `"str"`},
		{"12", nil, "12"},
		{" { \"b\" : 1 , \"a\" : [ 1 , \"x y\" , null ] } ", nil, "{\n  \"b\": 1,\n  \"a\": [1, \"x y\", null]\n}\n"},
		{`{"a b":"c\"d , e"}`, nil, "{\n  \"a b\": \"c\\\"d , e\"\n}\n"},
		{
			`[{"a":1},{"b":[1,{"c":2}]}]`, nil,
			"[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": [\n      1,\n      {\n        \"c\": 2\n      }\n    ]\n  }\n]\n",
		},
		{`{"b":1,"a":{"d":2,"c":3}}`, sorted, "{\n  \"a\": {\n    \"c\": 3,\n    \"d\": 2\n  },\n  \"b\": 1\n}\n"},
		{`{"a":1,"a":2,"B":1}`, sorted, "{\n  \"B\": 1,\n  \"a\": 1,\n  \"a\": 2\n}\n"},
		{`{"b":1,"a":[1,2]}`, &Options{Indent: "  "}, "{\n  \"b\": 1,\n  \"a\": [\n    1,\n    2\n  ]\n}\n"},
		{
			`{"b":1,"a":{"d":2,"c":[1,[2,3],"x"]}}`, &Options{Indent: "\t", Prefix: " ", Width: 11},
			" {\n \t\"b\": 1,\n \t\"a\": {\n \t\t\"d\": 2,\n \t\t\"c\": [\n \t\t\t1,\n \t\t\t[2, 3],\n \t\t\t\"x\"\n \t\t]\n \t}\n }\n",
		},
		{`{"a":[1,2,3]}`, &Options{Indent: "  ", Width: 16}, "{\n  \"a\": [\n    1,\n    2,\n    3\n  ]\n}\n"},
		{`{"a":[1,2,3]}`, &Options{Indent: "  ", Width: 17}, "{\n  \"a\": [1, 2, 3]\n}\n"},
		{`[1,2,3]`, &Options{Indent: "  ", Width: 8}, "[\n  1,\n  2,\n  3\n]\n"},
		{`[1,2,3]`, &Options{Indent: "  ", Width: 9}, "[1, 2, 3]\n"},
	} {
		if got := string(PrettyOptions([]byte(c.in), c.opts)); got != c.want {
			t.Errorf("%s\n%q\nwant\n%q", c.in, got, c.want)
		}
	}
	if got := string(Ugly([]byte(" { \"b\" : 1 , \"a\" : [ 1 , \"x y\" , null ] } "))); got != `{"b":1,"a":[1,"x y",null]}` {
		t.Error(got)
	}
}

func TestTooDeepStays(t *testing.T) {
	in := strings.Repeat(`{"a":`, MaxDepth+2) + "1" + strings.Repeat("}", MaxDepth+2)
	if got := string(Pretty([]byte(in))); got != in {
		t.Errorf("%.100q", got)
	}
}

// What is laid out is the same value; what is not JSON does no harm.
func FuzzPretty(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"\""}],"c":[[2]]}`, `[1,2`, `{"a"`, `"\`, `}{`, ` `, `[,]`, `{"a":1,}`} {
		f.Add([]byte(s), 20, true)
	}
	f.Fuzz(func(t *testing.T, in []byte, width int, sort bool) {
		opts := &Options{Width: width, Indent: " ", SortKeys: sort}
		pretty, ugly := PrettyOptions(in, opts), Ugly(in)
		if !json.Valid(in) {
			return
		}
		var was, is any
		if json.Unmarshal(in, &was) != nil {
			return // numbers out of range
		}
		for _, out := range [][]byte{pretty, ugly} {
			if err := json.Unmarshal(out, &is); err != nil {
				t.Fatalf("%q became %q: %v", in, out, err)
			}
			a, _ := json.Marshal(was)
			b, _ := json.Marshal(is)
			if !sort && !bytes.Equal(a, b) {
				t.Fatalf("%q became %q", in, out)
			}
		}
	})
}
