package run

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Whatever keeps oathgate from serving is said in one sentence, and nothing is left.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, s *site, cmd *exec.Cmd)
		want  []string
	}{
		{"no file", func(t *testing.T, s *site, _ *exec.Cmd) { os.Remove(s.path("oathkeeper.yaml")) }, []string{"oathkeeper.yaml", "does not exist"}},
		{"no YAML", func(t *testing.T, s *site, _ *exec.Cmd) { s.write(t, "oathkeeper.yaml", "a: [") }, []string{"oathkeeper.yaml:1:"}},
		{"unknown key", func(t *testing.T, s *site, _ *exec.Cmd) {
			s.write(t, "oathkeeper.yaml", "serve: {prxy: {port: 1}}\naccess_rules: {repositories: []}\n")
		}, []string{"oathkeeper.yaml:1:", "serve.prxy", "proxy"}},
		{"bad rule", func(t *testing.T, s *site, _ *exec.Cmd) {
			s.write(t, "rules.yaml", strings.Replace(s.rule("open"), "<.*>", "<(>", 1))
		}, []string{"rules.yaml:3:", `rule \"open\"`}},
		{"port in use", func(t *testing.T, s *site, _ *exec.Cmd) {
			l, err := net.Listen("tcp", s.api)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
		}, []string{"serve.api", "address already in use"}},
		{"no Envoy", func(_ *testing.T, _ *site, cmd *exec.Cmd) {
			cmd.Env = append(cmd.Env, "ENVOY_PATH=/nowhere/envoy")
		}, []string{"ENVOY_PATH", "/nowhere/envoy"}},
		{"Envoy that dies", func(t *testing.T, s *site, cmd *exec.Cmd) {
			script := "#!/bin/sh\n[ \"$1\" = --version ] && exec \"" + os.Getenv("ENVOY_PATH") + "\" --version\necho no luck today >&2\nexit 7\n"
			if err := os.WriteFile(s.path("envoy"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			cmd.Env = append(cmd.Env, "ENVOY_PATH="+s.path("envoy"))
		}, []string{"no luck today"}},
		{"no authorities", func(t *testing.T, s *site, cmd *exec.Cmd) {
			s.write(t, "rules.yaml", strings.Replace(s.rule("open"), `upstream: {url: "http:`, `upstream: {url: "https:`, 1))
			cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+s.path("none.pem"))
		}, []string{"SSL_CERT_FILE"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, http.NotFoundHandler())
			cmd := s.oathgate(t)
			c.spoil(t, s, cmd)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("served, or said that all is well: %s", out)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("does not say %q: %s", want, out)
				}
			}
			if strings.Contains(string(out), "panic") || strings.Contains(string(out), "goroutine") {
				t.Errorf("%s", out)
			}
			if left, _ := filepath.Glob(s.path("oathgate-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// An Envoy that dies takes oathgate along, and the other way round.
func TestEnvoyDies(t *testing.T) {
	s := newSite(t, http.NotFoundHandler())
	c := s.start(t)
	signal(t, c.envoy(t), syscall.SIGKILL)
	if err := c.end(t, s); err == nil {
		t.Error("oathgate ended as if all were well")
	}
}

func TestNoOrphan(t *testing.T) {
	s := newSite(t, http.NotFoundHandler())
	c := s.start(t)
	envoy := c.envoy(t)
	signal(t, c.cmd.Process.Pid, syscall.SIGKILL)
	<-c.done
	for end := time.Now().Add(5 * time.Second); syscall.Kill(envoy, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			syscall.Kill(envoy, syscall.SIGKILL)
			t.Fatal("Envoy runs on")
		}
	}
}
