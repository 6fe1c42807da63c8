package program_test

import (
	"strings"
	"testing"

	"oathgate/rules/request"
)

// A header that some rule sets is the proxy's word for every rule, in every
// spelling that a server could take for it; those that clients send all the same
// are not (DESIGN section 3).
func TestIdentityHeaders(t *testing.T) {
	sets := func(name string) string {
		return aRule("r"+name, "http://a.test/"+strings.ToLower(name), `mutators: [{handler: header, config: {headers: {`+name+`: v}}}]`)
	}
	p := withRules(t, "identity_headers: {extra: [X-Hydrated]}, routing: envoy",
		sets("X-My_Id"), sets("Authorization"), sets("Cookie"), sets("Content-Type"), sets("User-Agent"), sets("Accept-Language"), sets("X-"+strings.Repeat("L", 100)))
	for name, unproven := range map[string]bool{
		"x-my_id": true, "x_my_id": true, "x-my-id": true, "x_my-id": true,
		"x-hydrated": true, "x_hydrated": true,
		"x-user":                        true, // of the global configuration of the handler header
		"x-" + strings.Repeat("l", 100): true, "x-" + strings.Repeat("l", 101): false,
		"x-my-i": false, "x-my-idd": false, "xmyid": false, "x-my.id": false, "x--my-id": false,
		"authorization": false, "cookie": false, "content-type": false, "user-agent": false, "accept-language": false, "accept": false,
		"x-oathgate-cluster": true, "x_oathgate_cluster": true, "x-forwarded-for": false,
	} {
		r := &request.Request{Headers: request.Headers{{Name: "a", Value: "b"}, {Name: name, Value: "client"}}}
		got := p.Unproven(r, nil)
		if (len(got) == 1 && got[0] == name) != unproven || len(got) > 1 {
			t.Errorf("%s: %q, want %v", name, got, unproven)
		}
		// What the rule itself sets replaces this very spelling and no other.
		if got := p.Unproven(r, request.Headers{{Name: name, Value: "rule"}}); got != nil {
			t.Errorf("%s, set by the rule: %q", name, got)
		}
	}
}
