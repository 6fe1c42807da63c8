package program_test

import (
	"strings"
	"testing"

	"oathgate/internal/tokentest"
	"oathgate/rules/token"
)

// Keys that stand in rules are shown to nobody.
func TestListingHidesKeys(t *testing.T) {
	key := tokentest.Secret("k", "HS256", []byte("a secret that nobody may see")).JWK()
	url := token.InlineURL([]byte(tokentest.Set(key)))
	p, problems := compile(t, "oathgate: {role: decision}\n"+handlers+`
access_rules: {rules: [{id: r, match: {url: "http://a.test/<.*>", methods: [GET]}, authorizer: {handler: allow}, mutators: [{handler: noop}],
authenticators: [{handler: jwt, config: {jwks_urls: ["`+url+`", "http://keys.test/", "`+url+`"], target_audience: [a]}}]}]}`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := string(p.ListedRule(0))
	if want := `{"jwks_urls":["inline://","http://keys.test/","inline://"],"target_audience":["a"]}`; !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}
