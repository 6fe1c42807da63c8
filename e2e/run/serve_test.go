package run

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// inForce is how soon a change of a file must be in force on every worker.
const inForce = 2 * time.Second

// becomes waits until a path has been answered with a status ten times in a row: by
// both workers, as good as surely.
func becomes(t *testing.T, s *site, path string, want int) {
	t.Helper()
	end := time.Now().Add(inForce)
	for row := 0; row < 10; {
		got := status(t, s.proxy, path)
		if got == want {
			row++
			continue
		}
		row = 0
		if time.Now().After(end) {
			t.Fatalf("%v after the change %s is answered with %d, not %d", inForce, path, got, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestServe(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	s := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/open/slow" {
			entered <- true
			<-leave
		}
		w.Write([]byte(r.Header.Get("X-User")))
	}))
	c := s.start(t)

	if reply := (harness.Endpoint{Address: s.proxy}).Ask(t, "GET", "/open/a", "Host: app.test", "X-User: root"); reply.Status != 200 || reply.Body != "anonymous" {
		t.Errorf("allowed: %d %s", reply.Status, reply.Body)
	}
	if got := status(t, s.proxy, "/other"); got != 404 {
		t.Errorf("no rule: %d", got)
	}
	decided := harness.Endpoint{Address: s.api}.Ask(t, "GET", "/decisions/open/a", "Host: app.test")
	if decided.Status != 200 || decided.Header.Get("X-User") != "anonymous" || decided.Body != "" {
		t.Errorf("decided: %d %v", decided.Status, decided.Header)
	}
	for path, want := range map[string]int{"/decisions/other": 404, "/health/alive": 200, "/health/ready": 200, "/rules": 200, "/rules/open": 200, "/version": 404} {
		if got := status(t, s.api, path); got != want {
			t.Errorf("api %s: %d, want %d", path, got, want)
		}
	}
	// What stands behind /decisions is a client's, and must not become one of the API's other endpoints.
	for _, path := range []string{
		"/decisions/../health/alive", "/decisions/%2e%2e/health/alive", `/decisions/\..\..\health\alive`,
		"/decisions/open/../../rules", "/decisions/other/../open/a", "/decisions/open//a",
	} {
		if got := status(t, s.api, path); got < 400 {
			t.Errorf("api %s: %d", path, got)
		}
	}
	// Nor is a client's preflight one of the API's.
	for path, closed := range map[string]bool{"/decisions/other": true, "/decisions/open/a": true, "/decisions": true, "/rules": false} {
		reply := harness.Endpoint{Address: s.api}.Ask(t, "OPTIONS", path, "Host: app.test", "Origin: https://a.test", "Access-Control-Request-Method: GET")
		if closed != (reply.Status >= 400) {
			t.Errorf("preflight of %s: %d", path, reply.Status)
		}
	}
	if reply := (harness.Endpoint{Address: s.prometheus}).Ask(t, "GET", "/metrics"); !strings.Contains(reply.Body, "oathgate_allowed") {
		t.Error("the metrics do not count what is allowed")
	}

	// By rename.
	s.write(t, "rules.yaml", s.rule("second"))
	becomes(t, s, "/second/a", 200)
	becomes(t, s, "/open/a", 404)
	// In place.
	if err := os.WriteFile(s.path("rules.yaml"), []byte(s.rule("third")), 0o600); err != nil {
		t.Fatal(err)
	}
	becomes(t, s, "/third/a", 200)
	// As Kubernetes swaps the folder of a ConfigMap.
	s.configMap(t, "1", s.rule("fourth"))
	becomes(t, s, "/fourth/a", 200)
	s.configMap(t, "2", s.rule("fifth"))
	becomes(t, s, "/fifth/a", 200)
	becomes(t, s, "/fourth/a", 404)

	// What is wrong changes nothing, and is said with its place.
	s.configMap(t, "3", strings.Replace(s.rule("sixth"), "handler: allow", "handler: alow", 1))
	c.says(t, "last good one goes on serving", inForce)
	if !strings.Contains(c.log.String(), "rules.yaml:") || !strings.Contains(c.log.String(), `rule \"sixth\"`) {
		t.Errorf("the mistake's place is not said: %s", c.log.String())
	}
	becomes(t, s, "/fifth/a", 200)
	if err := os.Remove(s.path("rules.yaml")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(inForce / 2)
	becomes(t, s, "/fifth/a", 200)
	if n := strings.Count(c.log.String(), "last good one goes on serving"); n != 2 {
		t.Errorf("two bad changes were refused %d times", n)
	}
	s.write(t, "rules.yaml", s.rule("open"))
	becomes(t, s, "/open/a", 200)

	// A request that is under way when the signal comes is answered.
	answered := make(chan int)
	go func() {
		answered <- harness.Endpoint{Address: s.proxy}.Ask(t, "GET", "/open/slow", "Host: app.test").Status
	}()
	<-entered
	signal(t, c.cmd.Process.Pid, syscall.SIGTERM)
	c.says(t, "msg=\"stopping", time.Second)
	time.Sleep(200 * time.Millisecond)
	leave <- true
	if got := <-answered; got != 200 {
		t.Errorf("the request under way got %d", got)
	}
	if err := c.end(t, s); err != nil {
		t.Errorf("SIGTERM ends with %v", err)
	}
}

// configMap makes rules.yaml a link through ..data to a folder of its own, swapped
// by rename (Kubernetes, pkg/volume/util/atomic_writer.go).
func (s *site) configMap(t *testing.T, version, text string) {
	t.Helper()
	folder := "..v" + version
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	try(os.Mkdir(s.path(folder), 0o700))
	try(os.WriteFile(s.path(folder+"/rules.yaml"), []byte(text), 0o600))
	try(os.Symlink(folder, s.path("..data_tmp")))
	try(os.Rename(s.path("..data_tmp"), s.path("..data")))
	if version == "1" {
		try(os.Symlink("..data/rules.yaml", s.path("link")))
		try(os.Rename(s.path("link"), s.path("rules.yaml")))
	}
}
