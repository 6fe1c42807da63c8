package e2e

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"oathgate/e2e/harness"
)

const introspectedRules = `
access_rules:
  rules:
    - id: read
      match: {url: "http://app.test/items/<.*>", methods: [GET]}
      upstream: {url: "http://upstream.test"}
      authenticators: [{handler: oauth2_introspection, config: {required_scope: [read]}}]
      authorizer: {handler: allow}
      mutators: [{handler: header, config: {headers: {X-User: "{{ print .Subject }}"}}}]
authenticators:
  oauth2_introspection:
    enabled: true
    config:
      introspection_url: http://oauth2.test/oauth2/introspect
      scope_strategy: exact
      introspection_request_headers: {Authorization: "Basic Z2F0ZXdheTpzZWNyZXQ="} # gateway:secret
authorizers: {allow: {enabled: true}}
mutators: {header: {enabled: true, config: {headers: {X-Allowed-By: read}}}}
`

// A real OAuth 2.0 server: what it issued is let through with the right scope, and no more once it is revoked.
func TestRealOAuth2Server(t *testing.T) {
	server := startOAuth2Server(t)
	envoy := harness.Start(t, harness.Config{
		Listeners: []harness.Listener{{Name: "introspected", Rules: introspectedRules}},
		Upstream:  suite.Upstream,
		Clusters:  map[string]string{"oauth2": server.Address},
	})
	guarded := envoy.Listener(t, "introspected")
	ask := func(token string) harness.Reply {
		return guarded.Get(t, "/items/1", "Authorization: Bearer "+token)
	}
	allowed := func(token string) {
		t.Helper()
		reply := ask(token)
		seen, err := reply.Seen()
		if err != nil || reply.Status != 200 || strings.Join(seen.Header["X-User"], ",") != "shop" {
			t.Fatalf("%d %s, %v", reply.Status, reply.Body, err)
		}
	}
	refused := func(why string, reply harness.Reply, status int) {
		t.Helper()
		if reply.Status != status {
			t.Errorf("%s: %d %s", why, reply.Status, reply.Body)
		}
	}

	read, other, write := issue(t, server, "read write"), issue(t, server, "read"), issue(t, server, "write")
	allowed(read)
	allowed(other)
	refused("no token", guarded.Get(t, "/items/1"), 401)
	refused("a token without the scope", ask(write), 403)
	refused("an invented token", ask("ory_at_invented.token"), 401)
	refused("a token with another signature", ask(read[:len(read)-4]+"AAAA"), 401)

	if reply := form(t, server, "/oauth2/revoke", "shop", url.Values{"token": {read}}); reply.Status != 200 {
		t.Fatalf("revocation: %d %s", reply.Status, reply.Body)
	}
	refused("a revoked token", ask(read), 401)
	allowed(other)
}

// startOAuth2Server builds and starts e2e/oauth2server. Where its modules cannot be downloaded the test is skipped.
func startOAuth2Server(t *testing.T) harness.Endpoint {
	t.Helper()
	source := filepath.Join(harness.Root(), "e2e", "oauth2server")
	list := exec.Command("go", "list", "-deps", ".")
	list.Dir = source
	if out, err := list.CombinedOutput(); err != nil {
		t.Skipf("not run: the modules of e2e/oauth2server cannot be downloaded (%s)", lastLine(out))
	}
	program := filepath.Join(harness.Root(), ".tools", "bin", "oauth2server")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(program)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("oauth2server: %v", err)
		}
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return harness.Endpoint{Address: strings.TrimSpace(address)}
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

func form(t *testing.T, server harness.Endpoint, path, client string, values url.Values) harness.Reply {
	t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(client + ":secret"))
	return server.Send(t, "POST", path, values.Encode(),
		"Content-Type: application/x-www-form-urlencoded", "Authorization: Basic "+basic)
}

// issue gets an access token by client credentials.
func issue(t *testing.T, server harness.Endpoint, scope string) string {
	t.Helper()
	reply := form(t, server, "/oauth2/token", "shop", url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(reply.Body), &answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("token: %d %s", reply.Status, reply.Body)
	}
	return answer.AccessToken
}
