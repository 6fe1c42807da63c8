package request

import "testing"

func TestHidden(t *testing.T) {
	for name, want := range map[string]bool{
		"x-forwarded-for": true, "x-forwarded-proto": true, "x-forwardedfoo": true, "x-forwarded": true, "forwarded": true,
		"proxy-authorization": true, "trailer": true, "keep-alive": true,
		"x-forward": false, "x-real-ip": false, "authorization": false, "te": false, "upgrade": false, "": false,
	} {
		if got := Hidden(name); got != want {
			t.Errorf("Hidden(%q) = %v", name, got)
		}
	}
	for _, name := range []string{"X-Forwarded-Access-Token", "x-forwarded-access-token", "Proxy-Authorization"} {
		r := &Request{Headers: Headers{{Name: lowerASCII(name), Value: "t"}}}
		if got := r.Token(TokenFrom{Header: name}); got != "" {
			t.Errorf("a token of %s: %q", name, got)
		}
	}
}
