package template

import (
	"encoding/json"
	"strings"
	"testing"
)

type facts map[string]any

func (f facts) Field(name string) (any, bool) {
	v, ok := f[name]
	return v, ok
}

func TestPayload(t *testing.T) {
	const evil = `x","admin":true,"y":"`
	for _, c := range []struct {
		text  string
		value any
		want  string // "" is refused
	}{
		{`{"s":"{{ .V }}"}`, "alice", `{"s":"alice"}`},
		{`{"s":"{{ .V }}"}`, "", `{"s":""}`},
		{`{"s":"{{ .V }}"}`, `a\nb`, `{"s":"a\nb"}`},
		{`{"s":"{{ .V }}"}`, `a\u0022b`, `{"s":"a\u0022b"}`},
		{`{"s":"{{ .V }}"}`, `a{[,:]}b`, `{"s":"a{[,:]}b"}`},
		{`{"s":"{{ .V }}"}`, evil, ""},
		{`{"s":"{{ .V }}"}`, `"`, ""},
		{`{"s":"{{ .V }}"}`, `""`, ""},
		{`{"s":"{{ .V }}","t":"u"}`, `a\`, ""},
		{`{"s":"{{ .V }}","t":",\"admin\":true,\"x\":\""}`, `\`, ""},
		{`{"s":"\{{ .V }}"}`, `n`, ""},
		{`{"s":"\u{{ .V }}"}`, `0041`, ""},
		{`{"s":"{{ .V }}41"}`, `\u00`, ""},
		{`{"{{ .V }}":1}`, "k", `{"k":1}`},
		{`{"{{ .V }}":1}`, `k":1,"l`, ""},
		{`{"s":{{ .V }}}`, "7", `{"s":7}`},
		{`{"s":{{ .V }}}`, float64(7), `{"s":7}`},
		{`{"s":{{ .V }}}`, true, `{"s":true}`},
		{`{"s":{{ .V }}}`, `"x"`, `{"s":"x"}`},
		{`{"s":{{ .V }}}`, ` null `, `{"s": null }`},
		{`{"s":{{ .V }}}`, `1,"admin":true`, ""},
		{`{"s":{{ .V }}}`, `1}`, ""},
		{`{"s":{{ .V }}}`, `{"admin":true}`, ""},
		{`{"s":{{ .V }}}`, `[]`, ""},
		{`{"s":{{ .V }}}`, `"`, ""},
		{`{"s":{{ .V }}}`, `"x`, ""},
		{`{"s":1{{ .V }}}`, `,"admin":true`, ""},
		{`{"s":1{{ .V }}}`, ``, `{"s":1}`},
		{`{"s":{{ .V | toJson }}}`, evil, `{"s":"x\",\"admin\":true,\"y\":\""}`},
		{`{"s":{{ toJson .V }}}`, map[string]any{"a": []any{"b"}}, `{"s":{"a":["b"]}}`},
		{`{"s":{{ .V | mustToRawJson }}}`, []any{"<"}, `{"s":["<"]}`},
		{`{"s":"{{ .V | toJson }}"}`, "x", ""},
		{`{"s":"{{ .V | toJson }}"}`, float64(1), `{"s":"1"}`},
		{`{"s":{{ .V | toJson | replace "1" "1,2:" }}}`, float64(1), ""},
		{`[{{ range $i, $v := .V }}{{ if $i }},{{ end }}"{{ $v }}"{{ end }}]`, []any{"a", "b"}, `["a","b"]`},
		{`[{{ range $i, $v := .V }}{{ if $i }},{{ end }}"{{ $v }}"{{ end }}]`, []any{"a", `b","c`}, ""},
		{`["{{ .V | join "\",\"" }}"]`, []any{"a", "b"}, ""},
		{`{{ define "x" }}"{{ . }}"{{ end }}[{{ template "x" .V }}]`, "a", `["a"]`},
		{`{{ define "x" }}"{{ . }}"{{ end }}[{{ template "x" .V }}]`, `a","b`, ""},
		{`{{ $v := .V }}["{{ $v }}"]`, `a`, `["a"]`},
		{`{"static":["\"",{"\\":"\\\""}],"s":"{{ .V }}"}`, `a`, `{"static":["\"",{"\\":"\\\""}],"s":"a"}`},
		{`{"s":"{{ .V }}","t":"{{ .V }}"}`, `\`, ""},
		// Two values that look like a string each, and like one together.
		{`{"s":{{ .V }}{{ .V }}}`, `"`, ""},
	} {
		tpl, err := Compile("t", c.text, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		got, err := tpl.Payload(facts{"V": c.value})
		if (err == nil) != (c.want != "") || got != c.want {
			t.Errorf("%s with %v: %q, %v, want %q", c.text, c.value, got, err, c.want)
		}
		if err != nil && err != errStructure {
			t.Errorf("%s with %v: %v", c.text, c.value, err)
		}
	}
}

// Whatever a value is, what is not refused has the structure that it has for an
// ordinary one.
func FuzzPayload(f *testing.F) {
	templates := []string{
		`{"a":"{{ .V }}","b":["{{ .V }}x",1],"c":"{{ .V }}{{ .V }}"}`,
		`{"a":{{ .V | toJson }},"b":["\"{{ .V }}"]}`,
		`{"a":{{ .V }},"b":"{{ .V }}","c":{"d":{{ .V }}}}`,
	}
	for _, s := range []string{"1", `"`, `\`, `","`, `\u0022`, "{}", `"a"`, "\x00", "\xff", `1,"x":2`, `\\"`, "tru", "null"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, text := range templates {
			tpl, err := Compile("t", text, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tpl.Payload(facts{"V": value})
			if err != nil || !json.Valid([]byte(got)) {
				continue
			}
			plain, err := tpl.Payload(facts{"V": "1"})
			if err != nil {
				t.Fatal(err)
			}
			if a, b := skeleton(got), skeleton(plain); a != b {
				t.Fatalf("%s with %q is %s: %s, not %s", text, value, got, a, b)
			}
		}
	})
}

// skeleton is a JSON text's lists, objects and names.
func skeleton(text string) string {
	var b strings.Builder
	d := json.NewDecoder(strings.NewReader(text))
	for {
		tok, err := d.Token()
		if err != nil {
			return b.String()
		}
		if delim, ok := tok.(json.Delim); ok {
			b.WriteString(delim.String())
		} else {
			b.WriteString(".")
		}
	}
}
