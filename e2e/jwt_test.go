package e2e

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"oathgate/e2e/harness"
)

const jwtRules = `
access_rules:
  rules:
    - id: read
      match: {url: "http://app.test/items/<.*>", methods: [GET]}
      upstream: {url: "http://upstream.test"}
      authenticators: [{handler: jwt, config: {required_scope: [read]}}]
      authorizer: {handler: allow}
      mutators: [{handler: header, config: {headers: {X-Allowed-By: read, X-User: "{{ print .Subject }}", X-Scope: '{{ .Extra.scp | join "," }}'}}}]
authenticators:
  jwt:
    enabled: true
    config:
      jwks_urls: ["http://oauth2.test/jwt/keys"]
      jwks_ttl: 2s
      trusted_issuers: ["https://issuer.test/"]
      scope_strategy: exact
authorizers: {allow: {enabled: true}}
mutators: {header: {enabled: true, config: {headers: {}}}}
`

// The JSON Web Tokens of a real OAuth 2.0 server, while it takes other keys and while they last.
func TestRealOAuth2ServerJWT(t *testing.T) {
	server := startOAuth2Server(t)
	envoy := harness.Start(t, harness.Config{
		Listeners: []harness.Listener{{Name: "jwt", Rules: jwtRules}},
		Upstream:  suite.Upstream,
		Clusters:  map[string]string{"oauth2": server.Address},
	})
	guarded := envoy.Listener(t, "jwt")
	ask := func(token string) harness.Reply { return guarded.Get(t, "/items/1", "Authorization: Bearer "+token) }
	issue := func(path, scope string) string {
		t.Helper()
		reply := form(t, server, path, "shop", url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(reply.Body), &answer); err != nil || strings.Count(answer.AccessToken, ".") != 2 {
			t.Fatalf("token: %d %s", reply.Status, reply.Body)
		}
		return answer.AccessToken
	}
	rotate := func() {
		t.Helper()
		if reply := server.Send(t, "POST", "/jwt/rotate", ""); reply.Status != 200 {
			t.Fatalf("rotation: %d %s", reply.Status, reply.Body)
		}
	}
	allowed := func(why, token string) {
		t.Helper()
		reply := ask(token)
		seen, err := reply.Seen()
		if err != nil || reply.Status != 200 || strings.Join(seen.Header["X-User"], "|") != "shop" || !strings.Contains(strings.Join(seen.Header["X-Scope"], "|"), "read") {
			t.Fatalf("%s: %d %s, %v", why, reply.Status, reply.Body, err)
		}
	}
	refused := func(why, token string) {
		t.Helper()
		if reply := ask(token); reply.Status != 401 {
			t.Errorf("%s: %d %s", why, reply.Status, reply.Body)
		}
	}

	read := issue("/jwt/token", "read write")
	allowed("its first token", read)
	allowed("the same again", read)
	refused("a token without the scope", issue("/jwt/token", "write"))
	refused("a token with another signature", read[:len(read)-6]+"AAAAAA")
	refused("half a token", read[:strings.LastIndexByte(read, '.')+1])

	rotate()
	next := issue("/jwt/token", "read")
	allowed("a token of the next key", next)
	// Each worker has its own keys.
	harness.Eventually(t, "a key that is gone is forgotten", func() bool { return ask(read).Status == 401 })
	allowed("the next key's again", next)

	short := issue("/jwt/short", "read")
	allowed("a token that does not last", short)
	harness.Eventually(t, "the token is over", func() bool { return ask(short).Status == 401 })
	allowed("one that lasts", next)
}
