package kratos

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// allowed asks for a member's page and wants the upstream to see who asked.
func (s *site) allowed(t *testing.T, id, email string, lines ...string) {
	t.Helper()
	for _, method := range []string{"GET", "POST"} {
		reply := s.gate.Ask(t, method, "/members/page", append(lines, "Host: "+s.gate.Address)...)
		seen, err := reply.Seen()
		if err != nil || reply.Status != 200 {
			t.Fatalf("%s as %s: %d %s, %v", method, email, reply.Status, reply.Body, err)
		}
		if user, mail := seen.Header["X-User"], seen.Header["X-Email"]; !slices.Equal(user, []string{id}) || !slices.Equal(mail, []string{email}) {
			t.Errorf("%s as %s: the upstream saw %q, %q", method, id, user, mail)
		}
	}
}

// denied asks for a member's page and wants 401, and the upstream to see nothing.
func (s *site) denied(t *testing.T, why string, lines ...string) {
	t.Helper()
	before := s.upstream.Total()
	reply := s.gate.Get(t, "/members/page", append(lines, "Host: "+s.gate.Address)...)
	if reply.Status != 401 {
		t.Errorf("%s: %d %s", why, reply.Status, reply.Body)
	}
	if s.upstream.Total() != before {
		t.Errorf("%s: the upstream saw it", why)
	}
}

func (c *client) jar(t *testing.T) []*http.Cookie {
	t.Helper()
	base, err := url.Parse(c.base)
	if err != nil {
		t.Fatal(err)
	}
	return c.http.Jar.Cookies(base)
}

// cookies is the line with all that the browser would send.
func (c *client) cookies(t *testing.T) []string {
	t.Helper()
	var pairs []string
	for _, cookie := range c.jar(t) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return []string{"Cookie: " + strings.Join(pairs, "; ")}
}

// session is the session's cookie.
func (c *client) session(t *testing.T) string {
	t.Helper()
	for _, cookie := range c.jar(t) {
		if cookie.Name == "ory_kratos_session" {
			return cookie.Value
		}
	}
	t.Fatal("the browser has no session")
	return ""
}
