package run

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"oathgate/e2e/harness"
)

// operator runs another command of oathgate in the site's folder.
func (s *site) operator(t *testing.T, args ...string) (output string, ok bool) {
	t.Helper()
	path, err := harness.Command()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "goroutine") {
		t.Errorf("%q: %s", args, out)
	}
	return string(out), err == nil
}

// What an operator asks of a running Oathgate, and of its files.
func TestOperator(t *testing.T) {
	s := newSite(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.write(t, "rules.yaml", s.rule("open")+s.rule("second"))
	endpoint := "--endpoint=http://" + s.api + "/"
	if out, ok := s.operator(t, "health", endpoint, "alive"); ok {
		t.Errorf("nobody runs, and is alive: %s", out)
	}
	c := s.start(t)
	for _, name := range []string{"alive", "ready"} {
		if out, ok := s.operator(t, "health", endpoint, name); !ok || out != "{\n\t\"status\": \"ok\"\n}\n" {
			t.Errorf("%s: %v, %s", name, ok, out)
		}
	}
	ids := func(args ...string) string {
		out, ok := s.operator(t, append([]string{"rules", endpoint, "list"}, args...)...)
		var rules []struct{ ID string }
		if err := json.Unmarshal([]byte(out), &rules); err != nil || !ok {
			t.Fatalf("%q: %v, %v, %s", args, ok, err, out)
		}
		var list []string
		for _, r := range rules {
			list = append(list, r.ID)
		}
		return strings.Join(list, " ")
	}
	for args, want := range map[string]string{"": "open second", "--limit 1": "open", "--limit 1 --page 2": "second", "--page 2": ""} {
		if got := ids(strings.Fields(args)...); got != want {
			t.Errorf("list %s: %s", args, got)
		}
	}
	if out, ok := s.operator(t, "rules", "get", "second", endpoint); !ok || !strings.Contains(out, "\t\"id\": \"second\",\n") {
		t.Errorf("get: %v, %s", ok, out)
	}
	if out, ok := s.operator(t, "rules", "get", "third", endpoint); ok || !strings.Contains(out, "404") {
		t.Errorf("get what is not there: %v, %s", ok, out)
	}

	// What is explained is what is served.
	for path, want := range map[string]int{"/open/x": 200, "/third/x": 404} {
		out, ok := s.operator(t, "explain", "-c", "oathkeeper.yaml", "--url", "http://app.test"+path)
		if !ok || strings.HasSuffix(out, "It is allowed.\n") != (want == 200) {
			t.Errorf("%s: %v, %s", path, ok, out)
		}
		if got := status(t, s.proxy, path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if out, ok := s.operator(t, "validate", "-c", "oathkeeper.yaml"); !ok {
		t.Errorf("validate: %s", out)
	}
	// An overlap is found before it is served.
	s.write(t, "rules.yaml", s.rule("open")+strings.Replace(s.rule("second"), "/second/<.*>", "/open/<[a-z]+>", 1))
	out, ok := s.operator(t, "validate", "-c", "oathkeeper.yaml")
	if ok || !strings.Contains(out, "GET http://app.test/open/a ") {
		t.Errorf("validate: %v, %s", ok, out)
	}
	becomes(t, s, "/open/a", 500)
	signal(t, c.cmd.Process.Pid, 15)
	if err := c.end(t, s); err != nil {
		t.Error(err)
	}
}
