package re2

import (
	"reflect"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode/utf8"
)

const plenty = 1 << 40

// same compares pattern over text with Go's regexp. Patterns that we refuse and Go
// does not are those with sets that are not here, and over the limits.
func same(t *testing.T, pattern, text, replacement string) (compiled bool) {
	t.Helper()
	want, wantErr := regexp.Compile(pattern)
	got, err := Compile(pattern)
	switch {
	case err == nil && wantErr != nil:
		t.Fatalf("%q: compiled, but %v", pattern, wantErr)
	case err != nil && wantErr == nil:
		if !beyond(err) {
			t.Fatalf("%q: %v", pattern, err)
		}
		return false
	case err != nil:
		return false
	}
	steps := plenty
	m, err := got.find(text, 0, got.Groups(), &steps)
	if wanted := want.FindStringSubmatchIndex(text); err != nil || !reflect.DeepEqual(m, wanted) {
		t.Fatalf("%q in %q: %v, %v, want %v", pattern, text, m, err, wanted)
	}
	for _, n := range []int{-1, 0, 1, 2} {
		if all, err := got.FindAll(text, n, &steps); err != nil || !reflect.DeepEqual(all, want.FindAllString(text, n)) {
			t.Fatalf("%q, all %d in %q: %q, %v, want %q", pattern, n, text, all, err, want.FindAllString(text, n))
		}
		if pieces, err := got.Split(text, n, &steps); err != nil || !reflect.DeepEqual(pieces, want.Split(text, n)) {
			t.Fatalf("%q splits %q in %d: %q, %v, want %q", pattern, text, n, pieces, err, want.Split(text, n))
		}
	}
	if s, err := got.Replace(text, replacement, false, plenty, &steps); err != nil || s != want.ReplaceAllString(text, replacement) {
		t.Fatalf("%q replaces in %q by %q: %q, %v, want %q", pattern, text, replacement, s, err, want.ReplaceAllString(text, replacement))
	}
	if s, err := got.Replace(text, replacement, true, plenty, &steps); err != nil || s != want.ReplaceAllLiteralString(text, replacement) {
		t.Fatalf("%q replaces in %q by %q literally: %q, %v", pattern, text, replacement, s, err)
	}
	if ok, err := got.Match(text, &steps); err != nil || ok != want.MatchString(text) {
		t.Fatalf("%q matches %q: %v, %v", pattern, text, ok, err)
	}
	if found, err := got.Find(text, &steps); err != nil || found != want.FindString(text) {
		t.Fatalf("%q finds %q, %v", pattern, found, err)
	}
	if Quote(text) != regexp.QuoteMeta(text) {
		t.Fatalf("%q is quoted as %q", text, Quote(text))
	}
	return true
}

// beyond are the refusals that Go has not.
func beyond(err error) bool {
	for _, s := range []string{`\p{`, "too large", "too deeply", "more than 100 groups"} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

var patterns = strings.Split(strings.TrimSpace(`
a
a*
(a*)*
(a*)+
(a|ab)(c|bcd)(d*)
(a+)(b+)?
(?:a|(b))*
(|a)*
(|a)+
(a??)*
a*?
a+?b
(a*?)(a*)
a{2}
a{2,}
a{0,2}b
a{1,3}?
a{,2}
a{
a{x}
a{01}
(a{2}){2}
x{0}
(x){0}y
^a|b$
(?m)^a$
(?m)^$
\bfoo\b
\Bo
\b
\B
[abc]+
[^abc]+
[a-c-e]
[]a]
[^]a]
[a\]b]
[\d_]+
[\W]+
[^\s]+
[[:alpha:]]+
[[:^alpha:]x]
[[:word:]-]+
[a[:x]
\d+\.\d*
\pL+
\p{Lu}\P{Lu}
\p{^Greek}
[\p{Latin}]+
\p{Any}
(?i)straße
(?i)k
(?i)[^k]
(?i)[a-z]+
(?i)\w
(?i)\W
(?i)[\W]
(?i)\p{Lu}
(?i:a)b
a(?i)b|c
a(?i)*
(?s).+
.+
(?U)a+
(?U)a+?
(?is-m:.x)
(?)a
(?P<x>a)(?<y>b)
(?:(?P<y>a)|(?P<y>b))+
\Qa.b\E*
\Q\E
\Q*
a\Q\E*
\x41\x{e9}\101\060
\0
\a\f\n\r\t\v
\/\-\@
^
$
\A\z
^*
$+
(^)*a
(?:^a|b)*
(a)|b
((a)|(b))*
(((((a)))))
a||b
|a
()
(?:)
[^\x00-\x{10FFFF}]
[\x00-\x{10FFFF}]
é+
[é-ü]
日本
(foo|foobar|fo)(o|bar)?
(?:(a)|b)*?c
(a|b|c|d)*d
(?:a?){3}a{3}
`), "\n")

var refusals = []string{
	"(", ")", "a)", "[", "[a", "[]", "[^]", "[z-a]", `[a-\d]`, `\`, `\8`, `\1`, `\z*+`, "*", "+a", "a**", "a*+", "a|*", "(*)", "(?i)*", "a{2}{3}*", "a{1001}", "a{2,1}", "(a{500}){3}",
	"(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?P=x)", "(?P<>a)", "(?P<a b>c)", "(?P<x", "(?x)", "(?i", "(?-)", "(?i-)", "(?--i)", `\Z`, `\C`, `\G`, `\y`, `\é`,
	`\x`, `\x4`, `\xzz`, `\x{}`, `\x{110000}`, `\x{4`, `\p`, `\p{`, `\p{Nope}`, `\pX`, "[[:nope:]]", "[[:^nope:]]", "\xff", "a\xff", "(?i)(?", "a**?",
}

var texts = []string{
	"", "a", "aa", "aaa", "ab", "abc", "abcd", "abcde", "b", "c", "aabb", "xyz", "foo bar foo", "foobar", "a\nb\n", "\n", "\n\na", "a]b", "_09 x-y.z", "12.34.5", "STRASSE straße ſtraße",
	"kK\u212a", "éàü ÉÀ", "日本語", "a\xffb\xfe", "{x}", "a{2}", "x{0}y", "aB Ab", "A.B*a.b", "Aéé A0", "\x00\a\f\n\r\t\v/-@", "aaaaaaaaaaaaaaaaaaaaaaaa", "cabcabcd d", "Ωλ Xx", "$1 ${x}",
}

func TestThatOfGo(t *testing.T) {
	for _, pattern := range patterns {
		for _, text := range texts {
			if !same(t, pattern, text, "<$0|$1|${x}|$y|$$|${1}a|$1a|$01|$9|${|$|$é>") {
				if _, err := syntax.Parse(pattern, syntax.Perl); err == nil {
					_, err := Compile(pattern)
					t.Errorf("%q is refused: %v", pattern, err)
				}
				break
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, pattern := range refusals {
		if _, err := Compile(pattern); err == nil {
			t.Errorf("%q compiles", pattern)
		}
	}
	for _, pattern := range []string{
		`\p{Thai}`, strings.Repeat("(", 200) + strings.Repeat(")", 200), strings.Repeat("(a)", 101), strings.Repeat("a", 2049), "(?:abcdefg){1000}", `(((((a{10}){10}){10})))(b{1000})(c{1000})(d{1000})`,
	} {
		if _, err := Compile(pattern); err == nil || !beyond(err) {
			t.Errorf("%.30q: %v", pattern, err)
		}
	}
}

// What is done is in proportion to the text, and bounded.
func TestSteps(t *testing.T) {
	for _, pattern := range []string{"(a*)*b", "(a|aa)+$", "(?:a?){30}a{30}", "((a|b|ab)*)*c", "(.*)(.*)(.*)(.*)x"} {
		re, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		cost := func(n int) int {
			steps := plenty
			if _, err := re.Match(strings.Repeat("a", n), &steps); err != nil {
				t.Fatal(err)
			}
			return plenty - steps
		}
		if one, ten := cost(1000), cost(10000); ten > 11*one || ten > 10000*4*len(re.insts) {
			t.Errorf("%s: %d steps for 1000, %d for 10000", pattern, one, ten)
		}
		steps := 500
		if _, err := re.Match(strings.Repeat("a", 10000), &steps); err != ErrSteps || steps < -2*len(re.insts) {
			t.Errorf("%s: %v, %d steps left", pattern, err, steps)
		}
	}
	re, _ := Compile("a")
	steps := plenty
	if _, err := re.Replace(strings.Repeat("a", 100), "bbb", true, 200, &steps); err == nil {
		t.Error("the result is longer than the limit")
	}
}

func FuzzRegexp(f *testing.F) {
	for i, pattern := range patterns {
		f.Add(pattern, texts[i%len(texts)], "<$1>")
	}
	for _, pattern := range refusals {
		f.Add(pattern, "a", "$")
	}
	f.Fuzz(func(t *testing.T, pattern, text, replacement string) {
		if len(pattern) > 100 || len(text) > 200 || len(replacement) > 50 || !utf8.ValidString(replacement) {
			return
		}
		same(t, pattern, text, replacement)
	})
}
