package tree

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

type object = map[string]any

func TestParseYAML(t *testing.T) {
	for _, c := range []struct {
		text string
		want any
	}{
		{"a: foo\nb: [x, 'y', \"z\\n\"]\n", object{"a": "foo", "b": []any{"x", "y", "z\n"}}},
		{"a:\nb: ~\nc: null\n", object{"a": nil, "b": nil, "c": nil}},
		{"- - - x", []any{[]any{[]any{"x"}}}},
		{"a: |\n  x\n  y\nb: >-\n  x\n  y\n\n  z\n", object{"a": "x\ny\n", "b": "x y\nz"}},
		{"# comment\n--- # more\na: foo # end\n...\n", object{"a": "foo"}},
		{"? a\n: b", object{"a": "b"}},
		{"a: |\n  x", object{"a": "x"}},
		{"é: \"\\u00e9\\x41\"\nb: {\"\\u0061\": [\"q\n  \\u0062\", 'x\\u']}", object{"é": "éA", "b": object{"a": []any{"q b", "x\\u"}}}},
		{"\ufeffa: b\r\nc: d\r\n", object{"a": "b", "c": "d"}},
		{`{"a":1,"b":[true,"\/"],"c":{"d":"\u00e9"}}`, object{"a": 1.0, "b": []any{true, "/"}, "c": object{"d": "é"}}},

		// Words as ghodss/yaml reads them.
		{"[yes, No, ON, off, y, N, TRUE, False]", []any{true, false, true, false, true, false, true, false}},
		{"['yes', \"no\", yess, nope, yEs]", []any{"yes", "no", "yess", "nope", "yEs"}},
		{"[1, -2, 1.5, 1e3, .5, 1., +7, 0, -0.5]", []any{1.0, -2.0, 1.5, 1000.0, .5, 1.0, 7.0, 0.0, -.5}},
		{"['1', 1.2.3, 12:30:45, 2001-01-01, 127.0.0.1, 10.0.0.0/8, 3s, -, ., +, '']", []any{"1", "1.2.3", "12:30:45", "2001-01-01", "127.0.0.1", "10.0.0.0/8", "3s", "-", ".", "+", ""}},
		{"a: <<\nb: =", object{"a": "<<", "b": "="}},
		{"1: a\n-5: b", object{"1": "a", "-5": "b"}},
		{"a: !!str 12\nb: !!str yes\nc: !!int 3\nd: !!map {e: f}", object{"a": "12", "b": "yes", "c": 3.0, "d": object{"e": "f"}}},

		// Anchors and merge keys.
		{"a: &x {b: 1}\nc: *x", object{"a": object{"b": 1.0}, "c": object{"b": 1.0}}},
		{"- &a x\n- *a\n- &a z\n- *a", []any{"x", "x", "z", "z"}},
		{"- &r {id: a, m: [1]}\n- <<: *r\n  id: b", []any{object{"id": "a", "m": []any{1.0}}, object{"id": "b", "m": []any{1.0}}}},
		{"- &r {a: 1, b: 1}\n- &s {b: 2, c: 2}\n- {<<: [*r, *s], d: 3}", []any{object{"a": 1.0, "b": 1.0}, object{"b": 2.0, "c": 2.0}, object{"a": 1.0, "b": 1.0, "c": 2.0, "d": 3.0}}},
		{"b: 2\n<<: {a: 1}", object{"a": 1.0, "b": 2.0}},
		{"'<<': {a: 1}", object{"<<": object{"a": 1.0}}},
	} {
		n, err := ParseYAML([]byte(c.text), Limits{})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := n.Any(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %#v", c.text, got)
		}
	}
}

func TestParseYAMLRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "is empty"},
		{"# only", "is empty"},
		{"a: 1\nb: 2\na: 3", "line 3, column 1: a: stands twice"},
		{"'a': 1\n\"a\": 2", "twice"},
		{"x:\n  - {k: 1, k: 2}", "x[0].k: stands twice"},
		{"a: 1\n---\nb: 2", "second document"},
		{"%YAML 1.1\n---\na: 1", "directives"},
		{"a: 0777", "line 1, column 4: a: readers of YAML disagree"},
		{"a: 0x1F", "disagree"},
		{"a: 0o17", "disagree"},
		{"a: 0b11", "disagree"},
		{"a: 1_000", "disagree"},
		{"a: 08", "disagree"},
		{"a: 00.5", "disagree"},
		{"a: .inf", "finite"},
		{"a: -.INF", "finite"},
		{"a: .NaN", "finite"},
		{"a: 1e999", "too large"},
		{"yes: 1", "quotes"},
		{"on: 1", "quotes"},
		{"null: 1", "quotes"},
		{"1.5: 1", "quotes"},
		{"? [a]\n: b", "key"},
		{"a: &x b\n*x : 1", "key"},
		{"a: &x [*x]", "contains itself"},
		{"a: &x\n  b: *x", "contains itself"},
		{"a: *x", "no anchor"},
		{"a: *x\nb: &x 1", "no anchor"},
		{"<<: 1", "merge key"},
		{"<<: [1]", "merge key"},
		{"<<: {a: 1}\n<<: {b: 1}", "second merge key"},
		{"a: 1\n<<: {a: 2}", "write << first"},
		{"a: !foo x", "unknown tag"},
		{"a: !!binary aGk=", "unknown tag"},
		{"a: !!int x", "does not fit"},
		{"a: \"\\ud800\"", "not YAML"},
		{"a: \xff", "UTF-8"},
		{"a: x\ty", "tab"},
		{"a: !yes1", "unknown tag"},
		{"a: b\rc: d", "carriage"},
		{"a: \"q\n  \\xg1\"", "hexadecimal"},
		{"a: \"\\u00'9\"", "hexadecimal"},
		{"a: >-\n  x\n\n  z", "newline"},
		{"n: 1", "quotes"},
		{"a: 'x", "not YAML"},
		{"a: x: y", "not YAML"},
		{"a: [1,\n2", "not YAML"},
		{strings.Repeat("[", 33) + strings.Repeat("]", 33), "deeper than 32"},
		{strings.Repeat("[", 100000), "deeply"},
		{strings.Repeat("- ", 100000) + "x", "deeply"},
		{strings.Repeat("? ", 100000) + "x", "deeply"},
		{strings.Repeat("!!str ", 100000) + "x", "deeply"},
	} {
		n, err := ParseYAML([]byte(c.text), Limits{})
		if err == nil || n != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: got %v, %v, want an error with %q", c.text, n, err, c.want)
		}
	}
}

func TestYAMLAliasBombIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 20; i++ {
		last := "*a" + string(rune('a'+i-1))
		if i == 1 {
			last = "*a0"
		}
		b.WriteString("a" + string(rune('a'+i)) + ": &a" + string(rune('a'+i)) + " [" + strings.TrimSuffix(strings.Repeat(last+",", 10), ",") + "]\n")
	}
	began := time.Now()
	_, err := ParseYAML([]byte(b.String()), Limits{Nodes: 100_000})
	if err == nil || !strings.Contains(err.Error(), "more than 100000 values") {
		t.Fatalf("got %v", err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestYAMLPositions(t *testing.T) {
	n, err := ParseYAML([]byte("rules:\n  - id: a\n    match:\n      url: x\n  - {id: b, l: [1,\n    2]}\n"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	rules := n.Get("rules")
	for _, c := range []struct {
		name         string
		n            *Node
		line, column int
	}{
		{"document", n, 1, 1},
		{"rules", rules, 1, 1},
		{"rules[0]", rules.Items[0], 2, 5},
		{"rules[0].match", rules.Items[0].Get("match"), 3, 5},
		{"rules[0].match.url", rules.Items[0].Get("match").Get("url"), 4, 7},
		{"rules[1]", rules.Items[1], 5, 5},
		{"rules[1].l", rules.Items[1].Get("l"), 5, 13},
		{"rules[1].l[1]", rules.Items[1].Get("l").Items[1], 6, 5},
	} {
		if c.n.Line != c.line || c.n.Column != c.column {
			t.Errorf("%s: at %d:%d, want %d:%d", c.name, c.n.Line, c.n.Column, c.line, c.column)
		}
	}
}

// A word that YAML takes for a boolean, where a string belongs, is told apart
// from a real boolean in the message.
func TestYAMLWordInPlaceOfString(t *testing.T) {
	n, err := ParseYAML([]byte("subject: no"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var p Problems
	_ = NewCursor(n, "", &p).Object().Field("subject").String()
	if got, want := list(&p), "line 1, column 1: subject: must be a string, not a boolean: YAML reads this word as false; put it in quotes\n"; got != want {
		t.Errorf("got %s", got)
	}
}

func FuzzParseYAML(f *testing.F) {
	for _, s := range []string{
		"a: &x {b: 1}\nc: *x", "- &r {id: a}\n- <<: *r\n  id: b", "a: |\n  x\nb: >-\n  y", "? a\n: b", "%YAML 1.1\n---\na: 1", "a: !!str 1", "{a: [1, {b: c}], d: }",
		"\"a\": \"\\u00e9\\n\"", "a: 0777", "- -\n-", "[[[[]]]]", "a: 1\na: 2", "x: &x [*x]", `{"a":[1,2.5,-0,true,null,"x"],"b":{}}`, "--- |\n x\n...\n---\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := ParseYAML(data, Limits{Bytes: 1 << 11, Nodes: 10000})
		if (n == nil) == (err == nil) {
			t.Fatalf("got %v, %v", n, err)
		}
		if err != nil {
			return
		}
		checkTree(t, n, 0)
		if strict, err := ParseJSON(data, Limits{}); err == nil && !reflect.DeepEqual(n.Any(), strict.Any()) {
			t.Fatalf("YAML gives %#v, JSON %#v", n.Any(), strict.Any())
		}
	})
}

func checkTree(t *testing.T, n *Node, depth int) {
	if depth > 33 || n == nil || n.Kind == Object && len(n.Keys) != len(n.Items) {
		t.Fatalf("broken at depth %d: %+v", depth, n)
	}
	if _, twice := duplicate(n.Keys); twice {
		t.Fatal("a name stands twice")
	}
	for _, item := range n.Items {
		checkTree(t, item, depth+1)
	}
}
