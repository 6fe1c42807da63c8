package template_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// generator makes templates at random: most of them well formed, many of them
// failing when they are executed.
type generator struct {
	r     *rand.Rand
	depth int
	vars  int
	loops int
}

func newGenerator(seed uint64) *generator {
	return &generator{r: rand.New(rand.NewPCG(seed, 1))}
}

func pick(g *generator, list []string) string { return list[g.r.IntN(len(list))] }

var paths = strings.Fields(`.Subject .Subject .Extra .Extra.a .Extra.a.b .Extra.nope .Extra.nope.x .Extra.s .Extra.n .Extra.list .Extra.mixed
	.Extra.identity .Extra.identity.traits .Extra.identity.traits.groups .Extra.exp .Extra.t .Extra.f .Extra.nil .Extra.empty .Extra.none .Extra.u .Extra.json
	.Header .Header.Foo .MatchContext.RegexpCaptureGroups .MatchContext.Method .MatchContext.Header .MatchContext.URL .MatchContext.URL.Path
	.MatchContext.URL.RawQuery .MatchContext.URL.Query .MatchContext.URL.Hostname . $ $.Subject $.Extra .b .k .x`)

var literals = strings.Fields(`0 1 2 3 -1 7 1.5 0.0 true false nil "" "a" "q" "list" "%v" "%05.2f|%q" "alice" "," 'x' 0x10 1e3 "_0" "X-In" "é<b>"`)

// calls are functions with the kinds of arguments they are mostly given: s
// text, n number, v anything, l list, m map.
var calls = strings.Fields(`print:v printIndex:ln println:vv printf:svv not:v len:l len:v index:ln index:ms index:vn html:v js:v urlquery:vv
	eq:vv eq:ss eq:nn ne:ss lt:nn lt:ss le:vv gt:nn ge:ss and:vv or:vv and:vvv default:vv empty:v coalesce:vvv all:vv any:vv ternary:vvb
	trim:s upper:s lower:s title:s trunc:ns substr:nns trimAll:ss trimSuffix:ss trimPrefix:ss nospace:s contains:ss hasPrefix:ss hasSuffix:ss
	quote:vv squote:v cat:vv indent:ns nindent:ns replace:sss plural:ssn toString:v splitList:ss split:ss splitn:sns join:sl join:sv
	list:vv list:v append:lv prepend:lv first:l rest:l last:l initial:l reverse:l uniq:l compact:l without:lv has:vl concat:ll chunk:nl
	toStrings:l toStrings:v sortAlpha:v dict:svsv dict:sv get:ms hasKey:ms pluck:smm pick:mss omit:ms dig:ssvm dig:svm atoi:s int:v int64:v float64:v toDecimal:v
	add1:v add:vv sub:nn div:nn mod:nn mul:nn max:nn min:nn maxf:nn minf:nn floor:v ceil:v round:vn until:n seq:nn toJson:v toRawJson:v toPrettyJson:v
	untitle:s swapcase:s initials:s abbrev:ns abbrevboth:nns wrap:ns wrapWith:nss camelcase:s snakecase:s kebabcase:s
	add1f:v addf:vv subf:vv mulf:nn divf:nn base:s dir:s clean:s ext:s isAbs:s sha1sum:s sha512sum:s adler32sum:s b32enc:s b32dec:s deepCopy:v
	date:sn toDate:ss htmlDate:n dateInZone:sns duration:v durationRound:v
	regexMatch:ss regexFind:ss regexFindAll:ssn regexReplaceAll:sss regexSplit:ssn regexQuoteMeta:s
	semver:s semverCompare:ss urlParse:s urlJoin:m
	fromJson:s b64enc:s b64dec:s sha256sum:s typeOf:v kindOf:v kindIs:sv typeIs:sv deepEqual:vv slice:ln slice:lnn`)

func (g *generator) template() string {
	var b strings.Builder
	for range 1 + g.r.IntN(3) {
		b.WriteString(g.action())
	}
	return b.String()
}

func (g *generator) action() string {
	g.depth++
	defer func() { g.depth-- }()
	switch n := g.r.IntN(16); {
	case n == 0:
		return pick(g, []string{"text ", "\n", "{{/* c */}}", " {{- 1 -}} ", "x"})
	case n == 1 && g.depth < 4:
		return "{{ if " + g.pipe() + " }}" + g.action() + "{{ else if " + g.pipe() + " }}" + g.action() + "{{ else }}" + g.action() + "{{ end }}"
	case n == 2 && g.depth < 4:
		return "{{ with " + g.pipe() + " }}" + g.action() + "{{ else }}" + g.action() + "{{ end }}"
	case n == 3 && g.depth < 4:
		g.loops++
		s := "{{ range " + g.pipe() + " }}" + g.action() + g.jump() + "{{ else }}-{{ end }}"
		g.loops--
		return s
	case n == 4 && g.depth < 4:
		g.loops++
		s := "{{ range $k, $e := " + g.pipe() + " }}{{ $k }}={{ $e }}" + g.action() + "{{ end }}"
		g.loops--
		return s
	case n == 5:
		return "{{ $v := " + g.pipe() + " }}{{ " + pick(g, []string{"$v", "$v.b", "$v.x", "$v | toJson", "print $v"}) + " }}"
	case n == 6 && g.depth < 3:
		g.vars++
		name := "d" + strconv.Itoa(g.vars)
		return `{{ define "` + name + `" }}<{{ . }}>{{ end }}{{ template "` + name + `" ` + g.pipe() + ` }}`
	case n == 7:
		return "{{ $v := " + g.pipe() + " }}{{ if " + g.pipe() + " }}{{ $v = " + g.pipe() + " }}{{ end }}{{ $v }}"
	}
	return "{{ " + g.pipe() + " }}"
}

func (g *generator) jump() string {
	switch g.r.IntN(6) {
	case 0:
		return "{{ break }}"
	case 1:
		return "{{ if " + g.pipe() + " }}{{ continue }}{{ end }}x"
	}
	return ""
}

func (g *generator) pipe() string {
	g.depth++
	defer func() { g.depth-- }()
	s := g.value('v')
	if g.r.IntN(3) == 0 {
		name, kinds, _ := strings.Cut(pick(g, calls), ":")
		s += " | " + name
		for _, kind := range kinds[:len(kinds)-1] {
			s += " " + g.argument(byte(kind))
		}
	}
	return s
}

// value is a command.
func (g *generator) value(kind byte) string {
	if g.depth < 6 && g.r.IntN(5) < 3 {
		name, kinds, _ := strings.Cut(pick(g, calls), ":")
		s := name
		for _, kind := range []byte(kinds) {
			s += " " + g.argument(kind)
		}
		return s
	}
	if s := g.simple(kind); s != "nil" {
		return s
	}
	return "1"
}

func (g *generator) argument(kind byte) string {
	g.depth++
	defer func() { g.depth-- }()
	if g.r.IntN(4) == 0 {
		return "(" + g.pipe() + ")" + pick(g, []string{"", "", "", "", ".a", ".b"})
	}
	return g.simple(kind)
}

// simple is an argument without parentheses, of the kind mostly.
func (g *generator) simple(kind byte) string {
	if g.r.IntN(6) > 0 {
		switch kind {
		case 's':
			return pick(g, []string{".Subject", `"a"`, `","`, ".MatchContext.URL.Path", ".Extra.s", ".Extra.u", `"é b-c"`, ".MatchContext.Method", `"q"`, `"[a-l]+(.)?"`})
		case 'n':
			return pick(g, []string{"0", "1", "2", "-1", "5", ".Extra.n", "(add 1 2)", "(len .Subject)", "1.5", `"12"`})
		case 'l':
			return pick(g, []string{".Extra.list", ".Extra.mixed", ".MatchContext.RegexpCaptureGroups", "(list 1 \"a\")", "(until 3)", ".Extra.nope", "(list)"})
		case 'm':
			return pick(g, []string{".Extra", ".Extra.identity", "(dict \"a\" 1)", "$.Extra", ".Extra.empty", "(dict)"})
		case 'b':
			return pick(g, []string{"true", "false", ".Extra.t", "(eq 1 1)", "(empty .Subject)"})
		}
	}
	if g.r.IntN(2) == 0 {
		return pick(g, literals)
	}
	return pick(g, paths)
}
