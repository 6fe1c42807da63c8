package syntax_test

import (
	"strings"
	"testing"

	"oathgate/rules/template/syntax"
)

// taken are texts of the language, a line each.
const taken = `
text
{{ . }}{{.}}{{.a}}{{ .a.b.c }}{{ $ }}{{ $.a }}{{ f }}{{ f.a }}{{ (f).a.b }}{{ (.a).b }}{{ ((1)) }}
a {{- 1 -}} b  {{- 2 }} c {{ 3 -}}   {{- 4 -}} d	{{-	5	-}}	e
{{-3}}{{- 3}}{{ -3 }}{{ 3 -}}}}
a{{/* c */}}b  {{- /* {{ }} " */ -}}  c{{/**/}}{{/* a */ -}} d
{{nil}}{{true}}{{false}}{{trueish}}{{nil1}}{{_x}}{{é}}{{.٣}}{{٣}}{{ .if.end }}{{ $x := 1 }}{{ $x.if }}
{{ "a\tb\"c\\" }}{{ "\x00é\u00e9}}{{" }}{{ ` + "`raw \\n }} \"`" + ` }}{{ 'a' }}{{ '\'' }}{{ '"' }}{{ '\x41' }}{{ 'é' }}{{ '\u00e9' }}
{{ 1_000 }}{{ 0x1F }}{{ 0X1f }}{{ 0b101 }}{{ 0o17 }}{{ 017 }}{{ 0_7 }}{{ 0x_1 }}{{ -0 }}{{ +5 }}{{ -0x1E }}{{ 0x1e }}{{ +0xE }}
{{ 1.5 }}{{ 1. }}{{ .5 }}{{ -.5 }}{{ 1e3 }}{{ 1E+3 }}{{ 1e-3 }}{{ 0x1p-2 }}{{ 0x1.8P3 }}{{ 08.5 }}{{ 1e300 }}{{ -0.0 }}{{ 1e18 }}{{ 1e19 }}{{ 0x_1p4 }}
{{ 9223372036854775807 }}{{ 9223372036854775808 }}{{ 18446744073709551615 }}{{ -9223372036854775808 }}{{ 9223372036854775808.0 }}{{ -9223372036854775808.0 }}{{ 9223372036854774784.0 }}
{{ f 1 "a" .b $ (g 2 | h) nil true 'c' . | i | .j 1 | $.k }}
{{ . | }}{{.|}}{{ (.a | ) }}{{ 1|f|}}{{ template "t" . | }}
{{ (1) | (f) }}{{ 1 | $ }}{{ 1 | f.a }}{{ 1 | (f).a }}
{{ $a := 1 }}{{ $a }}{{ $a = 2 }}{{$b:=$a}}{{$c :=1}}{{ $d	:=	1 }}{{ $ := 2 }}{{ $_ := 3 }}{{ $é1 := 3 }}
{{ $a = 1 }}{{ $b := $b }}{{ ($c := 1) }}{{ $c }}{{ f ($d := 1) $d }}
{{ if . }}a{{ end }}{{ if . }}a{{ else }}b{{ end }}{{ if . }}{{ else if .a }}{{ else if .b }}c{{ else }}d{{ end }}{{if(1)}}{{end}}
{{ if $a := 1 }}{{ $a }}{{ $b := 2 }}{{ else }}{{ $a }}{{ $b }}{{ end }}{{ if $a = 1 }}{{ end }}
{{ with . }}a{{ end }}{{ with $x := . }}{{ $x }}{{ else with .a }}b{{ $x }}{{ else with .b }}c{{ else }}d{{ end }}
{{ range . }}a{{ end }}{{ range . }}{{ break }}{{ continue }}{{ else }}b{{ end }}{{ range 3 }}{{ if . }}{{ break }}{{ end }}{{ else }}{{ end }}
{{ range $i := . }}{{ $i }}{{ end }}{{ range $i, $e := . }}{{ $i }}{{ $e }}{{ else }}{{ $i }}{{ end }}{{ $i := 1 }}{{ range $i, $e = . }}{{ end }}{{ range $i,$e:=. }}{{ end }}
{{ $b := 1 }}{{ range $a, $b }}{{ $a }}{{ end }}{{ range $a , $b | f }}{{ end }}{{ range $a, $b 1 }}{{ end }}
{{ range . }}{{ else }}{{ range . }}{{ break }}{{ end }}{{ end }}{{ range . }}{{ range . }}{{ else }}{{ break }}{{ end }}{{ end }}
{{ define "x" }}a{{ . }}{{ end }}{{ template "x" }}{{ template "x" . }}{{ template "x"$ }}{{ template ` + "`x`" + ` .a | f 1 }}{{ template "y" $z := 1 }}{{ $z }}
a {{ define "x" }}{{ end }} b {{ define "" }}1{{ end }}{{- define "z" -}} c {{- end -}} d
{{ define "x" }}a{{ end }}{{ define "x" }} {{ end }}{{ define "x" }}{{ end }}{{ define "y" }}	{{ end }}{{ define "y" }}{{/* */}}{{ end }}{{ define "y" }}b{{ end }}
{{ define "t" }}main{{ end }}
{{ define "t" }}{{ end }}main
{{ block "x" . }}a{{ .b }}{{ end }}{{ block "y" $a := 1 }}{{ $b := 2 }}{{ end }}{{ $a }}{{ if 1 }}{{ block "z" . }}{{ block "w" . }}{{ end }}{{ end }}{{ end }}
{{ range . }}{{ block "x" . }}{{ range . }}{{ break }}{{ end }}{{ end }}{{ break }}{{ end }}
{{ . }}}{ { {{ . }} }
}} text }} {{ 1 }} }}
{{ if 1}}{{ end -}} x {{- if 1 }}{{- else -}}{{- end }}
{{"{{"}}{{"}}"}}{{'}'}}{{ '{' }}{{ "\"}}" }}
{{ f (1) }}{{(f)}}{{( f )|g}}
`

// refused are texts that are none of the language, a line each.
const refused = `
{{
{{ }}
{{}}
{{-}}
{{- }}
{{ -}}
{{- -}}
{{ . }
{{ .
{{ ( }}
{{ (1 }}
{{ ) }}
{{ 1) }}
{{ () }}
{{ (1 -}}
{{ ((1) }}
{{ /* c */ }}
{{-  /* c */}}
{{/* c }}
{{/* c */ }}
{{/* c */-}}
{{/*/}}
{{ | }}
{{ | f }}
{{ 1 || f }}
{{ 1 | 2 }}
{{ 1 | "a" }}
{{ 1 | nil }}
{{ 1 | true }}
{{ 1 | . }}
{{ 1 | f | 'a' }}
{{ . .a..b }}
{{ ..a }}
{{ .a. }}
{{ .a .. }}
{{ 1.a }}
{{ 1..a }}
{{ "a".b }}
{{ nil.a }}
{{ true.a }}
{{ 'a'.b }}
{{ "a""b" }}
{{ "a"1 }}
{{ f,g }}
{{ f, g }}
{{ (.a)(.b) }}
{{ .a(.b) }}
{{ .a"b" }}
{{ .a+ }}
{{ f! }}
{{ f + g }}
{{ f & g }}
{{ f ☺ }}
{{ ☺ }}
{{ .a☺ }}
{{ $☺ }}
{{ $x }}
{{ $x.a }}
{{ $x, $y := 1 }}
{{ $x := }}
{{ $x = }}
{{ $x:1 }}
{{ $x : = 1 }}
{{ $x=1 }}
{{ $x := $y := 1 }}
{{ $x := 1 := 2 }}
{{ .a := 1 }}
{{ f := 1 }}
{{ := 1 }}
{{ = }}
{{ if 1 }}{{ $x := 1 }}{{ end }}{{ $x }}
{{ with $x := 1 }}{{ end }}{{ $x }}
{{ range $x := . }}{{ end }}{{ $x }}
{{ range $a, }}{{ end }}
{{ range $a, 1 }}{{ end }}
{{ range $a, .b := . }}{{ end }}
{{ range $a, $b, $c := . }}{{ end }}
{{ range ($a, $b := .) }}{{ end }}
{{ range $a, $b }}{{ end }}
{{ if $a, $b := . }}{{ end }}
{{ "a }}
{{ "\q" }}
{{ "\400" }}
{{ 'ab' }}
{{ '' }}
{{ ' }}
{{ 'a }}
{{ '\q' }}
{{ '\"' }}
{{ "\'" }}
{{ ` + "`a }}" + `
{{ 08 }}
{{ 0x }}
{{ 0b2 }}
{{ 0o8 }}
{{ 0b1.1 }}
{{ 0o1.1 }}
{{ 0x1.8 }}
{{ 1__0 }}
{{ _1_ }}{{ 1_ }}
{{ 1_0.5_e }}
{{ end.x }}
{{ f(1) }}
{{ 1(2) }}
{{ 3-}}}}
{{{{ "a" }}
{{ 1e }}
{{ 1e5e }}
{{ 1e400 }}
{{ 0x1p }}
{{ 1p3 }}
{{ - }}
{{ + }}
{{ --1 }}
{{ +-1 }}
{{ 1+2 }}
{{ 1-2 }}
{{ 1-}}
{{ 1x }}
{{ 1é }}
{{ 18446744073709551616 }}
{{ -9223372036854775809 }}
{{ if }}{{ end }}
{{ if 1 }}
{{ if 1 }}{{ else }}
{{ if 1 }}{{ else }}{{ else }}{{ end }}
{{ if 1 }}{{ else else }}{{ end }}
{{ if 1 }}{{ else 1 }}{{ end }}
{{ if 1 }}{{ else if }}{{ end }}
{{ if 1 }}{{ else if 1 }}{{ end }}{{ end }}
{{ if 1 }}{{ else with 1 }}{{ end }}
{{ if 1 }}{{ else }}{{ else if 1 }}{{ end }}
{{ with 1 }}{{ else if 1 }}{{ end }}
{{ with 1 }}{{ else range 1 }}{{ end }}
{{ range 1 }}{{ else range 1 }}{{ end }}
{{ range 1 }}{{ else if 1 }}{{ end }}
{{ end }}
{{ else }}
{{ if 1 }}{{ end 1 }}
{{ if 1 }}{{ end | f }}
{{ break }}
{{ continue }}
{{ range 1 }}{{ break 1 }}{{ end }}
{{ range 1 }}{{ continue . }}{{ end }}
{{ range 1 }}{{ else }}{{ break }}{{ end }}
{{ range 1 }}{{ block "x" . }}{{ break }}{{ end }}{{ end }}
{{ range 1 }}{{ end }}{{ break }}
{{ f break }}
{{ f if }}
{{ (if 1) }}
{{ template }}
{{ template x }}
{{ template .x }}
{{ template 'x' }}
{{ template "x" "y" | 1 }}
{{ template "\q" }}
{{ template "x" , }}
{{ define }}{{ end }}
{{ define x }}{{ end }}
{{ define "x" . }}{{ end }}
{{ define "x" }}
{{ define "x" }}{{ else }}{{ end }}
{{ define "x" }}{{ define "y" }}{{ end }}{{ end }}
{{ if 1 }}{{ define "x" }}{{ end }}{{ end }}
{{ block "x" . }}{{ define "y" }}{{ end }}{{ end }}
{{ define "x" }}a{{ end }}{{ define "x" }}b{{ end }}
{{ define "x" }}a{{ end }}{{ block "x" . }}b{{ end }}
{{ define "t" }}a{{ end }}b
{{ define "x" }}{{ break }}{{ end }}
{{ $x := 1 }}{{ define "x" }}{{ $x }}{{ end }}
{{ $x := 1 }}{{ block "x" . }}{{ $x }}{{ end }}
{{ block "x" }}{{ end }}
{{ block x . }}{{ end }}
{{ block "x" . }}
{{ block "x" . }}{{ else }}{{ end }}
{{ f` + "\x00" + ` }}
{{ ` + "\xff" + ` }}
{{ "` + "\xff" + `
`

func TestTakenTexts(t *testing.T) {
	for text := range strings.SplitSeq(strings.Trim(taken, "\n"), "\n") {
		if !same(t, text) {
			t.Errorf("refused: %q", text)
		}
	}
	for _, text := range []string{"", " \n", "{{\n1\n}}", "a\n{{-\n1\r\n-}}\r\nb", "{{/* a\nb */}}", "{{ `a\nb\r\n` }}", "\x00\xff{{ \"\xff\" }}{{ '\xff' }}", "{{\"\\\\\"}}"} {
		if !same(t, text) {
			t.Errorf("refused: %q", text)
		}
	}
}

func TestRefusedTexts(t *testing.T) {
	texts := strings.Split(strings.Trim(refused, "\n"), "\n")
	for _, text := range append(texts, "{{ \"a\nb\" }}", "{{ \"\\\n\" }}", "{{ '\n' }}", "{{ /* a\n*/ }}") {
		if same(t, text) {
			t.Errorf("taken: %q", text)
		}
		if same(t, "a\n{{ .b -}} "+text+"c") {
			t.Errorf("taken in the midst: %q", text)
		}
	}
}

// TestEveryCut: a text that stops anywhere.
func TestEveryCut(t *testing.T) {
	for text := range strings.SplitSeq(taken+refused, "\n") {
		for i := range len(text) {
			same(t, text[:i])
			same(t, text[i:])
			same(t, text[:i]+text[i+1:])
			same(t, text[:i]+" "+text[i:])
		}
	}
}

func TestComplexNumbersAreRefused(t *testing.T) {
	for _, text := range []string{"{{ 1i }}", "{{ 0i }}", "{{ 1+2i }}", "{{ 1.5e3-0x1p2i }}", "{{ f -1i }}"} {
		same(t, text)
		if _, fault := syntax.Parse("t", text); fault == nil {
			t.Errorf("taken: %s", text)
		}
	}
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct {
		text   string
		pos    int
		reason string
	}{
		{"a {{ if }}", 8, "missing value for if"},
		{"a {{ }}", 5, "missing value for the action"},
		{"a {{ end }}", 2, "unexpected {{end}}"},
		{"{{ if 1 }}{{ else }}{{ else }}", 20, "unexpected {{else}}"},
		{"a {{ if 1 }} b", 2, "{{if}} has no {{end}}"},
		{"{{ define \"x\" }}", 0, "{{define}} has no {{end}}"},
		{"{{ .a", 5, "the action has no }}"},
		{"{{/* a", 0, "the comment has no end"},
		{"{{ \"a }}", 3, "the quotation has no end"},
		{"{{ .a, .b }}", 5, "unexpected , in a command"},
		{"{{ (.a }}", 7, "unexpected }} in a command"},
		{"{{ .a-b }}", 3, `unexpected character "-"`},
		{"{{ 12ab }}", 3, "a space must follow the number 12"},
		{"{{ 0x1.8 }}", 3, "this is no number, or too large: 0x1.8"},
		{"{{ 2i }}", 3, "complex numbers are not supported"},
		{"{{ f $x }}", 5, "undefined variable $x"},
		{"{{ 1 | 2 }}", 7, "what a value is piped to must be a function"},
		{"{{ template x }}", 12, "unexpected x in template, which wants a name in quotes"},
		{"{{ break }}", 3, "{{break}} is outside of {{range}}"},
		{"{{ \"a\".b }}", 6, "a constant has no fields"},
		{"{{ if 1 }}{{ define \"x\" }}{{ end }}{{ end }}", 10, "{{define}} must not stand in another block"},
		{"{{ $a, $b := 1 }}", 5, "too many variables for the action"},
		{"{{define \"x\"}}a{{end}}{{define \"x\"}}b{{end}}", 22, `there are two templates of the name "x"`},
	} {
		_, fault := syntax.Parse("t", c.text)
		if fault == nil || fault.Pos != c.pos || fault.Reason != c.reason {
			t.Errorf("%s: %+v, want %d, %s", c.text, fault, c.pos, c.reason)
		}
	}
}

func TestLimits(t *testing.T) {
	repeat := strings.Repeat
	for _, c := range []struct {
		most, more string
		reason     string
	}{
		{"{{ " + repeat("(", 64) + "1" + repeat(")", 64) + " }}", "{{ " + repeat("(", 65) + "1" + repeat(")", 65) + " }}", "parentheses too deeply"},
		{"{{" + repeat("(1)", 1) + repeat(" (1)", 200) + "}}", "{{" + repeat("(", 1<<20), "parentheses too deeply"},
		{repeat("{{if 1}}", 64) + repeat("{{end}}", 64), repeat("{{if 1}}", 65) + repeat("{{end}}", 65), "blocks too deeply"},
		{"{{define \"x\"}}" + repeat("{{with 1}}", 63) + repeat("{{end}}", 64), "{{define \"x\"}}" + repeat("{{range 1}}", 64) + repeat("{{end}}", 65), "blocks too deeply"},
		{repeat("{{if 1}}{{end}}", 200), repeat("{{block \"x\" 1}}", 1<<16), "blocks too deeply"},
		{"{{if 1}}" + repeat("{{else if 1}}", 128) + "{{end}}", "{{if 1}}" + repeat("{{else if 1}}", 129) + "{{end}}", "blocks too deeply"},
		{repeat("{{1}}{{/* */}}", 2000), repeat("{{1}}", 2001), "2000 actions"},
	} {
		if !same(t, c.most) {
			_, fault := syntax.Parse("t", c.most)
			t.Errorf("%.40s: %+v", c.most, fault)
		}
		if _, fault := syntax.Parse("t", c.more); fault == nil || !strings.Contains(fault.Reason, c.reason) {
			t.Errorf("%.40s: %+v, want %s", c.more, fault, c.reason)
		}
	}
}

func FuzzSyntax(f *testing.F) {
	for text := range strings.SplitSeq(taken+refused, "\n") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 4000 {
			same(t, text)
		}
	})
}
