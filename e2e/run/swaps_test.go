package run

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	loadTime = flag.Duration("run.load", 5*time.Second, "how long rules are swapped under load")
	swaps    = flag.Int("run.swaps", 0, "how often rules are swapped to see Envoy's memory; 0 = not at all")
)

const (
	swapEvery      = 200 * time.Millisecond
	requestsPerSec = 1000
	clients        = 8
)

// subject is a rule file that makes everybody the same.
func (s *site) subject(name string) string {
	return s.rule("open") + fmt.Sprintf(`
- id: %[1]s
  match: {url: "http://app.test/who", methods: [GET]}
  upstream: {url: "http://%[2]s"}
  authenticators: [{handler: anonymous, config: {subject: %[1]s}}]
  authorizer: {handler: allow}
  mutators: [{handler: header}]
- id: only-%[1]s
  match: {url: "http://app.test/only/%[1]s", methods: [GET]}
  upstream: {url: "http://%[2]s"}
  authenticators: [{handler: anonymous}]
  authorizer: {handler: allow}
  mutators: [{handler: header}]
`, name, s.upstream)
}

func echoUser(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("X-User")) }

// Rules are swapped five times a second: every answer is right for one of the two
// sets, and no connection breaks.
func TestSwapsUnderLoad(t *testing.T) {
	s := newSite(t, http.HandlerFunc(echoUser))
	s.write(t, "rules.yaml", s.subject("one"))
	c := s.start(t)

	stop := make(chan struct{})
	load := s.load(stop)
	done := 0
	for end := time.Now().Add(*loadTime); time.Now().Before(end); time.Sleep(swapEvery) {
		done++
		s.write(t, "rules.yaml", s.subject([]string{"one", "two"}[done%2]))
	}
	close(stop)
	t.Logf("%d swaps", done)
	load(t)
	// The last change is in force.
	s.write(t, "rules.yaml", s.rule("last"))
	becomes(t, s, "/last/a", 200)
	c.says(t, "in force", time.Second)
}

// load asks a site whose rules subject made, until stop is closed. What it returns waits for that, and fails the test if
// an answer was wrong, a connection broke or that was no load.
func (s *site) load(stop <-chan struct{}) (end func(t *testing.T)) {
	var asked, dialed atomic.Int64
	wrong := make(chan string, 100)
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			transport := &http.Transport{DialContext: counting(&dialed)}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
			ticker := time.NewTicker(time.Second * clients / requestsPerSec)
			defer ticker.Stop()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-ticker.C:
				}
				if problem := askOne(client, s.proxy, n); problem != "" {
					select {
					case wrong <- problem:
					default:
					}
				}
				asked.Add(1)
			}
		})
	}
	began := time.Now()
	return func(t *testing.T) {
		t.Helper()
		running.Wait()
		took := time.Since(began)
		close(wrong)
		for problem := range wrong {
			t.Error(problem)
		}
		t.Logf("%d requests over %d connections in %v", asked.Load(), dialed.Load(), took.Round(time.Second))
		if asked.Load() < int64(took.Seconds()*requestsPerSec/20) {
			t.Error("that was no load")
		}
		if dialed.Load() > clients {
			t.Errorf("%d clients needed %d connections", clients, dialed.Load())
		}
	}
}

// counting dials, and counts how often.
func counting(n *atomic.Int64) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		n.Add(1)
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
}

// askOne makes one request and says what is wrong with the answer.
func askOne(client *http.Client, address string, n int) string {
	path := []string{"/who", "/only/one", "/only/two", "/none"}[n%4]
	req, err := http.NewRequest("GET", "http://"+address+path, nil)
	if err != nil {
		return err.Error()
	}
	req.Host = "app.test"
	res, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	ok := false
	switch path {
	case "/who":
		ok = res.StatusCode == 200 && (string(body) == "one" || string(body) == "two")
	case "/none":
		ok = res.StatusCode == 404
	default:
		ok = res.StatusCode == 200 && string(body) == "anonymous" || res.StatusCode == 404
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("%s: %d %s", path, res.StatusCode, body)
}

// TestSwapsLeaveNoMemory looks at Envoy's memory over many swaps.
func TestSwapsLeaveNoMemory(t *testing.T) {
	if *swaps == 0 {
		t.Skip("not run: make test-all runs it, with -run.swaps")
	}
	s := newSite(t, http.HandlerFunc(echoUser))
	c := s.start(t)
	envoy := c.envoy(t)
	early := 0
	for n := range *swaps {
		s.write(t, "rules.yaml", s.rule(fmt.Sprint("swap", n)))
		for end := time.Now().Add(inForce); status(t, s.proxy, fmt.Sprintf("/swap%d/a", n)) != 200; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("swap %d is not in force", n)
			}
		}
		if n == *swaps/5 {
			early = resident(t, envoy)
		}
	}
	late := resident(t, envoy)
	t.Logf("resident after %d swaps: %d MiB, after %d: %d MiB", *swaps/5, early>>20, *swaps, late>>20)
	if late > early+early/10 {
		t.Error("memory grows with the swaps")
	}
}

// resident is the memory in bytes that a process has in RAM.
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Skip("not run: this system does not say how much memory a process has")
	}
	var size, pages int
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
