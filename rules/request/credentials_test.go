package request

import (
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// bearer is Oathkeeper's helper/bearer.go, by what it is documented to do.
func TestBearer(t *testing.T) {
	for value, want := range map[string]string{
		"Bearer t": "t", "bearer t": "t", "BEARER t": "t", "bEaReR a.b.c": "a.b.c", "Bearer  t": " t", "Bearer t ": "t ", "Bearer a b": "a b",
		"Bearer ": "", "Bearer": "", "": "", "Basic t": "", "Bearert": "", " Bearer t": "", "Bearer\tt": "", "token t": "", "Bearer: t": "",
	} {
		r, ref := New(get("/", Header{"authorization", value}), Options{})
		if ref != nil {
			t.Fatal(ref)
		}
		if got := r.Bearer(); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestToken(t *testing.T) {
	r, ref := New(get("/?t=q&t=r&q%75=%41+b&e=%zz", Header{"authorization", "Bearer b"}, Header{"x-token", "one"}, Header{"x-token", "two"},
		Header{"cookie", `c="v"; d=1`}), Options{})
	if ref != nil {
		t.Fatal(ref)
	}
	for _, tc := range []struct {
		from     TokenFrom
		want     string
		repeated bool
	}{
		{TokenFrom{}, "b", false},
		{TokenFrom{Header: "Authorization"}, "b", false},
		{TokenFrom{Header: "authorization"}, "Bearer b", false},
		{TokenFrom{Header: "AUTHORIZATION"}, "Bearer b", false},
		{TokenFrom{Header: "X-Token"}, "one", true},
		{TokenFrom{Header: "x-token"}, "one", true},
		{TokenFrom{Header: "X-None"}, "", false},
		{TokenFrom{QueryParameter: "t"}, "q", false},
		{TokenFrom{QueryParameter: "T"}, "", false},
		{TokenFrom{QueryParameter: "qu"}, "A b", false},
		{TokenFrom{QueryParameter: "e"}, "", false},
		{TokenFrom{Cookie: "c"}, "v", false},
		{TokenFrom{Cookie: "C"}, "", false},
	} {
		if got := r.Token(tc.from); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.from, got, tc.want)
		}
		if got := r.Repeated(tc.from); (got != nil) != tc.repeated || got != nil && got.Status != 400 {
			t.Errorf("%+v: repeated %v", tc.from, got)
		}
	}
}

// FuzzCookies compares with net/http.
func FuzzCookies(f *testing.F) {
	for _, s := range []string{
		"a=b", "a=b; c=d", `a="b c"`, `a="`, `a=""`, `a="b`, "a", "=b", "a b=c", "é=1", "a=é", "a=\\", "a=b;;c=d", ";", " a = b ; c = d ", "a=b,c=d", "a==b", "a=\x01", "a=\x7f", "\ta=b\t", "a=b; a=c",
	} {
		f.Add(s)
	}
	log.SetOutput(io.Discard) // net/http logs what it drops
	f.Cleanup(func() { log.SetOutput(os.Stderr) })
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Count(line, ";") >= maxCookies {
			t.Skip("New refuses it")
		}
		r := Request{Headers: Headers{{"cookie", line}}}
		h := http.Request{Header: http.Header{"Cookie": {line}}}
		want := h.Cookies()
		got := r.Cookies()
		if len(got) != len(want) {
			t.Fatalf("%q: %v, want %v", line, got, want)
		}
		for i := range want {
			if got[i] != (Cookie{want[i].Name, want[i].Value, want[i].Quoted}) {
				t.Errorf("%q: %v, want %v", line, got[i], want[i])
			}
			// Cookies are written as net/http writes them, sound or not.
			for _, c := range []Cookie{got[i], {got[i].Name, line, i%2 == 0}} {
				again := http.Request{Header: http.Header{"Cookie": {"z=1"}}}
				again.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
				if wrote := string(AppendCookie([]byte("z=1"), c)); wrote != again.Header.Get("Cookie") {
					t.Errorf("%q: wrote %q, want %q", line, wrote, again.Header.Get("Cookie"))
				}
			}
			one, err := h.Cookie(want[i].Name)
			if value, ok := r.Cookie(want[i].Name); !ok || err != nil || value != one.Value {
				t.Errorf("%q: %q is %q", line, want[i].Name, value)
			}
		}
		if _, ok := r.Cookie("absent"); ok != hasCookie(want, "absent") {
			t.Errorf("%q: absent cookie", line)
		}
	})
}

func hasCookie(list []*http.Cookie, name string) bool {
	for _, c := range list {
		if c.Name == name {
			return true
		}
	}
	return false
}

func TestCookiesOfManyLines(t *testing.T) {
	lines := []string{"a=1; b=2", "", ` c="3" `, "d", "a=4;"}
	raw := get("/")
	for _, l := range lines {
		raw.Headers = append(raw.Headers, Header{"cookie", l})
	}
	r, ref := New(raw, Options{})
	if ref != nil {
		t.Fatal(ref)
	}
	h := http.Request{Header: http.Header{"Cookie": lines}}
	got, want := r.Cookies(), h.Cookies()
	if len(got) != len(want) {
		t.Fatal(got, want)
	}
	for i := range got {
		if got[i].Name != want[i].Name || got[i].Value != want[i].Value {
			t.Error(got[i], want[i])
		}
	}
}

// FuzzQuery compares with net/url.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"a=1", "a=1&a=2", "a", "a=", "=1", "&&a=1", "a=%zz&a=2", "a;b=1&a=2", "a=%20+%2B", "%61=1", "a+b=1", "a=b=c", "a=%", "a=%2", "é=1", "b=2&a=1;&c=3", "?=/", "a=1&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := Request{RawQuery: query}
		values, err := url.ParseQuery(query)
		for name := range values {
			if got := r.Query(name); got != values.Get(name) {
				t.Errorf("%q: %q is %q, want %q", query, name, got, values.Get(name))
			}
		}
		if values.Get("absent") == "" && r.Query("absent") != "" {
			t.Errorf("%q: absent parameter", query)
		}
		want := query
		if err != nil {
			want = values.Encode()
		}
		if got := forwardedQuery(query); got != want {
			t.Errorf("%q is forwarded as %q, want %q", query, got, want)
		}
	})
}

// TestRandom feeds the fuzz properties' alphabet through New: it must not panic
// and must keep its promises whatever comes.
func TestRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		raw := randomPath(rnd)
		checkPath(t, raw)
	}
}
