package supervise

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Admin asks Envoy's admin interface, over TCP or a Unix socket.
type Admin struct {
	Address string // host:port, or the path of a Unix socket
	client  *http.Client
}

func newAdmin(address, dir string) *Admin {
	network := "tcp"
	// Envoy writes a relative path as its configuration spells it; it is relative to Envoy's working directory.
	if _, _, err := net.SplitHostPort(address); err != nil || strings.Contains(address, "/") {
		network = "unix"
		if !filepath.IsAbs(address) {
			address = filepath.Join(dir, address)
		}
	}
	return &Admin{Address: address, client: &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, address)
			},
		},
	}}
}

// Do sends one request without a body, such as GET /stats or POST /quitquitquit, and returns status and body.
func (a *Admin) Do(ctx context.Context, method, target string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://admin"+target, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// Ready reports whether Envoy says that it is live.
func (a *Admin) Ready(ctx context.Context) bool {
	status, _, err := a.Do(ctx, http.MethodGet, "/ready")
	return err == nil && status == http.StatusOK
}

// Stats returns the counters and gauges whose names contain part.
func (a *Admin) Stats(ctx context.Context, part string) (map[string]uint64, error) {
	status, body, err := a.Do(ctx, http.MethodGet, "/stats")
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("envoy's admin answered %d to /stats", status)
	}
	stats := map[string]uint64{}
	for sc := bufio.NewScanner(strings.NewReader(body)); sc.Scan(); {
		name, text, ok := strings.Cut(sc.Text(), ": ")
		if !ok || !strings.Contains(name, part) {
			continue
		}
		if v, err := strconv.ParseUint(text, 10, 64); err == nil { // histograms and texts are not numbers
			stats[name] = v
		}
	}
	return stats, nil
}

// readAddress waits for Envoy to write where its admin interface listens.
func readAddress(ctx context.Context, path string, dead <-chan struct{}) (string, bool) {
	for {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return strings.TrimSpace(string(b)), true
		}
		if !pause(ctx, dead) {
			return "", false
		}
	}
}

// pause waits a little and reports whether waiting on makes sense.
func pause(ctx context.Context, dead <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-dead:
		return false
	case <-time.After(20 * time.Millisecond):
		return true
	}
}
