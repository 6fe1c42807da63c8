package template_test

import (
	"testing"

	"oathgate/rules/template"
)

func TestUses(t *testing.T) {
	for _, c := range []struct {
		text string
		url  bool
	}{
		{"", false},
		{"text", false},
		{"{{ print .Subject }}", false},
		{"{{ .Extra.URL }}", false},
		{"{{ .MatchContext.Method }}", false},
		{"{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}", false},
		{"{{ .MatchContext.Header.Get \"x\" }}", false},
		{"{{ if .MatchContext }}x{{ end }}", false},
		{"{{ with .MatchContext }}{{ .Method }}{{ end }}", false},
		{"{{ $m := .MatchContext }}{{ $m.Method }}", false},
		{"{{ (.MatchContext).Method }}", false},
		{"{{ range .MatchContext.RegexpCaptureGroups }}{{ . }}{{ end }}", false},
		{"{{ .MatchContext.URL }}", true},
		{"{{ .MatchContext.URL.Path }}", true},
		{"{{ .MatchContext.URL.Query.Get \"q\" }}", true},
		{"{{ if .MatchContext.URL }}x{{ end }}", true},
		{"{{ with .MatchContext }}{{ .URL.Path }}{{ end }}", true},
		{"{{ with .MatchContext }}{{ toJson . }}{{ end }}", true},
		{"{{ with $m := .MatchContext }}{{ $m.URL }}{{ end }}", true},
		{"{{ $m := .MatchContext }}{{ $m.URL.Path }}", true},
		{"{{ $m := .Extra }}{{ $m = .MatchContext }}{{ $m.URL.Path }}", true},
		{"{{ $m := .MatchContext }}{{ $m = .Extra }}{{ $m.a }}", true},
		{"{{ $x := . }}{{ $x.Subject }}", false},
		{"{{ $x := . }}{{ toJson $x }}", true},
		{"{{ . | toJson }}", true},
		{"{{ $ | toJson }}", true},
		{"{{ toJson .MatchContext }}", true},
		{"{{ (.MatchContext).URL.Path }}", true},
		{"{{ range list . }}{{ .MatchContext.URL }}{{ end }}", true},
		{"{{ range .MatchContext.RegexpCaptureGroups }}{{ $.MatchContext.URL }}{{ end }}", true},
		{"{{ define \"x\" }}{{ .MatchContext.URL }}{{ end }}{{ template \"x\" . }}", true},
		{"{{ define \"x\" }}{{ .URL }}{{ end }}{{ template \"x\" .MatchContext }}", true},
		{"{{ define \"x\" }}{{ . }}{{ end }}{{ template \"x\" .Subject }}", false},
		{"{{ block \"x\" .MatchContext }}{{ .Method }}{{ end }}", true},
		{"{{ or .MatchContext 1 | toJson }}", true},
		{"{{ (or .MatchContext .Extra).URL }}", true},
		{"{{ $m := or .MatchContext 1 }}{{ $m.URL.Path }}", true},
	} {
		tmpl, err := template.Compile("t", c.text, template.SessionShape)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := tmpl.Uses("MatchContext", "URL"); got != c.url {
			t.Errorf("%s: uses the URL: %v, want %v", c.text, got, c.url)
		}
	}
}

// TestUsesIsConservative executes templates over a session that notes what it
// is asked for.
func TestUsesIsConservative(t *testing.T) {
	for seed := range uint64(2000) {
		text := newGenerator(seed).template()
		tmpl, err := template.Compile("t", text, template.SessionShape)
		if err != nil || tmpl.Uses("MatchContext", "URL") {
			continue
		}
		asked := false
		_, _ = tmpl.Execute(spy{session{samples()[0]}, &asked})
		if asked {
			t.Errorf("%s reads the URL", text)
		}
	}
}

// spy notes that the URL was asked for.
type spy struct {
	template.Object
	asked *bool
}

func (s spy) Field(name string) (any, bool) {
	if name == "URL" {
		*s.asked = true
	}
	v, ok := s.Object.Field(name)
	if o, isMatch := v.(matchContext); isMatch {
		return spy{o, s.asked}, ok
	}
	return v, ok
}

func (s spy) JSON() any {
	*s.asked = true
	return nil
}
