// Package kratos logs people in and out of a real Ory Kratos, through the oathgate command and a real Envoy.
package kratos

import (
	"flag"
	"testing"
)

var wanted = flag.Bool("kratos", false, "build Ory Kratos (needs a C compiler and two minutes) and run the tests with it")

// A session that Kratos gave is allowed, as whose it is, until it is logged out.
func TestSessions(t *testing.T) {
	if !*wanted {
		t.Skip("not run: make test-all runs it, with -kratos")
	}
	s := start(t)

	alice, bob := s.browser(t), s.browser(t)
	ids := map[*client]string{
		alice: alice.register(t, "alice@example.test"),
		bob:   bob.register(t, "bob@example.test"),
	}
	if ids[alice] == ids[bob] {
		t.Fatalf("Alice and Bob are both %s", ids[alice])
	}
	s.denied(t, "registered, not logged in", alice.cookies(t)...)

	alice.login(t, "alice@example.test")
	bob.login(t, "bob@example.test")
	hers, his := alice.cookies(t), bob.cookies(t)
	s.allowed(t, ids[alice], "alice@example.test", hers...)
	s.allowed(t, ids[bob], "bob@example.test", his...)
	s.allowed(t, ids[alice], "alice@example.test", append(hers, "X-User: "+ids[bob], "X-Email: bob@example.test")...)

	session := alice.session(t)
	s.denied(t, "no cookie")
	s.denied(t, "an invented cookie", "Cookie: ory_kratos_session=invented")
	s.denied(t, "a cookie with another end", "Cookie: ory_kratos_session="+session[:len(session)-8]+"AAAAAAAA")
	s.denied(t, "the session under another name", "Cookie: session="+session)

	token := s.tokenOf(t, "alice@example.test")
	s.allowed(t, ids[alice], "alice@example.test", "X-Session-Token: "+token)
	s.denied(t, "an invented token", "X-Session-Token: ory_st_invented")

	alice.logout(t)
	s.denied(t, "logged out", alice.cookies(t)...)
	s.denied(t, "the cookie from before she logged out", hers...)
	s.allowed(t, ids[bob], "bob@example.test", his...)
	s.allowed(t, ids[alice], "alice@example.test", "X-Session-Token: "+token)

	s.revoke(t, token)
	s.denied(t, "a revoked token", "X-Session-Token: "+token)
}
