// Package proxy tests what passes through the reverse proxy that `oathgate run` starts, and what does not: upstreams by
// rule, streams, trailers, upgrades, gRPC and CORS, over HTTP/1.1 and HTTP/2, in clear text and over TLS.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/supervise"
)

// plain and secure are two Oathgates with the same rules. Nothing takes longer than four seconds at secure.
var plain, secure *oathgate

var backends *servers

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "oathgate-e2e-")
	if err != nil {
		return failed(err)
	}
	defer os.RemoveAll(dir)
	if backends, err = startServers(dir); err != nil {
		return failed(err)
	}
	defer backends.close()
	if plain, err = start(dir, "plain", ""); err != nil {
		return failed(err)
	}
	defer plain.stop()
	if secure, err = start(dir, "secure", fmt.Sprintf(
		", timeout: {write: 4s}, tls: {key: {path: %s}, cert: {path: %s}}", backends.key, backends.certificate)); err != nil {
		return failed(err)
	}
	defer secure.stop()

	code := m.Run()
	for _, request := range backends.strangers() {
		code = failed(fmt.Errorf("an upstream saw an unauthorised request: %s", request))
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "plain said:\n%s\nsecure said:\n%s\n", plain.log.String(), secure.log.String())
	}
	return code
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "FAIL:", err)
	return 1
}

// oathgate is `oathgate run`.
type oathgate struct {
	harness.Endpoint
	cmd  *exec.Cmd
	log  harness.Log
	done chan error
}

// start runs one whose serve.proxy has this in it, too, and waits until it serves.
func start(dir, name, serve string) (*oathgate, error) {
	path, err := harness.Command()
	if err != nil {
		return nil, err
	}
	// The command runs outside the checkout and would look for an Envoy of its own.
	binary, err := supervise.Find(context.Background(), supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		return nil, err
	}
	ports, err := free(3)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, name+".yaml")
	text := fmt.Sprintf(configuration, ports[0], serve, ports[1], ports[2], backends.rules(), backends.identity, backends.grpc, backends.secureGRPC)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	o := &oathgate{Endpoint: harness.Endpoint{Address: "127.0.0.1:" + ports[0]}, done: make(chan error, 1)}
	o.cmd = exec.Command(path, "run", "--concurrency", "2", "-c", config)
	o.cmd.Dir = dir
	o.cmd.Env = append(os.Environ(), "ENVOY_PATH="+binary.Path, "TMPDIR="+dir, "SSL_CERT_FILE="+backends.authorities)
	o.cmd.Stdout, o.cmd.Stderr = io.Discard, &o.log
	if err := o.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { o.done <- o.cmd.Wait() }()
	for end := time.Now().Add(time.Minute); !strings.Contains(o.log.String(), "msg=serving"); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-o.done:
			return nil, fmt.Errorf("oathgate has ended: %w\n%s", err, o.log.String())
		default:
		}
		if time.Now().After(end) {
			_ = o.cmd.Process.Kill()
			return nil, errors.New("oathgate does not serve:\n" + o.log.String())
		}
	}
	return o, nil
}

func (o *oathgate) stop() {
	// The second signal: open requests are not to be waited for.
	_ = o.cmd.Process.Signal(syscall.SIGTERM)
	time.Sleep(100 * time.Millisecond)
	_ = o.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-o.done:
	case <-time.After(30 * time.Second):
		_ = o.cmd.Process.Kill()
	}
}

func free(n int) (ports []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports, nil
}

const configuration = `
serve:
  proxy:
    {host: 127.0.0.1, port: %s, cors: {enabled: true, allowed_origins: ["https://*.friend.test"], allowed_methods: [GET, PUT],
    allowed_headers: [X-Token], exposed_headers: [X-From], allow_credentials: true, max_age: 60} %s}
  api: {host: 127.0.0.1, port: %s}
  prometheus: {host: 127.0.0.1, port: %s}
access_rules: {rules: [%s]}
authenticators:
  anonymous: {enabled: true, config: {subject: guest}}
  cookie_session: {enabled: true, config: {check_session_url: "http://%[6]s/session", preserve_path: true, only: [session]}}
authorizers:
  allow: {enabled: true}
  deny: {enabled: true}
  remote: {enabled: true, config: {remote: "http://%[6]s/body"}}
mutators: {header: {enabled: true, config: {headers: {X-User: "{{ print .Subject }}", X-Allowed-By: oathgate}}}}
errors:
  fallback: [json]
  handlers:
    json: {enabled: true, config: {verbose: true}}
    redirect: {enabled: true, config: {to: "https://login.test/"}}
    www_authenticate: {enabled: true, config: {realm: there}}
oathgate:
  http2: ["http://%[7]s", "https://%[8]s"]
`
