package proxy

import (
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"oathgate/e2e/harness"
)

// trailing is a body that ends with its request's trailers.
type trailing struct {
	io.Reader
	request *http.Request
	ends    http.Header
}

func (b *trailing) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		for name, values := range b.ends {
			b.request.Trailer[name] = values
		}
	}
	return n, err
}

// Trailers reach the upstream but for those that it could take for what a rule says, or for what the rule has judged;
// also if they are there before the request is decided. The upstream's own reach the client.
func TestTrailers(t *testing.T) {
	sent := http.Header{
		"X-Sum": {"1", "2"}, "Grpc-Status": {"0"},
		"X-User": {"root"}, "X_user": {"root"}, "X-Allowed-By": {"client"}, "X_Allowed_By": {"client"}, "X-Oathgate-Cluster": {"dead"}, "X_oathgate-Cluster": {"dead"},
		"Cookie": {"session=eve"}, "Authorization": {"Bearer eve"}, "User-Agent": {"eve"}, "Accept": {"text/html"}, "Content-Language": {"xx"}, "Content-Disposition": {"x"},
		"X-Forwarded-For": {"10.0.0.1"}, "X_forwarded-Proto": {"https"}, "Forwarded": {"for=10.0.0.1"}, "X-Envoy-Original-Path": {"/x"},
	}
	var announced []string
	for name := range sent {
		announced = append(announced, name)
	}
	slices.Sort(announced)
	everyWay(t, func(t *testing.T, base string, client http.RoundTripper) {
		for _, path := range []string{"/plain/a", "/secure/a", "/session/a", "/session/slow", "/judged/a"} {
			resp := ask(t, client, "POST", base+path, nil, func(r *http.Request) {
				r.Trailer = http.Header{}
				for name := range sent {
					r.Trailer[name] = nil
				}
				r.Body, r.ContentLength = io.NopCloser(&trailing{strings.NewReader("ok"), r, sent}), -1
				if strings.HasPrefix(path, "/session/") {
					r.Header.Set("Cookie", "session="+map[bool]string{true: "slow", false: "alice"}[strings.HasSuffix(path, "slow")])
				}
			})
			seen := saw(t, resp)
			for name, values := range seen.Trailer {
				if values == nil {
					delete(seen.Trailer, name) // announced, and then not sent
				}
			}
			if want := (http.Header{"X-Sum": {"1", "2"}, "Grpc-Status": {"0"}}); !reflect.DeepEqual(seen.Trailer, want) || seen.Size != 2 {
				t.Errorf("%s: the upstream saw %q and %d bytes", path, seen.Trailer, seen.Size)
			}
			if got := resp.Trailer["X-After"]; !slices.Equal(got, []string{"all"}) {
				t.Errorf("%s: the client saw %q", path, resp.Trailer)
			}
		}
	})
}

// What HTTP/1.1 calls a trailer is none of HTTP/2's field names, and what is in no name at all is refused.
func TestBrokenTrailers(t *testing.T) {
	before := backends.total()
	for _, lines := range []string{"X User: root\r\n", ": root\r\n", "X-User : root\r\n", "X-A: a\x00b\r\n", "X-A: a\nX-User: root\x00\r\n"} {
		reply, err := plain.Raw("POST /judged/a HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n" + lines + "\r\n")
		if err == nil && reply.Status < 400 {
			t.Errorf("%q: %d", lines, reply.Status)
		}
	}
	if n := backends.total() - before; n != 0 {
		t.Errorf("the upstream saw %d requests", n)
	}
	if reply := (harness.Endpoint{Address: plain.Address}).Get(t, "/plain/a"); reply.Status != 200 {
		t.Errorf("afterwards: %d", reply.Status)
	}
}
