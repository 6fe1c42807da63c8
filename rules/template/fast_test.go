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
		{"{{ print .Extra.identity.traits.email }}", "alice@example.test", 0},
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

// TestFastPathFallsBack: where a field or an entry is no string, evaluation decides.
func TestFastPathFallsBack(t *testing.T) {
	for _, text := range []string{
		"{{ .Extra.n }}", "a{{ .Extra.s }}b", "{{ print .MatchContext.RegexpCaptureGroups }}", "{{ .MatchContext.URL.Hostname }}{{ .Subject }}",
		"{{ printIndex .Subject 0 }}", "{{ printIndex .Extra.list 0 }}", "{{ .Subject }}{{ .Extra.nope.x }}",
		"{{ .Extra.identity.traits.email }}{{ .Extra.s }}", "{{ print .Extra.identity.traits.nope }}", "{{ print .Extra.identity }}", "{{ print .Extra.s.x }}", "{{ print .Extra.a.b }}",
		"{{ printIndex .Extra.identity 0 }}", "{{ .MatchContext.Method }}",
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
	var root template.Object = pointerSession{data, pointerMatch{&data.MatchContext}}
	for _, c := range []struct{ name, text string }{
		{"print", "{{ print .Subject }}"},
		{"print_claim", "{{ print .Extra.identity.traits.email }}"},
		{"printIndex", "{{ printIndex .MatchContext.RegexpCaptureGroups 1 }}"},
		{"mixed", "user={{ .Subject }};g={{ printIndex .MatchContext.RegexpCaptureGroups 0 }}"},
		{"range", "{{ range .Extra.list }}{{ . }},{{ end }}"},
		{"toJson", "{{ .Extra | toJson }}"},
	} {
		tmpl, err := template.Compile("t", c.text, template.SessionShape)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tmpl.Execute(root); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
