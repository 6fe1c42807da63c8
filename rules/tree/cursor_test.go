package tree

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func parse(t *testing.T, text string) *Node {
	t.Helper()
	n, err := ParseJSON([]byte(text), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func list(p *Problems) string {
	var b strings.Builder
	for _, x := range p.List() {
		b.WriteString(x.String() + "\n")
	}
	return b.String()
}

func TestCursorDecodes(t *testing.T) {
	var p Problems
	o := NewCursor(parse(t, `{"s":"v","b":true,"i":7,"l":["a","b"],"m":{"Z":"1","A":"2"},"d":"500ms","e":"two","n":null,"x-mine":1}`), "root", &p).Object()
	o.AllowX()
	if got := o.Field("s").String(); got != "v" {
		t.Error(got)
	}
	if !o.Field("b").Bool(false) || o.Field("i").Int(0, 1, 7) != 7 {
		t.Error("bool or int")
	}
	if got := o.Field("l").Strings(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Error(got)
	}
	if got := o.Field("m").StringMap(); !reflect.DeepEqual(got, []KV{{"Z", "1"}, {"A", "2"}}) {
		t.Error(got)
	}
	if got := o.Field("d").Duration(0); got != 500*time.Millisecond {
		t.Error(got)
	}
	if got := o.Field("e").Enum("one", "one", "two"); got != "two" {
		t.Error(got)
	}
	if n := o.Field("n"); !n.Present() || n.NullAsAbsent().Present() {
		t.Error("null")
	}
	if got := o.Field("absent").StringOr("def"); got != "def" {
		t.Error(got)
	}
	if o.Has("absent") || !o.Has("s") {
		t.Error("Has")
	}
	o.Done()
	if p.Len() != 0 {
		t.Error(list(&p))
	}
}

func TestCursorCollectsEveryMistake(t *testing.T) {
	var p Problems
	o := NewCursor(parse(t, "{\"s\":1,\n\"b\":\"no\",\"i\":1.5,\"l\":[\"a\",2,\"c\",null],\n\"m\":{\"Z\":1},\"d\":\"1.5s\",\"e\":\"tow\",\"subjct\":\"secret\",\"o\":[],\"list\":\"x\",\"a.b\":{\"q\":1}}"), "cfg", &p).Object()
	_ = o.Field("s").String()
	o.Field("b").Bool(false)
	o.Field("i").Int(3, 1, 7)
	if got := o.Field("l").Strings(); !reflect.DeepEqual(got, []string{"a", "c"}) {
		t.Error(got)
	}
	o.Field("m").StringMap()
	o.Field("d").Duration(0)
	o.Field("e").Enum("one", "one", "two")
	o.Field("subject")
	wrong := o.Field("o").Object()
	_ = wrong.Field("missing").String()
	wrong.Done()
	o.Field("list").Strings()
	_ = o.Field("gone").String()
	o.Field("need").Require("a list of methods").Strings()
	o.Field("a.b").Object().Done()
	o.Done()
	want := `line 1, column 2: cfg.s: must be a string, not a number; put it in quotes
line 2, column 1: cfg.b: must be a boolean, not a string
line 2, column 10: cfg.i: must be a whole number from 1 to 7
line 2, column 27: cfg.l[1]: must be a string, not a number; put it in quotes
line 2, column 33: cfg.l[3]: must be a string, not null
line 3, column 6: cfg.m.Z: must be a string, not a number; put it in quotes
line 3, column 13: cfg.d: must be a whole number and one unit of ns, us, ms, s, m, h, such as "500ms"
line 3, column 24: cfg.e: must be one of one, two; did you mean two?
line 3, column 52: cfg.o: must be an object, not a list
line 3, column 59: cfg.list: must be a list, not a string; write it in [ ]
line 1, column 1: cfg.gone: is missing; write a string
line 1, column 1: cfg.need: is missing; write a list of methods
line 3, column 77: cfg["a.b"].q: unknown key; no keys are known here: remove it
line 3, column 34: cfg.subjct: unknown key; did you mean subject? Known here: s, b, i, l, m, d, e, subject, o, list, gone, need, a.b
`
	if got := list(&p); got != want {
		t.Errorf("got\n%s", got)
	}
	if strings.Contains(list(&p), "secret") {
		t.Error("a value is quoted")
	}
}

func TestEmptyPathIsNamed(t *testing.T) {
	var p Problems
	NewCursor(parse(t, "[]"), "", &p).Object().Done()
	_ = NewCursor(nil, "", &p).String()
	for _, x := range p.List() {
		if x.Path != "(document)" {
			t.Errorf("got %+v", x)
		}
	}
	if p.Len() != 2 {
		t.Error(p.Len())
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{"0s": 0, "5ns": 5, "7us": 7e3, "1h": time.Hour, "02m": 2 * time.Minute, "9223372036854775807ns": 1<<63 - 1} {
		if got, ok := ParseDuration(s); !ok || got != want {
			t.Errorf("%s: %v %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "s", "1", "1.5s", "1h30m", "-1s", "+1s", " 1s", "1s ", "1d", "1S", "9223372036854775808ns", "99999999999h", "1µs", "١s"} {
		if d, ok := ParseDuration(s); ok {
			t.Errorf("%q accepted as %v", s, d)
		}
	}
}

func TestMerge(t *testing.T) {
	global := parse(t, `{"a":1,"h":{"X":"g","Y":"g"},"l":["g"],"deep":{"o":{"k":1}}}`)
	rule := parse(t, `{"h":{"Y":"r","Z":"r"},"l":["r"],"n":2,"deep":3}`)
	m := Merge(global, rule)
	want := map[string]any{"a": 1.0, "h": map[string]any{"X": "g", "Y": "r", "Z": "r"}, "l": []any{"r"}, "n": 2.0, "deep": 3.0}
	if got := m.Any(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v", got)
	}
	if !m.Get("a").Inherited || !m.Get("h").Get("X").Inherited || m.Get("h").Get("Y").Inherited || m.Inherited || m.Get("l").Inherited {
		t.Error("Inherited is wrong")
	}
	if global.Get("a").Inherited || rule.Get("h").Inherited {
		t.Error("the inputs changed")
	}
	if got := Merge(nil, rule); got != rule {
		t.Error("nil global")
	}
	if got := Merge(global, nil); !got.Inherited || !got.Get("deep").Get("o").Get("k").Inherited {
		t.Error("nil rule")
	}
	if Merge(nil, nil) != nil {
		t.Error("nil both")
	}
	if got := Merge(parse(t, "3"), rule); got != rule {
		t.Error("scalar global")
	}
	var p Problems
	_ = NewCursor(m, "c", &p).Object().Field("a").String()
	if l := p.List(); len(l) != 1 || !l[0].Inherited {
		t.Errorf("got %+v", l)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"check_session_url", "only", "preserve_path", "preserve_query", "noop"}
	for in, want := range map[string]string{
		"check-session-url": "check_session_url", "Only": "only", "onyl": "only", "preserve_pth": "preserve_path", "banana": "", "": "", "noops": "noop",
		strings.Repeat("x", 100): "",
	} {
		if got := Nearest(in, known); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
