package callout

import (
	"strings"
	"testing"

	"oathgate/rules/memory"
	"oathgate/rules/request"
)

func key(r Request) memory.Key {
	d := memory.NewDigest("test")
	r.Digest(d)
	return d.Key()
}

// Any two callouts that differ in what the service sees have different digests.
func TestDigestSeparates(t *testing.T) {
	base := Request{
		Endpoint: Endpoint{Scheme: "http", Authority: "a.test", Path: "/", Cluster: "c"},
		Method:   "POST",
		Target:   "/x?y",
		Headers:  request.Headers{{Name: "a", Value: "b"}, {Name: "c", Value: "d"}},
		Body:     []byte("body"),
	}
	seen := map[memory.Key]string{}
	for name, change := range map[string]func(*Request){
		"nothing":                      func(*Request) {},
		"cluster":                      func(r *Request) { r.Endpoint.Cluster = "C" },
		"scheme":                       func(r *Request) { r.Endpoint.Scheme = "https" },
		"authority":                    func(r *Request) { r.Endpoint.Authority = "a.test:80" },
		"method":                       func(r *Request) { r.Method = "GET" },
		"target":                       func(r *Request) { r.Target = "/x" },
		"header value":                 func(r *Request) { r.Headers[0].Value = "B" },
		"header name":                  func(r *Request) { r.Headers[0].Name = "A" },
		"headers swapped":              func(r *Request) { r.Headers[0], r.Headers[1] = r.Headers[1], r.Headers[0] },
		"values swapped":               func(r *Request) { r.Headers[0].Value, r.Headers[1].Value = "d", "b" },
		"one header":                   func(r *Request) { r.Headers = r.Headers[:1] },
		"no headers":                   func(r *Request) { r.Headers = nil },
		"a header more":                func(r *Request) { r.Headers.Add("e", "") },
		"another one":                  func(r *Request) { r.Headers.Add("e", "f") },
		"name and value in one":        func(r *Request) { r.Headers[0] = request.Header{Name: "ab"} },
		"body":                         func(r *Request) { r.Body = []byte("bodY") },
		"no body":                      func(r *Request) { r.Body = nil },
		"header in the body":           func(r *Request) { r.Headers, r.Body = r.Headers[:1], []byte("cdbody") },
		"method and cluster shifted":   func(r *Request) { r.Endpoint.Cluster, r.Method = "cP", "OST" },
		"authority and target shifted": func(r *Request) { r.Endpoint.Authority, r.Target = "a.test/x", "?y" },
	} {
		r := base
		r.Headers = append(request.Headers{}, base.Headers...)
		change(&r)
		k := key(r)
		if other, twice := seen[k]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[k] = name
		if key(r) != k {
			t.Errorf("%s: not the same twice", name)
		}
	}
}

func TestFaults(t *testing.T) {
	if (Result{}).Fault == None {
		t.Error("a result that nobody filled in is a response")
	}
	names := map[string]bool{}
	for f := range NumFaults {
		if f.String() == "" || names[f.String()] {
			t.Errorf("fault %d: %q", f, f.String())
		}
		if strings.Contains(f.Label(), " ") || strings.ReplaceAll(f.Label(), "_", " ") != f.String() {
			t.Errorf("fault %d: label %q", f, f.Label())
		}
		names[f.String()] = true
	}
	for _, f := range []Fault{NumFaults, 255} {
		if f.String() != Unknown.String() {
			t.Errorf("fault %d: %q", f, f.String())
		}
	}
}

// A digest goes on after the callout: what follows cannot be taken for a part of it.
func TestDigestEnds(t *testing.T) {
	short := memory.NewDigest("test")
	(&Request{Headers: request.Headers{{Name: "a", Value: "b"}}, Body: []byte("c")}).Digest(short)
	short.Add("d")
	short.Add("e")
	long := memory.NewDigest("test")
	(&Request{Headers: request.Headers{{Name: "a", Value: "b"}, {Name: "c", Value: "d"}}, Body: []byte("e")}).Digest(long)
	if short.Key() == long.Key() {
		t.Error("a body and what follows it are taken for a header and a body")
	}
}
