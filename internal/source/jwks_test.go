package source

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oathgate/internal/tokentest"
	"oathgate/rules/token"
)

// Files that hold keys take the place of their names, and are watched.
func TestKeyFiles(t *testing.T) {
	jwks := tokentest.Set(tokentest.New("k", "EdDSA").JWK())
	dir := folder(t, "a.yaml", strings.Replace(handlersOn, "authenticators: {", "authenticators: {jwt: {enabled: true, config: {jwks_urls: [\"file://DIR/global.json\", \"http://keys.test/set\"]}}, ", 1)+`
access_rules:
  rules: [{id: own, match: {url: "http://own.test/", methods: [GET]}, authenticators: [{handler: noop, config: ~}, {handler: jwt, config: {jwks_urls: ["FILE://./own.json"]}}], authorizer: {handler: allow}, mutators: [{handler: noop}]}]
  repositories: ["file://DIR/rules.yaml"]
`, "rules.yaml", `
- id: other
  match: {url: "http://other.test/", methods: [GET]}
  authenticators: [{handler: jwt, config: {jwks_urls: ["file://DIR/rule.json"]}}, {handler: jwt}]
  authorizer: {handler: allow}
  mutators: [{handler: noop}]
`, "global.json", jwks, "own.json", jwks+" ", "rule.json", jwks+"\n")
	t.Chdir(dir)
	c := load(t, dir, nil, "a.yaml")
	var doc struct {
		Authenticators struct {
			JWT struct {
				Config struct {
					JWKSURLs []string `json:"jwks_urls"`
				}
			} `json:"jwt"`
		}
		AccessRules struct {
			Rules []struct {
				Authenticators []struct {
					Config struct {
						JWKSURLs []string `json:"jwks_urls"`
					}
				}
			}
		} `json:"access_rules"`
	}
	if err := json.Unmarshal(c.Document, &doc); err != nil {
		t.Fatal(err)
	}
	rules := doc.AccessRules.Rules
	for i, at := range []struct {
		got  []string
		want string
	}{
		{doc.Authenticators.JWT.Config.JWKSURLs, jwks},
		{rules[0].Authenticators[1].Config.JWKSURLs, jwks + " "},
		{rules[1].Authenticators[0].Config.JWKSURLs, jwks + "\n"},
	} {
		if len(at.got) == 0 || at.got[0] != token.InlineURL([]byte(at.want)) {
			t.Errorf("%d: %q", i, at.got)
		}
	}
	if doc.Authenticators.JWT.Config.JWKSURLs[1] != "http://keys.test/set" {
		t.Errorf("%q", doc.Authenticators.JWT.Config.JWKSURLs)
	}
	for _, name := range []string{filepath.Join(dir, "global.json"), "own.json", filepath.Join(dir, "rule.json")} {
		if !slices.Contains(c.Files, name) {
			t.Errorf("%s is not watched: %q", name, c.Files)
		}
	}
	// The rules are shown as they were written.
	if got := string(c.Rules[1].JSON); !strings.Contains(got, "file://"+dir+"/rule.json") {
		t.Error(got)
	}
	if len(c.Origins) != 1 || c.Origins[0].Host != "keys.test" {
		t.Errorf("%+v", c.Origins)
	}
}

func TestKeyFileProblems(t *testing.T) {
	for url, want := range map[string]string{
		"file:///nonexistent/keys.json": "a.yaml:2:60: authenticators.jwt.config.jwks_urls[0]: the key file /nonexistent/keys.json does not exist",
		"file://":                       "jwks_urls[0]: names no file",
		"file://DIR":                    "is a directory",
		"file://DIR/text":               "jwks_urls[0]: holds no JSON Web Key Set",
		"file://DIR/long":               "is longer than 256 KiB",
		"keys.json":                     "jwks_urls[0]: not an absolute",
	} {
		dir := folder(t, "a.yaml", strings.Replace(handlersOn, "authenticators: {", "authenticators: {jwt: {enabled: true, config: {jwks_urls: [\""+url+"\"]}}, ", 1), "text", "secret", "long", strings.Repeat(" ", token.MaxKeys+1))
		_, problems := Load(Options{Files: []string{filepath.Join(dir, "a.yaml")}})
		if len(problems) != 1 || !strings.Contains(problems[0].String(), want) || strings.Contains(problems[0].String(), "secret") {
			t.Errorf("%s: %v, want %s", url, problems, want)
		}
	}
}

// A rule whose keys are missing is named.
func TestKeyFileOfARule(t *testing.T) {
	rule := `match: {url: "http://own.test/", methods: [GET]}, authenticators: [{handler: jwt, config: {jwks_urls: ["file:///nonexistent"]}}], authorizer: {handler: allow}, mutators: [{handler: noop}]}`
	dir := folder(t, "a.yaml", strings.Replace(handlersOn, "authenticators: {", "authenticators: {jwt: {enabled: true, config: {jwks_urls: []}}, ", 1)+`
access_rules: {repositories: ["file://DIR/rules.yaml"]}
`, "rules.yaml", "- {id: one, "+rule+"\n- {"+rule+"\n")
	_, problems := Load(Options{Files: []string{filepath.Join(dir, "a.yaml")}})
	for i, want := range []string{`rules.yaml:1:116: rule "one": [0].authenticators[0].config.jwks_urls[0]: the key file`, `rules.yaml:2:107: rule "rule #2": [1].authenticators[0].config.jwks_urls[0]: the key file`} {
		if len(problems) != 2 || !strings.Contains(problems[i].String(), want) {
			t.Errorf("%q, want %s", problems, want)
		}
	}
}

// The key file of id_token takes the place of its name, too, and its mistakes are
// those of the place that names it.
func TestSigningKeyFiles(t *testing.T) {
	signing := tokentest.Set(tokentest.New("k", "EdDSA").PrivateJWK())
	config := strings.Replace(handlersOn, "mutators: {", "mutators: {id_token: {enabled: true, config: {issuer_url: \"https://i.test/\", jwks_url: \"file://DIR/global.json\"}}, ", 1) + `
access_rules:
  rules:
    - id: own
      match: {url: "http://own.test/", methods: [GET]}
      authenticators: [{handler: noop}]
      authorizer: {handler: allow}
      mutators: [{handler: noop}, {handler: id_token}, {handler: id_token, config: {jwks_url: "file://DIR/own.json"}}]
`
	dir := folder(t, "a.yaml", config, "global.json", signing, "own.json", signing+" ")
	c := load(t, dir, nil, "a.yaml")
	for _, want := range []string{token.InlineURL([]byte(signing)), token.InlineURL([]byte(signing + " "))} {
		if strings.Count(string(c.Document), `"`+want+`"`) != 1 {
			t.Errorf("%s is not in the document", want)
		}
	}
	for _, name := range []string{"global.json", "own.json"} {
		if !slices.Contains(c.Files, filepath.Join(dir, name)) {
			t.Errorf("%s is not watched: %q", name, c.Files)
		}
	}
	public := tokentest.Set(tokentest.New("k", "EdDSA").JWK())
	for own, want := range map[string]string{
		public:            "a.yaml:12:85: rule \"own\": access_rules.rules[0].mutators[2].config.jwks_url: no token can be signed: no key of the set has a private part",
		`{"keys":[{}]}`:   "jwks_url: holds no JSON Web Key Set: keys[0]: kty is none of",
		`{"keys":"secret`: "jwks_url: holds no JSON Web Key Set",
	} {
		dir := folder(t, "a.yaml", config, "global.json", signing, "own.json", own)
		_, problems := Load(Options{Files: []string{filepath.Join(dir, "a.yaml")}})
		if len(problems) != 1 || !strings.Contains(problems[0].String(), want) || strings.Contains(problems[0].String(), "secret") {
			t.Errorf("%s: %v, want %s", own, problems, want)
		}
	}
}
