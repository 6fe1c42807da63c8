package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseJSON(t *testing.T) {
	n, err := ParseJSON([]byte("{\"a\": [1, -2.5e3, true, null],\n  \"b\": {\"\\u00e9\": \"\\ud83d\\ude00\\n\"}}"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": []any{1.0, -2500.0, true, nil}, "b": map[string]any{"é": "😀\n"}}
	if got := n.Any(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v", got)
	}
	if b := n.Get("b"); b.Line != 2 || b.Column != 3 {
		t.Errorf("b at %d:%d, want 2:3", b.Line, b.Column)
	}
	if two := n.Get("a").Items[1]; two.Text != "-2.5e3" || two.Line != 1 || two.Column != 11 {
		t.Errorf("got %+v", two)
	}
}

func TestParseJSONRefuses(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "is empty"},
		{"space only", " \n", "is empty"},
		{"trailing", "{} x", "follows"},
		{"two values", "1 2", "follows"},
		{"duplicate", `{"a":1,"b":2,"a":3}`, "a: stands twice"},
		{"duplicate by escape", `{"a":1,"\u0061":3}`, "twice"},
		{"duplicate deep", `{"x":[{},{"a":1,"a":1}]}`, "x[1].a: stands twice"},
		{"duplicate among many", `{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"11":0,"12":0,"13":0,"14":0,"7":0}`, "twice"},
		{"invalid UTF-8", "\"\xff\"", "UTF-8"},
		{"invalid UTF-8 after escape", "\"\\n\xc0\xaf\"", "UTF-8"},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", "UTF-8"},
		{"lone high", `"\ud800"`, "surrogate"},
		{"lone low", `"\udc00"`, "surrogate"},
		{"high then text", `"\ud800x"`, "surrogate"},
		{"high then escape", `"\ud800\n"`, "surrogate"},
		{"two high", `"\ud800\ud800"`, "surrogate"},
		{"BOM", "\xef\xbb\xbf{}", "expected"},
		{"control", "\"a\nb\"", "control"},
		{"NaN", "NaN", "expected"},
		{"huge", "1e999", "too large"},
		{"leading zero", "01", "follows"},
		{"plus", "+1", "expected"},
		{"dot", ".5", "expected"},
		{"dot end", "1.", "digit"},
		{"exponent", "1e", "digit"},
		{"minus", "-", "digit"},
		{"comma end", "[1,]", "expected"},
		{"comma end object", `{"a":1,}`, "name"},
		{"comment", "{} // x", "follows"},
		{"single quotes", "{'a':1}", "name"},
		{"word", "truE", "expected"},
		{"open", `{"a":`, "expected"},
		{"open string", `"abc`, "closed"},
		{"open escape", `"abc\`, "escape"},
		{"escape", `"\x41"`, "escape"},
		{"NUL", "{\"a\":1}\x00", "follows"},
		{"depth", deep(33), "deeper than 32"},
		{"form feed", "\f{}", "expected"},
	} {
		n, err := ParseJSON([]byte(c.text), Limits{})
		if err == nil || n != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", c.name, n, err, c.want)
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: not an *Error", c.name)
		}
	}
	if _, err := ParseJSON([]byte(deep(32)), Limits{}); err != nil {
		t.Errorf("depth 32: %v", err)
	}
}

func TestLimitsRefuse(t *testing.T) {
	if _, err := ParseJSON([]byte("[1,2,3]"), Limits{Bytes: 7, Depth: 1, Nodes: 4}); err != nil {
		t.Error(err)
	}
	for _, lim := range []Limits{{Bytes: 6}, {Nodes: 3}} {
		if _, err := ParseJSON([]byte("[1,2,3]"), lim); err == nil {
			t.Errorf("%+v accepted", lim)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.5,-0,1e10,true,false,null,"x\u00e9\ud83d\ude00"]}`, "[]", `{"a":1,"a":2}`, "\"\xff\"", `"\ud800"`, "1e400", " 1 ", "[[[]]]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := ParseJSON(data, Limits{})
		if err != nil {
			if n != nil {
				t.Fatal("a node and an error")
			}
			return
		}
		var want any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if got := n.Any(); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, encoding/json %#v", got, want)
		}
		var numbers any
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if d.Decode(&numbers) != nil || !sameLiterals(n, numbers) {
			t.Fatal("a number's literal changed")
		}
	})
}

func sameLiterals(n *Node, v any) bool {
	switch v := v.(type) {
	case json.Number:
		return n.Kind == Number && n.Text == string(v)
	case []any:
		for i := range v {
			if !sameLiterals(n.Items[i], v[i]) {
				return false
			}
		}
	case map[string]any:
		for k := range v {
			if !sameLiterals(n.Get(k), v[k]) {
				return false
			}
		}
	}
	return true
}

// What encoding/json accepts and ParseJSON refuses is one of the differences
// that the package comment names, over a corpus of mutated texts.
func TestStricterOnlyWhereSaid(t *testing.T) {
	texts := []string{
		`{"a": [1, 2.5, -3e-7, true, false, null], "b": {"c": "\u00e9\\\/"}}`,
		`[{"handler":"noop"},{"handler":"header","config":{"headers":{"X":"{{ .Subject }}"}}}]`,
	}
	accepted := 0
	for _, text := range texts {
		for i := range text {
			for _, c := range []byte("{}[]\",:0e-. \\tx\x00\xff") {
				b := []byte(text)
				b[i] = c
				_, err := ParseJSON(b, Limits{})
				if !json.Valid(b) {
					if err == nil {
						t.Fatalf("accepted %q", b)
					}
					continue
				}
				if err == nil {
					accepted++
					continue
				}
				if m := err.Error(); !strings.Contains(m, "twice") && !strings.Contains(m, "UTF-8") && !strings.Contains(m, "surrogate") && !strings.Contains(m, "too large") {
					t.Fatalf("refused %q: %v", b, err)
				}
			}
		}
	}
	if accepted < 100 {
		t.Fatalf("only %d accepted", accepted)
	}
}

func BenchmarkParseJSON(b *testing.B) {
	rule := `{"id":"r","match":{"url":"http://app.test/<.*>","methods":["GET"]},"authenticators":[{"handler":"noop"}],"authorizer":{"handler":"allow"},"mutators":[{"handler":"noop"}]}`
	text := []byte("[" + strings.Repeat(rule+",", 999) + rule + "]")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseJSON(text, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
