package run

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// library is a server of rules that may be in a mood.
type library struct {
	*httptest.Server
	mu   sync.Mutex
	text string
	mood http.HandlerFunc // nil serves text
}

func newLibrary(t *testing.T, text string) *library {
	l := &library{text: text}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		text, mood := l.text, l.mood
		l.mu.Unlock()
		if mood != nil {
			mood(w, r)
			return
		}
		io.WriteString(w, text)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *library) serve(text string, mood http.HandlerFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text, l.mood = text, mood
}

// from is the site's configuration with the rules of a library behind those of its file.
func (s *site) from(t *testing.T, l *library) {
	t.Helper()
	text, err := os.ReadFile(s.path("oathkeeper.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "oathkeeper.yaml", strings.Replace(string(text), `rules.yaml"]`, `rules.yaml", "`+
		strings.Replace(l.URL, "http://", "http://me:secret@", 1)+`/rules?key=secret"]`, 1)+"oathgate: {repositories: {interval: 1s}}\n")
}

func (s *site) ready(t *testing.T) (int, string) {
	t.Helper()
	a := harness.Endpoint{Address: s.api}.Ask(t, "GET", "/health/ready", "Host: api.test")
	return a.Status, a.Body
}

func (s *site) metrics(t *testing.T) string {
	t.Helper()
	res, err := http.Get("http://" + s.prometheus + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "repository") && !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

// comes waits until a path is answered with 200; a first answer that is neither that nor 404 fails the test.
func comes(t *testing.T, s *site, path string) {
	t.Helper()
	harness.Eventually(t, path+" to be answered", func() bool {
		got := status(t, s.proxy, path)
		if got != 200 && got != 404 {
			t.Fatalf("%s: %d", path, got)
		}
		return got == 200
	})
}

// A start without the rules of a repository serves none. They come, and go on serving without their server: also after
// a restart, with a cache file.
func TestRepositoryOverHTTP(t *testing.T) {
	s := newSite(t, http.HandlerFunc(echoUser))
	l := newLibrary(t, s.rule("far"))
	gone := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	l.serve(s.rule("far"), gone)
	s.from(t, l)
	c := s.start(t)
	for _, path := range []string{"/open/a", "/far/a"} {
		if got := status(t, s.proxy, path); got != 404 {
			t.Errorf("%s without all rules: %d", path, got)
		}
	}
	if code, body := s.ready(t); code != 503 || !strings.Contains(body, `"loaded":0,"error":"status"`) {
		t.Errorf("ready without all rules: %d %s", code, body)
	}
	l.serve(s.rule("far"), nil)
	comes(t, s, "/far/a")
	if got := status(t, s.proxy, "/open/a"); got != 200 {
		t.Errorf("/open/a: %d", got)
	}
	// The API's filter is another one than the proxy's, and may be a moment behind.
	harness.Eventually(t, "the API to be ready", func() bool { code, _ := s.ready(t); return code == 200 })
	if _, body := s.ready(t); !strings.Contains(body, `/rules?...","rules":1,"loaded":1`) || strings.Contains(body, "error") {
		t.Errorf("ready: %s", body)
	}
	rules := harness.Endpoint{Address: s.api}.Ask(t, "GET", "/rules", "Host: api.test")
	if got := rules.Header.Get("X-Oathgate-Repository"); !strings.Contains(got, "/rules?...; rules=1; loaded=1") {
		t.Errorf("/rules: %q", got)
	}
	harness.Eventually(t, "the metrics of a repository that is well", func() bool {
		got := s.metrics(t)
		return strings.Contains(got, "repository_0_rules{} 1") && strings.Contains(got, "repository_0_failing{} 0")
	})
	// Its upstream is one that no rule named before: the cluster is there when the rule is.
	second := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "elsewhere") }))
	l.serve(second.rule("next"), nil)
	comes(t, s, "/next/a")

	l.serve("", gone)
	harness.Eventually(t, "the failure to show", func() bool { _, body := s.ready(t); return strings.Contains(body, `"error":"status"`) })
	harness.Eventually(t, "the metrics of one that is not", func() bool { return strings.Contains(s.metrics(t), "repository_0_failing{} 1") })
	if got := status(t, s.proxy, "/next/a"); got != 200 {
		t.Errorf("without its server: %d", got)
	}
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.end(t, s); err != nil {
		t.Error(err)
	}
	again := s.start(t)
	again.says(t, "its rules are those that were kept", time.Second)
	for _, path := range []string{"/open/a", "/next/a"} {
		if got := status(t, s.proxy, path); got != 200 {
			t.Errorf("%s after a restart without the server: %d", path, got)
		}
	}
	for _, log := range []string{c.log.String(), again.log.String()} {
		if strings.Contains(log, "secret") {
			t.Errorf("secrets in the log: %s", log)
		}
	}
}

// Whatever a server of rules does, no answer is wrong, and no connection breaks.
func TestBadRepository(t *testing.T) {
	s := newSite(t, http.HandlerFunc(echoUser))
	l := newLibrary(t, s.rule("far"))
	s.write(t, "rules.yaml", s.subject("one"))
	s.from(t, l)
	c := s.start(t)
	stop := make(chan struct{})
	load := s.load(stop)
	for _, mood := range []struct {
		about string
		serve http.HandlerFunc
		says  string
	}{
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "answers 500"},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>what</html>") }, "must be a list of rules"},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			io.WriteString(w, s.rule("half"))
		}, "cannot be reached: unexpected EOF"},
		{"another type", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "- id: 1\n  match: 2\n") }, "match: must be an object"},
		{"long", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 4<<20+1)) }, "is longer than 4 MiB"},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.2:1/", http.StatusFound)
		}, "redirects to another"},
	} {
		l.serve("", mood.serve)
		c.says(t, mood.says, 20*time.Second)
		if got := status(t, s.proxy, "/far/a"); got != 200 {
			t.Errorf("%s: the last good rules are gone: %d", mood.about, got)
		}
	}
	// Another answer each time, good, bad, or slow.
	n := 0
	l.serve("", func(w http.ResponseWriter, _ *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if n++; n%3 == 0 {
			io.WriteString(w, "[{}]")
			return
		}
		if n%3 == 1 {
			time.Sleep(300 * time.Millisecond)
		}
		io.WriteString(w, s.rule(fmt.Sprint("far", n)))
	})
	time.Sleep(*loadTime)
	l.serve(s.rule("last"), nil)
	comes(t, s, "/last/a")
	close(stop)
	load(t)
}
