package template_test

import (
	"strings"
	"testing"

	"oathgate/rules/template"
)

func TestCompileSaysWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{{ .Subjct }}", "line 1, column 4: there is no field Subjct in .; did you mean .Subject?"},
		{"a\n b {{ .MatchContext.Urls }}", "line 2, column 20: there is no field Urls in .MatchContext; did you mean .URL?"},
		{"{{ .MatchContext.Verb }}", "there are .Header, .Method, .RegexpCaptureGroups, .URL"},
		{"{{ .MatchContext.URL.Qery.Get \"q\" }}", "there is no field Qery in .MatchContext.URL; did you mean .Query?"},
		{"{{ .Subject.Name }}", "there is no field Name: .Subject has no fields"},
		{"{{ with .MatchContext }}{{ .Subject }}{{ end }}", "there is no field Subject in .MatchContext"},
		{"{{ $m := .MatchContext }}{{ $m.Subject }}", "there is no field Subject in .MatchContext"},
		{"{{ .Header.Set \"a\" \"b\" }}", "the method Header.Set changes the session"},
		{"{{ .MatchContext.URL.Query.Get }}", "wants 1 argument, and gets 0"},
		{"{{ .MatchContext.URL.Query.Get 1 }}", "the argument 1 must be a string"},
		{"{{ upperr .Subject }}", `line 1, column 4: there is no function "upperr"; did you mean upper?`},
		{"{{ env \"HOME\" }}", `the function "env" is refused: templates do not read the environment`},
		{"{{ getHostByName \"x\" }}", "do not use the network"},
		{"{{ genPrivateKey \"rsa\" }}", "keys"},
		{"{{ bcrypt \"x\" }}", "refused"},
		{`{{ regexFind "(" "x" }}`, "line 1, column 14: a closing parenthesis is missing"},
		{`{{ regexMatch "(?=x)" "x" }}`, "there is no group (?="},
		{"{{ print 1 2 }}", "the function print wants 1 argument, and gets 2"},
		{"{{ default }}", "wants at least 1 argument, and gets 0"},
		{"{{ trunc \"2\" .Subject }}", `the argument "2" must be an int`},
		{"{{ if }}", "line 1, column 7: missing value for if"},
		{"x\n{{ end }}", "line 2, column 1: unexpected {{end}}"},
		{"{{ 1i }}", "complex numbers"},
		{"{{ ($x := 1) }}", "parentheses"},
		{"{{ template \"nope\" }}", `there is no {{define "nope"}}`},
		{"{{ if true }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}", "undefined variable $x"},
		{"{{ " + strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100) + " }}", "parentheses too deeply"},
		{strings.Repeat("{{ if 1 }}", 100) + strings.Repeat("{{ end }}", 100), "blocks too deeply"},
		{"{{ if 1 }}" + strings.Repeat("{{ else if 1 }}", 200) + "{{ end }}", "blocks too deeply"},
		{strings.Repeat("{{ 1 }}", 2001), "2000 actions"},
		{strings.Repeat("x", template.MaxText+1), "64 KiB"},
	} {
		_, err := template.Compile("t", c.text, template.SessionShape)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestExecuteSaysWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a\n{{ .Extra.nope.deeper }}", "line 2, column 10: nil pointer evaluating interface {}.deeper"},
		{"{{ printIndex .MatchContext.RegexpCaptureGroups -1 }}", "error calling printIndex: slice index out of range"},
		{"{{ . }}", "has no text"},
		{"{{ print .MatchContext }}", "has no text"},
		{"{{ trunc .Extra.n .Subject }}", "argument 1 must be an int, and is float64"},
		{"{{ fail \"stop\" }}", "stop"},
	} {
		tmpl, err := template.Compile("t", c.text, template.SessionShape)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		out, err := tmpl.Execute(session{samples()[0]})
		if err == nil || out != "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v, want %s", c.text, out, err, c.want)
		}
	}
}

// TestErrorsKeepSecrets: an error may be logged, so it holds none of the data.
func TestErrorsKeepSecrets(t *testing.T) {
	secret := &reference{Subject: "hunter2", Extra: map[string]any{"k": "hunter2", "l": []any{"hunter2"}, "m": map[string]any{"hunter2": 1.0}}}
	secret.MatchContext = samples()[0].MatchContext
	for _, text := range []string{
		"{{ range .Subject }}{{ end }}", "{{ len (add 1 (len .Subject)) }}", "{{ lt .Subject 1 }}", "{{ eq .Extra.k 1 }}", "{{ .Extra.k.x }}",
		"{{ first .Subject }}", "{{ has 1 .Subject }}", "{{ index .Extra.l .Subject }}", "{{ upper .Extra.l }}", "{{ mustFromJson .Subject }}",
		"{{ dig .Subject \"k\" \"d\" .Extra }}{{ fail \"x\" }}", "{{ eq .Extra.m .Extra.m }}", "{{ .Extra.l.x }}", "{{ call .Subject }}",
	} {
		tmpl, err := template.Compile("t", text, template.SessionShape)
		if err == nil {
			_, err = tmpl.Execute(session{secret})
		}
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestLimitsRefuse(t *testing.T) {
	for _, text := range []string{
		`{{ repeat 70000 "x" }}`,
		`{{ repeat 9223372036854775807 "xx" }}`,
		`{{ range until 9000 }}{{ repeat 10 "x" }}{{ end }}`,
		`{{ until 1000000000 }}`,
		`{{ untilStep 0 9223372036854775807 1 }}`,
		`{{ seq 1000000000 }}`,
		`{{ range 1000000000 }}{{ end }}`,
		`{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}`,
		`{{ printf "%100000d" 1 }}`,
		`{{ printf "%.100000f" 1.0 }}`,
		`{{ printf "%*d" 100000 1 }}`,
		`{{ indent 1000000 "x" }}`,
		`{{ indent 60000 "x\nx" }}`,
		`{{ indent 9223372036854775807 "x\nx" }}`,
		`{{ replace "" (repeat 1000 "y") (repeat 1000 "x") }}`,
		`{{ join (repeat 1000 "y") (until 1000) }}`,
		`{{ splitList "" (repeat 20000 "x") }}`,
		`{{ $x := "xx" }}{{ range until 100 }}{{ $x = cat $x $x }}{{ end }}{{ len $x }}`,
		`{{ $x := list 1 }}{{ range until 100 }}{{ $x = concat $x $x }}{{ end }}`,
		`{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}{{ $x | toJson }}`,
		`{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}`,
		`{{ $x := list 1 }}{{ $y := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}{{ deepEqual $x $y }}`,
		`{{ $x := list 1 }}{{ range until 100 }}{{ $x = list $x }}{{ end }}{{ $x }}`,
		`{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}`,
		`{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toJson $d }}`,
		`{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepEqual $d (dict "d" $d) }}`,
		`{{ $l := list }}{{ range until 9000 }}{{ $l = append $l (repeat 60000 "x") }}{{ end }}`,
		`{{ $s := repeat 60000 "x" }}{{ range until 9000 }}{{ $_ := upper $s }}{{ end }}`,
		`{{ $s := repeat 60000 "x" }}{{ range until 9000 }}{{ if contains "y" $s }}{{ end }}{{ end }}`,
		`{{ uniq (until 5000) }}`,
		`{{ fromJson (printf "%s%s" (repeat 100 "[") (repeat 100 "]")) }}`,
		`{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`,
		`{{ define "x" }}{{ range 10 }}{{ template "y" . }}{{ end }}{{ end }}{{ define "y" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`,
		`{{ template "t" . }}`,
		`{{ html (repeat 60000 "<") }}`,
		`{{ js (repeat 60000 "<") }}`,
		`{{ urlquery (repeat 60000 "<") }}`,
		`{{ b64enc (repeat 60000 "<") }}`,
		`{{ quote (repeat 40000 "\x00") }}`,
		`{{ toJson (repeat 40000 "<") }}`,
		`{{ regexMatch "(a*)*b" (repeat 60000 "a") }}{{ regexMatch "(a*)*b" (repeat 60000 "a") }}{{ regexMatch "(a|b|ab)*(a|b|ab)*(a|b|ab)*(a|b|ab)*(a|b|ab)*c" (repeat 60000 "ab") }}`,
		`{{ range until 5000 }}{{ $_ := regexMatch "(a*)*b" (repeat 1000 "a") }}{{ end }}`,
		`{{ range until 5000 }}{{ $_ := regexMatch (cat "(a*)*" .) "a" }}{{ end }}`,
		`{{ regexFindAll "" (repeat 20000 "a") -1 }}`,
		`{{ regexSplit "" (repeat 20000 "a") -1 }}`,
		`{{ regexReplaceAll "" (repeat 20000 "a") "bbbb" }}`,
		`{{ nospace (cat "x" (repeat 40000 "\xff")) }}`,
	} {
		tmpl, err := template.Compile("t", text, template.SessionShape)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if out, err := tmpl.Execute(session{samples()[0]}); err == nil {
			t.Errorf("%s: %d bytes, want an error", text, len(out))
		}
	}
}

// TestWithinLimits: what a limit must not refuse.
func TestWithinLimits(t *testing.T) {
	for _, text := range []string{
		`{{ repeat 60000 "x" }}`,
		`{{ range until 5000 }}x{{ end }}`,
		`{{ fromJson (printf "%s%s" (repeat 60 "[") (repeat 60 "]")) | toJson }}`,
		`{{ uniq (until 200) }}`,
	} {
		same(t, text)
	}
}

func TestTemplatesDoNotChangeTheSession(t *testing.T) {
	data := samples()[0]
	before, _ := oathkeeper("{{ . | toJson }}", data)
	tmpl, err := template.Compile("t", `{{ $_ := set .Extra "a" 1 }}{{ $_ := unset .Extra.identity "traits" }}{{ range .Extra.mixed }}{{ if kindIs "map" . }}{{ $_ := set . "z" 1 }}{{ end }}{{ end }}{{ sortAlpha .MatchContext.RegexpCaptureGroups }}{{ .Extra.identity }}`, template.SessionShape)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tmpl.Execute(session{data})
	if err != nil || !strings.HasSuffix(out, "map[]") {
		t.Errorf("%q, %v", out, err)
	}
	if after, _ := oathkeeper("{{ . | toJson }}", data); before != after {
		t.Errorf("the session was\n%s, and is\n%s", before, after)
	}
}
