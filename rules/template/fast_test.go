package template_test

import (
	"testing"

	"oathgate/rules/template"
)

func TestFastPathAllocatesNoMoreThanTheResult(t *testing.T) {
	data := samples()[0]
	var root template.Object = pointerSession{data, pointerMatch{&data.MatchContext}}
	for _, c := range []struct {
		text, want string
		allocs     float64
	}{
		{"just text", "just text", 0},
		{"", "", 0},
		{"{{ .Subject }}", "alice", 0},
		{"{{ print .Subject }}", "alice", 0},
		{"{{ printIndex .MatchContext.RegexpCaptureGroups 1 }}", "seg2", 0},
		{"{{ printIndex .MatchContext.RegexpCaptureGroups 9 }}", "", 0},
		{"user={{ .Subject }};g={{ printIndex .MatchContext.RegexpCaptureGroups 0 }}", "user=alice;g=seg1", 1},
	} {
		tmpl, err := template.Compile("t", c.text, template.SessionShape)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		allocs := testing.AllocsPerRun(100, func() { got, err = tmpl.Execute(root) })
		if err != nil || got != c.want || allocs > c.allocs {
			t.Errorf("%s: %q, %v, %v allocations, want %q and %v", c.text, got, err, allocs, c.want, c.allocs)
		}
	}
}

// TestFastPathFallsBack: where a field is no string, evaluation decides.
func TestFastPathFallsBack(t *testing.T) {
	for _, text := range []string{
		"{{ .Extra.n }}", "a{{ .Extra.s }}b", "{{ print .MatchContext.RegexpCaptureGroups }}", "{{ .MatchContext.URL.Hostname }}{{ .Subject }}",
		"{{ printIndex .Subject 0 }}", "{{ printIndex .Extra.list 0 }}", "{{ .Subject }}{{ .Extra.nope.x }}", "{{ .MatchContext.Method }}",
	} {
		same(t, text)
	}
}

// pointerSession and pointerMatch are Objects as the pipeline has them.
type pointerSession struct {
	r *reference
	m pointerMatch
}

func (s pointerSession) Field(name string) (any, bool) {
	if name == "MatchContext" {
		return s.m, true
	}
	return session{s.r}.Field(name)
}

func (s pointerSession) StringField(name string) (string, bool) {
	return session{s.r}.StringField(name)
}

type pointerMatch struct{ *referenceMatchContext }

func (m pointerMatch) Field(name string) (any, bool) {
	return matchContext{m.referenceMatchContext}.Field(name)
}

func (m pointerMatch) StringsField(name string) ([]string, bool) {
	return matchContext{m.referenceMatchContext}.StringsField(name)
}

func BenchmarkExecute(b *testing.B) {
	data := samples()[0]
	for name, text := range map[string]string{
		"print":  "{{ print .Subject }}",
		"mixed":  "user={{ .Subject }};g={{ printIndex .MatchContext.RegexpCaptureGroups 0 }}",
		"extra":  "{{ .Extra.identity.traits.email }}",
		"range":  "{{ range .Extra.list }}{{ . }},{{ end }}",
		"toJson": "{{ .Extra | toJson }}",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			tmpl, err := template.Compile("t", text, template.SessionShape)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := tmpl.Execute(session{data}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
