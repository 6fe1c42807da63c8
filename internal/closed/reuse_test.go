//go:build !wasip1

package closed

import (
	"fmt"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

// What requests are read into is used again, and so are streams: no request learns anything of another one, neither do
// those that wait, whose body is still to come, or whose token is remembered.
func TestMemoryIsUsedAgain(t *testing.T) {
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: -1})
	p := w.configure(document(t, func(doc map[string]any) {
		headers := map[string]any{"X-User": "{{ print .Subject }}", "X-Path": "{{ .MatchContext.URL.Path }}", "X-Said": `{{ .MatchContext.Header.Get "x-said" }}`}
		for _, r := range doc["access_rules"].(map[string]any)["rules"].([]any) {
			rule := r.(map[string]any)
			switch rule["id"] {
			case "public", "jwt", "session":
				rule["mutators"] = []any{map[string]any{"handler": "header", "config": map[string]any{"headers": headers}}}
			}
		}
	}))
	ask := func(path, said string, more ...string) *wazerohost.Stream {
		return p.Request(request("GET", path, append([]string{"x-said", said}, more...)...))
	}
	check := func(s *wazerohost.Stream, user, path, said string) {
		t.Helper()
		if s.Outcome() != wazerohost.Continued {
			t.Fatalf("%s: %s", path, s.Outcome())
		}
		h := s.Upstream().Headers
		if got := [3]string{h.Get("x-user"), h.Get("x-path"), h.Get("x-said")}; got != [3]string{user, path, said} {
			t.Fatalf("the upstream was told %q, want %q %q %q", got, user, path, said)
		}
	}
	tokens := [3]string{}
	for i := range tokens {
		tokens[i] = issuer.Sign(fmt.Sprintf(`{"sub":"jan%d"}`, i))
	}
	type pending struct {
		stream     *wazerohost.Stream
		path, said string
	}
	for round := range 40 {
		var uploads, waiting []pending
		var later []*wazerohost.Stream
		for i := range 8 {
			said := fmt.Sprintf("%d-%d", round, i)
			path := fmt.Sprintf("/public/%d/%d", round, i)
			upload := p.Start(wazerohost.Peer{})
			upload.SendHeaders(request("POST", path, "x-said", said), false)
			uploads = append(uploads, pending{upload, path, said})
			session := fmt.Sprintf("/session/%d/%d", round, i)
			waiting = append(waiting, pending{ask(session, said, "cookie", "s=1"), session, said})
			short := ask(path+"/short", said)
			check(short, "anonymous", path+"/short", said)
			if i%2 == 0 {
				short.End()
			} else {
				later = append(later, short)
			}
			denied := ask("/nothing/"+said, said)
			if denied.Outcome() != wazerohost.Replied {
				t.Fatal(denied.Outcome())
			}
			denied.End()
			token := ask("/jwt/"+said, said, "authorization", "Bearer "+tokens[i%3])
			w.vm.Run(time.Second)
			check(token, fmt.Sprint("jan", i%3), "/jwt/"+said, said)
			token.End()
		}
		for i, u := range uploads {
			u.stream.SendBody([]byte("more"), i%2 == 0)
			if i%2 != 0 {
				u.stream.SendTrailers(wazerohost.Headers{{"x-user", "root"}, {"x-checksum", "1"}})
				if got := u.stream.Upstream().Trailers.Get("x-user"); got != "" {
					t.Fatalf("the upstream was told %q in a trailer", got)
				}
			}
			check(u.stream, "anonymous", u.path, u.said)
			u.stream.End()
		}
		for _, s := range waiting {
			check(s.stream, "sue", s.path, s.said)
			s.stream.End()
		}
		for _, s := range later {
			s.End()
		}
	}
	w.sound(1, "in the end")
	w.unpanicked()
}
