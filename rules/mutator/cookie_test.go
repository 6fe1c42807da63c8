package mutator

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

// mutate runs mutators in order over a request with the cookies, and gives the
// Cookie header that was set.
func mutate(t testing.TB, cookies string, mutators ...string) string {
	t.Helper()
	x := exchange(t)
	if cookies != "" {
		x.Request.Headers.Set("cookie", cookies)
	}
	for _, config := range mutators {
		name, config, _ := strings.Cut(config, " ")
		m, _, problems := build(t, name, config)
		if problems != nil {
			t.Fatalf("%s: %v", config, problems)
		}
		if err := m.Mutate(x); err != nil {
			t.Fatalf("%s: %v", config, err)
		}
	}
	if got := x.Request.Headers.Get("cookie"); got != cookies {
		t.Errorf("the request was changed: %q", got)
	}
	value, ok, dup := x.Session.Header.Single("cookie")
	if !ok || dup {
		t.Errorf("headers %q", x.Session.Header)
	}
	return value
}

func TestCookie(t *testing.T) {
	for _, c := range []struct{ sent, config, want string }{
		{"", `{"cookies": {"user": "{{ print .Subject }}"}}`, "user=sub"},
		{"a=1; b=2", `{"cookies": {"user": "{{ .Subject }}"}}`, "user=sub; a=1; b=2"},
		{"a=1; b=2; a=3", `{"cookies": {"a": "new"}}`, "a=new; b=2"},
		{"b=2", `{"cookies": {"c1": "v1", "c2": "v2"}}`, "c1=v1; c2=v2; b=2"},
		{"A=1", `{"cookies": {"a": "v"}}`, "a=v; A=1"},
		{"", `{"cookies": {"a": "", "b": "x y", "c": "x,y", "d": "{{ .Extra.n }}"}}`, `a=; b="x y"; c="x,y"; d=1e+06`},
		{"", `{"cookies": {"a": "{{ .Extra.crlf }};\\\"ä\u007f", "b": "{{ .Extra.utf }}"}}`, "a=ab; b="},
		{`q="x"; s="a b"; bad=é; b@d=1; x; e=`, `{"cookies": {"n": "1"}}`, `n=1; q="x"; s="a b"; x=; e=`},
		{"a=1", `{"cookies": {}}`, "a=1"},
		{"", `{"cookies": {}}`, ""},
	} {
		if got := mutate(t, c.sent, "cookie "+c.config); got != c.want {
			t.Errorf("%q, %s: %q, want %q", c.sent, c.config, got, c.want)
		}
	}
}

// A second mutator starts from what the client sent, unless noop was before it: as
// in Oathkeeper.
func TestCookieTwice(t *testing.T) {
	one, two := `cookie {"cookies": {"c1": "v1"}}`, `cookie {"cookies": {"c2": "v2"}}`
	for _, c := range []struct {
		mutators []string
		want     string
	}{
		{[]string{one, two}, "c2=v2; a=1"},
		{[]string{"noop ", one, two}, "c2=v2; c1=v1; a=1"},
		{[]string{one, "noop ", two}, "c2=v2; c1=v1; a=1"},
		{[]string{one, two, "noop "}, "c2=v2; a=1"},
		{[]string{`header {"headers": {"Cookie": "h=1"}}`, one}, "c1=v1; a=1"},
		{[]string{"noop ", `header {"headers": {"Cookie": "h=1"}}`, one}, "c1=v1; h=1"},
	} {
		if got := mutate(t, "a=1", c.mutators...); got != c.want {
			t.Errorf("%q: %q, want %q", c.mutators, got, c.want)
		}
	}
}

func TestCookieTraits(t *testing.T) {
	_, traits, problems := build(t, "cookie", `{"cookies": {"A": "{{ .MatchContext.URL.Path }}", "b": "{{ index .MatchContext.RegexpCaptureGroups 0 }}"}}`)
	want := pipeline.Traits{ReadsURL: true, ReadsGroups: true, SetsHeaders: []string{"cookie"}}
	if problems != nil || !reflect.DeepEqual(traits, want) {
		t.Errorf("%+v, %v", traits, problems)
	}
}

func TestCookieFails(t *testing.T) {
	m, _, problems := build(t, "cookie", `{"cookies": {"ok": "v", "a": "{{ index .Extra.list 1 }}"}}`)
	if problems != nil {
		t.Fatal(problems)
	}
	x := exchange(t)
	if err, ok := m.Mutate(x).(*pipeline.Error); !ok || err.Status != 500 || x.Session.Header.Has("cookie") {
		t.Errorf("%v, %q", err, x.Session.Header)
	}
}

func TestCookieMistakes(t *testing.T) {
	for config, want := range map[string]string{
		``:                                     "config.cookies",
		`{}`:                                   "config.cookies",
		`{"cookies": []}`:                      "config.cookies",
		`{"cookies": {}, "headers": {}}`:       "config.headers",
		`{"cookies": {"X": 1}}`:                "config.cookies.X",
		`{"cookies": {"X": "{{"}}`:             "config.cookies.X",
		`{"cookies": {"X": "{{ .Nothing }}"}}`: "config.cookies.X",
		`{"cookies": {"": "a"}}`:               `config.cookies[""]`,
		`{"cookies": {"a=b": "a"}}`:            `config.cookies["a=b"]`,
		`{"cookies": {"a; b": "a"}}`:           `config.cookies["a; b"]`,
		`{"cookies": {"a\r\nb": "a"}}`:         `config.cookies["a\r\nb"]`,
	} {
		_, _, problems := build(t, "cookie", config)
		var got []string
		for _, p := range problems {
			got = append(got, p.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: problems at %q, want %q", config, got, want)
		}
	}
}

// Whatever a template gives, it is the value of its own cookie and of no other.
func FuzzCookie(f *testing.F) {
	f.Add("v; admin=1", "a=1; b=2")
	f.Add("\" ; x=y", `q="1"; user=me`)
	f.Fuzz(func(t *testing.T, subject, sent string) {
		m, _, problems := build(t, "cookie", `{"cookies": {"user": "{{ .Subject }}"}}`)
		if problems != nil {
			t.Fatal(problems)
		}
		x := exchange(t)
		x.Session.Subject = subject
		x.Request.Headers.Set("cookie", sent)
		if err := m.Mutate(x); err != nil {
			return
		}
		line := x.Session.Header.Get("cookie")
		if !request.IsValue(line) {
			t.Fatalf("%q", line)
		}
		var want []string
		for _, c := range x.Request.Cookies() {
			if c.Name != "user" {
				want = append(want, c.Name+"="+c.Value)
			}
		}
		var got []string
		for i, c := range request.ParseCookies(line) {
			if (c.Name == "user") != (i == 0) {
				t.Fatalf("%q, %q: %q", subject, sent, line)
			}
			if i > 0 {
				got = append(got, c.Name+"="+c.Value)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, %q: %q, want %q", subject, sent, got, want)
		}
	})
}
