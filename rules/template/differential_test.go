package template_test

import (
	"strings"
	"testing"

	"oathgate/rules/template"
)

// same executes text on every sample here and in text/template. What is refused
// when it is compiled must fail there, too, for one of the samples at least.
func same(t *testing.T, text string) {
	t.Helper()
	compiled, compileErr := template.Compile("t", text, template.SessionShape)
	failed := false
	for i, data := range samples() {
		want, wantErr := oathkeeper(text, data)
		if compileErr != nil {
			failed = failed || wantErr != nil
			continue
		}
		got, err := compiled.Execute(session{data})
		switch {
		case (err != nil) != (wantErr != nil):
			t.Errorf("%s\nsample %d: error %v, want %v (%q)", text, i, err, wantErr, want)
		case err == nil && got != want:
			n := 0
			for n < len(got) && n < len(want) && got[n] == want[n] {
				n++
			}
			n = max(0, n-20)
			t.Errorf("%.300s\nsample %d: at %d %.80q, want %.80q", text, i, n, got[n:], want[n:])
		}
	}
	if compileErr != nil && !failed {
		t.Errorf("%s\nrefused: %v", text, compileErr)
	}
}

// sameOver is same for one session; the template must compile.
func sameOver(t *testing.T, text string, data *reference) {
	t.Helper()
	compiled, err := template.Compile("t", text, template.SessionShape)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	got, err := compiled.Execute(session{data})
	want, wantErr := oathkeeper(text, data)
	if (err != nil) != (wantErr != nil) || err == nil && got != want {
		t.Errorf("%s\n%q, %v, want\n%q, %v", text, got, err, want, wantErr)
	}
}

// actions are separated by lines; each is executed on its own.
const actions = `
{{ .Subject }}
a{{/* c */}}b
a  {{- " b " -}}  c
[{{ .Extra.a }}]
[{{ print .Extra.missing }}]
[{{ .Extra.missing }}]
[{{ print .Extra.a.b }}]
[{{ .Extra.a.b.c }}]
{{ .Extra.nope.deeper }}
{{ (.Extra.nope).deeper }}
{{ $x := .Extra.nope }}{{ $x.deeper }}
{{ with $x := .Extra.nope }}{{ else }}{{ $x.y }}{{ end }}
{{ range .Extra.mixed }}[{{ .k }}]{{ end }}
{{ range .Extra.list }}[{{ . }}]{{ else }}none{{ end }}
{{ range $i, $e := .Extra.list }}{{ $i }}={{ $e }},{{ end }}
{{ range $e := .Extra.list }}{{ $e }},{{ else }}{{ $e }}{{ end }}
{{ range $k, $v := .Extra.identity }}{{ $k }}:{{ $v }};{{ end }}
{{ range $k, $v := .MatchContext.Header }}{{ $k }}:{{ $v }};{{ end }}
{{ range 3 }}{{ . }}{{ end }}
{{ range $i := 3 }}{{ $i }}{{ end }}
{{ range $i, $j := 3 }}{{ $i }}{{ end }}
{{ range .Subject }}{{ . }}{{ end }}
{{ range .Extra.n }}{{ . }}{{ end }}
{{ range add 1 2 }}{{ . }}{{ end }}
{{ range until 4 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}
{{ $x := "a" }}{{ range .Extra.list }}{{ $x = cat $x . }}{{ end }}{{ $x }}
{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x = 3 }}{{ end }}{{ $x }}
{{ $i := 0 }}{{ $e := "" }}{{ range $i, $e = .Extra.list }}{{ end }}{{ $i }}{{ $e }}
{{ if .Extra }}E{{ else if .Subject }}S{{ else }}N{{ end }}
{{ with .Subject }}<{{ . }}>{{ else with .Extra }}{{ .n }}{{ end }}
{{ with .MatchContext }}{{ .Method }}{{ with .URL }}{{ .Path }}{{ $.Subject }}{{ end }}{{ end }}
{{ define "x" }}<{{ . }}|{{ $ }}>{{ end }}{{ template "x" .Subject }}{{ template "x" }}
{{ define "x" }}{{ .Subject }}{{ end }}{{ template "x" . }}
{{ block "x" .MatchContext }}{{ .Method }}{{ end }}
{{ define "x" }}{{ with .a }}{{ template "x" . }}{{ end }}{{ end }}{{ template "x" .Extra }}
{{ template "nope" }}
{{ template "t" . }}
{{ .MatchContext.URL }}
{{ print .MatchContext.URL }}
{{ .MatchContext.URL.Scheme }}|{{ .MatchContext.URL.Host }}|{{ .MatchContext.URL.Path }}|{{ .MatchContext.URL.RawQuery }}|{{ .MatchContext.URL.RawPath }}|{{ .MatchContext.URL.ForceQuery }}|{{ .MatchContext.URL.User }}|{{ print .MatchContext.URL.User }}
{{ .MatchContext.URL.Query.Get "q" }}|{{ .MatchContext.URL.Hostname }}|{{ .MatchContext.URL.EscapedPath }}|{{ .MatchContext.URL.RequestURI }}|{{ .MatchContext.URL.Port }}|{{ .MatchContext.URL.IsAbs }}|{{ .MatchContext.URL.String }}|{{ .MatchContext.URL.Redacted }}
{{ .MatchContext.URL.Query }}
{{ .MatchContext.URL.Query.Encode }}
{{ .MatchContext.URL.Query.q }}{{ .MatchContext.URL.Query.nope }}{{ index .MatchContext.URL.Query "q" 1 }}
{{ .MatchContext.URL.Query.Has "z" }}
{{ .MatchContext.URL.Query.Get }}
{{ .MatchContext.URL.Query.Get 1 }}
{{ "q" | .MatchContext.URL.Query.Get }}
{{ .Extra.nope | .MatchContext.URL.Query.Get }}
{{ $u := .MatchContext.URL }}{{ $u.Query.Get "q" }}{{ $q := $u.Query }}{{ $q.Get "z" }}
{{ .MatchContext.URL.User.Username }}
{{ if .MatchContext.URL.User }}y{{ else }}n{{ end }}
{{ .MatchContext.URL | toJson }}
{{ .MatchContext.Header.Get "x-in" }}{{ .MatchContext.Header.Values "X-IN" }}{{ .MatchContext.Header.Get "nope" }}
{{ .MatchContext.Header.Accept }}{{ .MatchContext.Header.accept }}
{{ index .MatchContext.Header "X-In" }}{{ index .MatchContext.Header "x-in" }}{{ index .MatchContext.Header "X-In" 0 }}
{{ .MatchContext.Header }}{{ .Header }}{{ len .Header }}{{ .Header | toJson }}{{ .MatchContext.Header | toJson }}
{{ .Header.Get "X-a" }}{{ if .Header }}y{{ end }}
{{ get .Header "X-A" }}
{{ .Header.Set "a" "b" }}
{{ .Header.Get "a" "b" }}
{{ .MatchContext.RegexpCaptureGroups }}
{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}
{{ printIndex .MatchContext.RegexpCaptureGroups 1 }}-{{ .Subject }}
[{{ printIndex .MatchContext.RegexpCaptureGroups 9 }}]
{{ printIndex .MatchContext.RegexpCaptureGroups -1 }}
{{ printIndex .Extra.list 1 }}{{ printIndex .Extra.nope 1 }}{{ printIndex .Extra.mixed 3 }}{{ printIndex .Subject 0 }}
{{ printIndex .MatchContext.RegexpCaptureGroups .Extra.n }}
{{ index .MatchContext.RegexpCaptureGroups 1 }}
{{ index .MatchContext.RegexpCaptureGroups 2 }}
{{ index .Extra "https://x.test/claim" }}
{{ index .Extra.a.b 1 }}
{{ index .Extra "a" "b" 1 }}
{{ index .Extra.nope "b" }}
{{ index .Extra }}
{{ index .Subject 1 }}
{{ index nil 1 }}
{{ index .Extra 1 }}
{{ .MatchContext.RegexpCaptureGroups | toJson }}
{{ . | toJson }}
{{ toJson .Extra }}{{ toRawJson .Extra }}
{{ toPrettyJson . }}
{{ .Extra | mustToPrettyJson }}
{{ .Extra.exp }}
{{ .Extra.n }} {{ .Extra.pi }} {{ .Extra.big }} {{ .Extra.small }}
{{ .Extra }}
{{ print .Extra }}
{{ print .Extra.mixed }}
{{ print }}
{{ print 1 2 }}
{{ println 1 "a" .Extra.n .Extra.nope .Extra.mixed }}
{{ 1.5 }}{{ 1e3 }}{{ 100000000.0 }}{{ 0x1F }}{{ 'a' }}{{ 1_000 }}{{ -3 }}{{ true }}{{ "s" }}
{{ 9223372036854775808 }}
{{ nil }}
{{ printf "%s-%d-%v" .Subject 5 true }}
{{ len .Subject }}{{ len .Extra.list }}{{ len .Extra.identity }}
{{ len .Extra }}
{{ len .Extra.nope }}
{{ len 3 }}
{{ eq .Subject "alice" "bob" }}{{ ne .Subject "alice" }}
{{ eq .Extra.n 7 }}
{{ eq .Extra.n 7.0 }}{{ lt .Extra.n 8.0 }}{{ ge .Extra.n 7.0 }}
{{ eq .Extra.nope nil }}{{ eq .Extra nil }}{{ eq .Subject nil }}{{ ne .Extra.nope "x" }}
{{ eq .Extra .Extra }}
{{ eq .MatchContext.RegexpCaptureGroups nil }}
{{ eq (list) (list) }}
{{ eq (index "abc" 1) 98 }}{{ lt (index "abc" 1) 99 }}
{{ eq 1 }}
{{ eq }}
{{ eq true true }}{{ eq 1 (add 0 1) }}{{ lt "a" "b" }}{{ le 1 1 }}{{ gt 2 1 }}{{ ge 1 2 }}
{{ lt true false }}
{{ lt .Extra.nope 1 }}
{{ and .Subject .Extra.n }}{{ or .Extra.nope "d" }}{{ and }}
{{ and .Subject .Extra.n }}|{{ or .Extra.nope "d" }}|{{ or .Extra.nope .Extra.none }}|{{ not .Extra.nope }}|{{ "x" | and .Subject }}|{{ "x" | or .Subject }}
{{ and false (index nil 1) }}{{ or true (fail "no") }}
{{ html "<a>&'\"" .Extra.s }}{{ js "a'b\"<>&=\\\n\x00é" }}{{ urlquery "a b&c/ü" }}{{ js .Subject }}{{ html .Subject }}
{{ html .Extra.nope }}{{ html 1 2 "a" 3 }}{{ urlquery .Extra.list .Extra.n }}{{ .MatchContext.URL | urlquery }}
{{ "abc" | upper | printf "%s-%s" "x" }}
{{ ternary "y" "n" (eq .Subject "alice") }}{{ true | ternary 1 2 }}
{{ ternary "y" "n" .Extra.n }}
{{ default "d" .Extra.nope }}{{ default "d" .Subject }}{{ .Extra.str0 | default "e" }}{{ default "x" }}{{ default 1 0 }}{{ default "q" .Extra.f }}
{{ empty .Extra.nope }}{{ empty .Subject }}{{ empty .Extra.n }}{{ empty .Header }}{{ empty .MatchContext.URL }}{{ empty . }}
{{ coalesce .Extra.nope .Extra.str0 .Subject "x" }}{{ coalesce }}{{ coalesce nil 0 }}
{{ all 1 2 }}{{ any 0 "" }}{{ all }}{{ any .Subject }}
{{ upper .Subject }}{{ lower .Subject }}{{ title "hello wörld-foo it's a_b" }}{{ title .Extra.u }}
{{ trim "  x " }}{{ trimAll "-" "--x--" }}{{ trimSuffix "x" "axx" }}{{ trimPrefix "a" "aax" }}{{ trimall "ab" "abcba" }}
{{ upper .Extra.n }}
{{ upper .Extra.nope }}
{{ upper nil }}
{{ upper 1 }}
{{ trunc 2 .Subject }}{{ trunc -2 "hello" }}{{ trunc 100 "x" }}{{ trunc 0 "x" }}{{ trunc -100 "x" }}
{{ trunc (add 1 1) "hello" }}
{{ trunc (int 2.7) "hello" }}{{ trunc 2.0 "hello" }}
{{ trunc 2.5 "hello" }}
{{ trunc "2" "hello" }}
{{ trunc .Extra.n "hello" }}
{{ substr 1 3 "hello" }}{{ substr -1 3 "hello" }}{{ substr 1 -1 "hello" }}{{ substr 1 99 "hello" }}
{{ substr 9 -1 "hello" }}
{{ substr -1 9 "hello" }}
{{ substr 3 1 "hello" }}
{{ repeat 3 "ab" }}{{ repeat 0 "ab" }}
{{ repeat -1 "ab" }}
{{ nospace " a b\tc\nd " }}{{ nospace .Subject }}
{{ quote .Subject 1 nil "a" .Extra.list }}{{ squote .Subject 1 nil "a" }}{{ quote .Extra.nope }}{{ quote }}
{{ cat "a" 1 nil .Extra.list "" 2 }}{{ cat }}{{ cat " x " }}{{ cat .Extra.nope .Subject }}
{{ indent 2 "a\nb" }}{{ nindent 2 "a\nb" }}{{ "x" | nindent 0 }}
{{ indent -1 "x" }}
{{ replace "a" "bb" "banana" }}{{ replace "" "-" "ab" }}{{ .Subject | replace "a" "" }}
{{ plural "one" "many" 1 }}{{ plural "one" "many" 2 }}{{ len .Subject | plural "one" "many" }}
{{ plural "one" "many" .Extra.n }}
{{ toString .Extra.n }}{{ toString .Extra.nope }}{{ toString .MatchContext.URL }}{{ toString .Extra.mixed }}{{ toString true }}
{{ splitList "," "a,b,,c" }}{{ splitList "" "aü" | toJson }}{{ splitList "/" .MatchContext.URL.Path | last }}
{{ (split "," "a,b")._1 }}{{ (split "," "a,b")._7 }}{{ split "," "a,b" }}{{ (splitn "," 2 "a,b,c")._1 }}{{ splitn "," 0 "a" }}{{ splitn "," -1 "a,b" }}{{ len (split "" "abc") }}
{{ get (split "," "a,b") "_1" }}
{{ range $k, $v := split "," "a,b" }}{{ $k }}{{ $v }}{{ end }}{{ index (split "," "a,b") "_0" }}{{ split "," "a,b" | toJson }}
{{ list 1 2 3 | join "," }}{{ join "-" .Extra.list }}{{ join "," .Subject }}{{ join "," .Extra.nope }}{{ join "," .Extra.mixed }}{{ join "," 5 }}{{ join "," (until 3) }}
{{ sortAlpha (list "b" "a" 3) }}{{ sortAlpha .Subject }}{{ sortAlpha .Extra.list }}
{{ toStrings (list 1 nil "a") }}{{ toStrings 3 }}{{ toStrings .Extra.nope }}
{{ list }}{{ list nil }}{{ list 1 "a" (list 2) | toJson }}{{ tuple 1 2 }}
{{ first .Extra.list }}{{ rest .Extra.list }}{{ last .Extra.list }}{{ initial .Extra.list }}{{ reverse .Extra.list }}{{ first (list) }}{{ rest (list) | toJson }}{{ initial (list) | toJson }}{{ last (list) }}
{{ first .MatchContext.RegexpCaptureGroups }}{{ rest .MatchContext.RegexpCaptureGroups }}
{{ first .Subject }}
{{ first .Extra.nope }}
{{ append .Extra.list "z" }}{{ prepend .Extra.list 0 }}{{ concat .Extra.list (list 1 2) (until 2) }}{{ concat | toJson }}
{{ append .MatchContext.RegexpCaptureGroups 1 | toJson }}{{ push (list) nil | toJson }}
{{ append .Subject 1 }}
{{ concat .Subject }}
{{ uniq .Extra.list }}{{ uniq (list 1 1.0 "1" 1 nil nil (list 1) (list 1)) | toJson }}{{ without .Extra.list "a" }}{{ compact (list 0 1 "" "a" nil false) }}
{{ has "a" .Extra.list }}{{ has 1 (list 1.0 2) }}{{ has "x" nil }}{{ has nil (list nil) }}{{ has (dict "a" 1) (list (dict "a" 1)) }}{{ "seg1" | has }}
{{ has "seg1" .MatchContext.RegexpCaptureGroups }}{{ has 1 (until 2) }}
{{ has "a" "abc" }}
{{ slice .Extra.list 1 2 }}{{ slice .Extra.list 1 }}{{ slice .Extra.list }}{{ slice (list) 1 }}{{ slice .MatchContext.RegexpCaptureGroups 0 1 | toJson }}
{{ slice .Extra.list 5 }}
{{ slice .Extra.list 2 1 }}
{{ slice "abc" 1 }}
{{ chunk 2 (list 1 2 3) }}{{ chunk 2 (list 1 2 3 4) | toJson }}{{ chunk 3 (list 1) | first | first }}{{ chunk 9223372036854775807 (list 1) }}{{ range chunk 2 .Extra.list }}[{{ . }}]{{ end }}
{{ dict "a" 1 "b" | toJson }}{{ dict 1 2 nil 3 }}{{ $d := dict "a" 1 }}{{ $d.a }}{{ $d.b }}{{ get $d "a" }}{{ get $d "x" }}{{ hasKey $d "a" }}{{ keys $d }}{{ values $d }}
{{ get .Extra "n" }}{{ hasKey .Extra "nope" }}{{ get .Extra "nope" }}
{{ get .Extra.nope "a" }}
{{ get (index .Extra "nope") "a" }}
{{ get nil "a" }}
{{ .Extra.identity | keys | sortAlpha }}{{ pluck "a" .Extra (dict "a" 2) | last }}{{ pick .Extra "n" "nope" }}{{ omit .Extra.identity "traits" }}
{{ $d := dict }}{{ $_ := set $d "a" 1 }}{{ $d }}{{ $_ := unset $d "a" }}{{ $d }}
{{ $_ := set .Extra "new" "v" }}{{ .Extra.new }}{{ get .Extra "new" }}
{{ $x := .Extra.identity }}{{ $_ := set $x "k" 1 }}{{ .Extra.identity.k }}{{ $x.k }}
{{ dig "a" "b" "dd" (dict "a" (dict "b" "v")) }}{{ dig "a" "x" "dd" (dict "a" (dict "b" "v")) }}{{ .Extra | dig "identity" "nope" "d" }}
{{ dig "a" "d" .Extra }}{{ dig "n" "x" "d" .Extra }}
{{ dig "a" .Extra }}
{{ add 1 2 3 }}{{ sub 5 2 }}{{ mul 2 3 4 }}{{ div 7 2 }}{{ mod 7 2 }}{{ max 1 5 2 }}{{ min 3 1 2 }}{{ add1 4 }}{{ add .Extra.n 1 }}{{ add "12" "0x10" "x" true 1.9 }}{{ add }}
{{ div 1 0 }}
{{ mod 1 0 }}
{{ int "12.00" }}{{ int "08" }}{{ int "010" }}{{ int64 1e30 }}{{ int -1e30 }}{{ int .Extra.n }}{{ int .Extra.nope }}{{ int .Extra.u }}{{ int (list 1) }}{{ int64 "9223372036854775808" }}{{ int "1_000" }}{{ int "." }}{{ int "0" }}{{ int "0.0" }}{{ int "5.0.0" }}{{ int "00" }}
{{ float64 "1e3" }}{{ float64 true }}{{ float64 "x" }}{{ float64 3 }}{{ float64 "1e999" }}{{ float64 .Extra.exp }}
{{ floor 1.7 }}{{ ceil 1.2 }}{{ round 1.255 2 }}{{ round 1.5 0 }}{{ round -1.5 0 }}{{ round 1.26 1 0.7 }}{{ floor "3.9" }}{{ maxf 1 2.5 }}{{ minf 1 2.5 }}
{{ until 3 }}{{ until -3 }}{{ untilStep 0 10 3 }}{{ untilStep 5 0 -2 }}{{ untilStep 0 5 0 }}{{ seq 5 }}|{{ seq -2 }}|{{ seq 2 4 }}|{{ seq 4 2 }}|{{ seq 0 2 10 }}|{{ seq 10 -3 0 }}|{{ seq 0 3 }}|{{ seq }}|{{ seq 1 2 3 4 }}|{{ seq 5 1 2 }}
{{ atoi "12" }}{{ atoi "x" }}{{ toDecimal "755" }}{{ toDecimal 9 }}{{ toDecimal 644 }}
{{ b64enc .Subject }}{{ b64dec "YWI=" }}{{ b64dec "!" }}{{ "a" | b64enc | b64dec }}{{ sha256sum .Subject }}
{{ fromJson .Extra.json }}{{ (fromJson "{\"a\":[1,null]}").a }}{{ fromJson "x" }}{{ fromJson "[1,1e999]" }}{{ fromJson "\"\\ud83d\\ude00\\ud800x\"" }}{{ fromJson "{\"a\":1,\"a\":2} " }}{{ fromJson "" }}{{ fromJson "01" }}{{ fromJson "-0" }}{{ fromJson "[1,]" }}
{{ mustFromJson "{" }}
{{ mustFromJson "1e999" }}
{{ mustFromJson "[1, 2]" }}
{{ kindOf .Extra }}{{ kindOf .Subject }}{{ kindOf .Extra.n }}{{ kindOf .Extra.nope }}{{ kindOf 1 }}{{ kindOf (add 1) }}{{ kindOf .Extra.list }}{{ kindOf .MatchContext.URL }}{{ kindIs "string" .Subject }}
{{ typeOf .Extra }}{{ typeOf .Subject }}{{ typeOf .Extra.n }}{{ typeOf .Extra.nope }}{{ typeOf 1 }}{{ typeOf (add 1) }}{{ typeOf .MatchContext.RegexpCaptureGroups }}{{ typeOf .Header }}{{ typeOf .MatchContext.URL }}{{ typeIs "string" .Subject }}{{ typeIsLike "url.URL" .MatchContext.URL }}{{ typeOf (index "a" 0) }}{{ typeOf (split "," "a") }}{{ typeOf (until 1) }}{{ typeOf (chunk 1 (list 1)) }}{{ typeOf .MatchContext.URL.Query }}
{{ deepEqual .Extra.list (list "c" "a" "b" "a") }}{{ deepEqual 1 1.0 }}{{ deepEqual .Extra .Extra }}{{ deepEqual (list) (rest (list)) }}
{{ fail "no" }}
{{ .Nope }}
{{ .Subject.x }}
{{ .Subject "x" }}
{{ 3 | .Subject }}
{{ .MatchContext.URL.Nope }}
{{ 3 4 }}
{{ (3) 4 }}
{{ "a" | "b" }}
{{ if }}
{{ $x }}
{{ end }}
{{ nope }}
{{ if .Extra.t }}{{ $y := 1 }}{{ end }}{{ $y }}
{{ print (print (print .Subject)) }}
{{ if and .Subject (not .Extra.f) (or (eq .MatchContext.Method "GET") (eq .MatchContext.Method "POST")) }}ok{{ end }}
{"sub":"{{ .Subject }}","aud":{{ .Extra.list | toJson }},"x":{{ default "null" (.Extra.nope | toJson) }}}
{{ range $i, $g := .Extra.identity.traits.groups }}{{ if $i }},{{ end }}{{ $g }}{{ end }}
`

func TestActionsAreThoseOfOathkeeper(t *testing.T) {
	for _, text := range strings.Split(strings.TrimSpace(actions), "\n") {
		same(t, text)
	}
	same(t, "")
	same(t, "just text")
	same(t, "{{ .Subject }}\n{{- range .Extra.list }}\n  {{ . -}}\n{{ end }}\n")
	same(t, "{{ `raw \\n` }}")
}

func TestPrintfIsThatOfFmt(t *testing.T) {
	values := []string{
		`1`, `-5`, `0`, `(add 3 4)`, `1.5`, `-0.25`, `1e21`, `0.0`, `123456789.0`, `true`, `"text ü"`, `""`, `"a\x00\"b"`,
		`nil`, `.Extra.list`, `.Extra.mixed`, `.MatchContext.RegexpCaptureGroups`, `(index "abc" 0)`, `(until 2)`, `.Extra.identity`,
		`.MatchContext.URL`, `.Header`, `'☃'`, `(split "," "a")`, `.Extra.nope`, `(rest (list))`, `100000`, `-9223372036854775808`, `1114112`,
	}
	verbs := "vdbooOxXcqUeEfFgGstTwz%"
	modifiers := []string{
		"", "5", "-5", "05", "+", "-", " ", "#", "+5", "08.3", ".0", ".2", "6.2", "-8.1", "#8", "+#", "# 10", "-05", "+08", " 08", ".10", "#.3", "[1]", "[2]", "[1]5", "+-#6.2",
	}
	for _, v := range values {
		for _, m := range modifiers {
			var text strings.Builder
			for _, verb := range verbs {
				if skipped(v, m, verb) {
					continue
				}
				text.WriteString("{{ printf \"<%" + m + string(verb) + ">\" " + v + " }}")
			}
			same(t, text.String())
		}
	}
	for _, call := range []string{
		`"%"`, `"%d"`, `"%!"`, `"a%%b" 1`, `"%d %d" 1`, `"%d" 1 "a" nil .Extra.list`, `"%*d" 5 3`, `"%-*d|" 5 3`, `"%*d" -5 3`, `"%*d" "a" 3`,
		`"%.*f" 2 3.14159`, `"%.*f" -2 3.14159`, `"%[2]d %[1]d" 1 2`, `"%[3]d" 1`, `"%[0]d" 1`, `"%[x]d" 1`, `"%[1" 1`, `"%[2]*[1]d" 1 5`, `"%[1]*d" 3`,
		`"%.[2]*[1]f" 1.5 3`, `"%[1].2f" 1.5`, `"%[5]*d" 1`, `"%99999999d" 1`, `"%é" 1`, `"\xff%d\xfe" 1`, `"%.d" 0`, `"%.f" 2.5`, `"%5.d|" 0`, `"%05s|%-05d|" "ab" 3`,
		`"%s" (list 1 "a" nil)`, `"%q" (list "a" nil 2)`, `"%x" "hello"`, `"% x|%# x|%#X" "hi" "hi" "hi"`, `"%x" (list "ab" 12)`, `"%6.2f|%+d|%e" 1.234 5 1e10`,
		`"%t %v" true false`, `"%[1]T %[1]v" .Extra`, `"%v %v" .Extra.mixed .Extra.a`, `"%+v" .Extra`, `"%#v" (list 1 "a" nil 1.5 true)`, `"%#v" (dict "a" 1 "b" nil)`,
		`.Subject 1`, `.Extra.n 1`, `"%w" "x"`, `"%s %s" .Extra.nope nil`, `"%6v|%-6v|%06v" true true true`, `"%3c|%-3c|%03c" 65 66 67`, `"%d" 1.5`, `"%f" 1`, `"%z" .Extra.list`,
	} {
		same(t, "{{ printf "+call+" }}")
	}
}

// skipped are combinations for which Oathkeeper prints addresses or Go syntax
// of structs.
func skipped(v, modifier string, verb rune) bool {
	isURL := v == ".MatchContext.URL"
	return isURL && (strings.ContainsRune("bdoOcUeEfFgGtz", verb) || strings.Contains(modifier, "#") && verb == 'v' || verb == 'w')
}
