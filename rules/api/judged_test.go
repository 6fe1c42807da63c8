package api

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"oathgate/rules"
	"oathgate/rules/request"
)

var loopback = func() request.Networks {
	n, err := request.ParseNetworks([]string{"127.0.0.0/8"})
	if err != nil {
		panic(err)
	}
	return n
}()

func ask(target string, headers ...string) request.Raw {
	raw := request.Raw{Method: "GET", Scheme: "http", Authority: "app.test", Path: target, Peer: from("127.0.0.1")}
	for i := 0; i < len(headers); i += 2 {
		raw.Headers.Add(headers[i], headers[i+1])
	}
	return raw
}

// What is refused and what is judged is in testdata/cases/decision.yaml. Here is
// what those cannot see.

func TestJudgedHeadersMakeNoClaims(t *testing.T) {
	raw := ask("/decisions?q", "host", "app.test", "x-forwarded-uri", "/a", "cookie", "a=b", "x-forwarded-host", "b.test", "x-forwarded-proto", "http", "x-forwarded-for", "::1")
	before := slices.Clone(raw.Headers)
	judged, literal, ref := Judged(raw, rules.SourceXForwarded, loopback)
	if ref != nil || !literal {
		t.Fatal(ref, literal)
	}
	if want := (request.Headers{{Name: "cookie", Value: "a=b"}, {Name: "x-forwarded-for", Value: "::1"}}); !slices.Equal(judged.Headers, want) {
		t.Errorf("headers %v, want %v", judged.Headers, want)
	}
	if !slices.Equal(raw.Headers, before) {
		t.Errorf("the request's headers became %v", raw.Headers)
	}
	if judged.Path != "/a?q" || judged.Authority != "b.test" || judged.Scheme != "http" || judged.Method != "GET" {
		t.Errorf("%+v", judged)
	}
}

// What proxies say of the client's address is theirs to say alone.
func TestJudgedForwardedFor(t *testing.T) {
	for peer, want := range map[string]string{"127.0.0.1": "203.0.113.9", "10.0.0.1": "", "": ""} {
		raw := ask("/decisions/a", "x-forwarded-for", "203.0.113.9")
		raw.Peer = from(peer)
		if judged, _, ref := Judged(raw, rules.SourcePath, loopback); ref != nil || judged.ForwardedFor != want {
			t.Errorf("from %q: %q, %v", peer, judged.ForwardedFor, ref)
		}
	}
}

func TestJudgedAllocatesNothingByPath(t *testing.T) {
	raw := ask("/decisions/a", "x-forwarded-proto", "http", "cookie", "a=b")
	if n := testing.AllocsPerRun(100, func() { _, _, _ = Judged(raw, rules.SourceXForwarded, loopback) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDotSegments(t *testing.T) {
	for path, want := range map[string]bool{
		"": false, "/": false, "/a/b": false, "/..a": false, "/a..": false, "/...": false, "/a;..": false, "/a%2eb": false,
		"/.": true, "/..": true, "/../a": true, "/a/./b": true, "/%2e": true, "/%2E%2e/a": true, "/%252e%252e": true,
		"/a%2f..%2fb": true, `/a\..\b`: true, "/a%5c..": true, "/..;x/b": true, "/.%3bx/b": true, "/a%zz/..": true,
	} {
		if got := hasDotSegment(path); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

// Nothing is judged by a header that does not count, and what is judged is what
// the headers that count say.
func FuzzJudged(f *testing.F) {
	f.Add(byte(0), "127.0.0.1", "/decisions/a?b", "x-forwarded-method: PUT\nx-forwarded-proto: https\nx-forwarded-host: b.test\nx-forwarded-uri: /c?d")
	f.Add(byte(0), "10.0.0.1", "/decisions/a", "x-forwarded-proto: http")
	f.Add(byte(0), "", "/decisions", "X-Forwarded-Uri: /a")
	f.Add(byte(1), "127.0.0.1", "/decisions", "x-original-method: GET\nx-original-url: https://a.test/b?c")
	f.Add(byte(2), "127.0.0.1", "/decisions/a", "x_forwarded_uri: /b")
	f.Add(byte(1), "127.0.0.1", "/decisions/a", "x-forwarded-uri: /b\nx-original-url: http://a.test,http://b.test/")
	f.Fuzz(func(t *testing.T, s byte, peer, target, lines string) {
		source := rules.DecisionSource(s % 3)
		raw := ask(target)
		raw.Peer = from(peer)
		for line := range strings.SplitSeq(lines, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				raw.Headers.Add(name, value)
			}
		}
		judged, literal, ref := Judged(raw, source, loopback)
		if ref != nil {
			if ref.Status != 400 || ref.Reason == "" {
				t.Fatalf("%+v", ref)
			}
			return
		}
		// said is the one value of a header that counts, however it is spelled.
		said := func(name string) (value string, ok bool) {
			for _, h := range raw.Headers {
				if request.Folded(h.Name) != name || name == "x-forwarded-proto" && h.Value == raw.Scheme {
					continue
				}
				if ok || strings.Contains(h.Name, "_") {
					t.Fatalf("judged in spite of %q", raw.Headers)
				}
				value, ok = h.Value, true
			}
			return value, ok
		}
		addr, err := netip.ParseAddr(peer)
		trusted := err == nil && addr.Zone() == "" && addr.Unmap().Is4() && addr.IsLoopback()
		want := request.Raw{Method: "GET", Scheme: "http", Authority: "app.test"}
		for _, h := range []struct {
			name   string
			source rules.DecisionSource
			set    func(string)
		}{
			{"x-forwarded-method", rules.SourceXForwarded, func(v string) { want.Method = v }},
			{"x-forwarded-proto", rules.SourceXForwarded, func(v string) { want.Scheme = v }},
			{"x-forwarded-host", rules.SourceXForwarded, func(v string) { want.Authority = v }},
			{"x-forwarded-uri", rules.SourceXForwarded, func(v string) { want.Path = v }},
			{"x-original-method", rules.SourceXOriginal, func(v string) { want.Method = v }},
			{"x-original-url", rules.SourceXOriginal, func(v string) {
				want.Scheme, want.Path, _ = strings.Cut(v, "://")
				want.Authority = want.Path[:strings.Index(want.Path, "/")]
				want.Path = want.Path[len(want.Authority):]
			}},
		} {
			v, ok := said(h.name)
			if !ok {
				continue
			}
			if h.source != source || !trusted {
				t.Fatalf("judged by %s: %q of %q from %q", h.name, v, raw.Headers, peer)
			}
			h.set(v)
		}
		path, query, asked := strings.Cut(raw.Path, "?")
		if literal != (source == rules.SourceXForwarded && want.Path != "") {
			t.Fatalf("literal: %v", literal)
		}
		if source != rules.SourceXOriginal {
			if want.Path == "" {
				want.Path = strings.TrimPrefix(path, "/decisions")
			}
			want.Path, _, _ = strings.Cut(want.Path, "?")
			if asked {
				want.Path += "?" + query
			}
		}
		if judged.Method != want.Method || judged.Scheme != want.Scheme || judged.Authority != want.Authority || judged.Path != want.Path || judged.Peer() != peer {
			t.Fatalf("%+v, want %+v", judged, want)
		}
	})
}

func from(peer string) func() string { return func() string { return peer } }
