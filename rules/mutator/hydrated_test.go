package mutator

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"oathgate/rules/request"
)

// oathkeeperSession is AuthenticationSession of Oathkeeper's pipeline/authn.
type oathkeeperSession struct {
	Subject      string         `json:"subject"`
	Extra        map[string]any `json:"extra"`
	Header       http.Header    `json:"header"`
	MatchContext struct {
		RegexpCaptureGroups []string    `json:"regexp_capture_groups"`
		URL                 *url.URL    `json:"url"`
		Method              string      `json:"method"`
		Header              http.Header `json:"header"`
	} `json:"match_context"`
}

// What is accepted of a hydrator Oathkeeper's decoder accepts, and reads alike.
func FuzzHydrated(f *testing.F) {
	for _, s := range []string{
		`{"subject":"a","extra":{"k":[1,"x",null,true]},"header":{"X-A":["1","2"],"x-b":[],"X-C":null}}`,
		`{"subject":"a","match_context":{"regexp_capture_groups":["g",null],"method":"PUT","header":{"X":["1"]},"url":{"Scheme":"http","Host":"h","Path":"/p","User":{},"ForceQuery":true}}}`,
		`{"Subject":"a"}`, `{"subject":"a","subject":"b"}`, `{"match_context":{"url":{"path":"/"}}}`, `null`, `[]`, `{"header":{"Host":["h"]}}`, `{"extra":1e999}`, `{"subject":"\ud800"}`,
	} {
		f.Add([]byte(s))
	}
	maySet := func(name string) bool { return request.Settable(name) && name != "x-oathgate-cluster" }
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := parseHydrated(body, maySet)
		if err != nil {
			return
		}
		var s oathkeeperSession
		if err := json.Unmarshal(body, &s); err != nil {
			t.Fatalf("accepted, and by Go refused: %v", err)
		}
		if h.subject != s.Subject || !reflect.DeepEqual(h.extra, s.Extra) || h.match.Method != s.MatchContext.Method || !slices.Equal(h.groups, s.MatchContext.RegexpCaptureGroups) {
			t.Fatalf("%+v, Go reads %+v", h, s)
		}
		sameHeader(t, h.header, s.Header)
		sameHeader(t, h.match.Header, s.MatchContext.Header)
		for _, line := range h.header {
			if !maySet(line.Name) || !request.IsValue(line.Value) {
				t.Fatalf("sets %+v", line)
			}
		}
		u, v := h.match.URL, s.MatchContext.URL
		if (u == nil) != (v == nil) || u != nil && (u.Scheme != v.Scheme || u.Opaque != v.Opaque || u.Host != v.Host || u.Path != v.Path || u.RawPath != v.RawPath ||
			u.RawQuery != v.RawQuery || u.Fragment != v.Fragment || u.RawFragment != v.RawFragment || u.ForceQuery != v.ForceQuery || u.OmitHost != v.OmitHost) {
			t.Fatalf("%+v, Go reads %+v", u, v)
		}
	})
}

// sameHeader compares the first values of headers whose names are compared without
// case.
func sameHeader(t *testing.T, got request.Headers, want http.Header) {
	t.Helper()
	a, b := map[string]string{}, map[string]string{}
	for _, line := range got {
		a[textproto.CanonicalMIMEHeaderKey(line.Name)] = line.Value
	}
	for name, values := range want {
		first := ""
		if len(values) > 0 {
			first = values[0]
		}
		b[textproto.CanonicalMIMEHeaderKey(name)] = first
	}
	if len(got) != len(want) || !maps.Equal(a, b) {
		t.Fatalf("headers %q, Go reads %q", a, b)
	}
}
