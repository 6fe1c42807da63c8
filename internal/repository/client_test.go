package repository

import (
	"compress/gzip"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestFetch(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "[]") }))
	defer other.Close()
	long := strings.Repeat(" ", MaxRules)
	mux := http.NewServeMux()
	for path, handler := range map[string]http.HandlerFunc{
		"/ok":    func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "[1]") },
		"/limit": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, long) },
		"/long":  func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, long+" ") },
		"/bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 2 {
				io.WriteString(z, long)
			}
			z.Close()
		},
		"/basic": func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" || r.URL.RawQuery != "k=secret" {
				w.WriteHeader(http.StatusUnauthorized)
			}
		},
		"/500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"/204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"/304": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) },
		"/elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/ok?token=secret", http.StatusFound)
		},
		"/other": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/?token=secret", http.StatusFound)
		},
		"/tls": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+r.Host+"/ok", http.StatusFound)
		},
		"/round": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) },
		"/cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "[")
		},
		"/reset": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		mux.HandleFunc(path, handler)
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	secure := httptest.NewUnstartedServer(mux)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for address, want := range map[string]Class{
		server.URL + "/ok":                             "",
		server.URL + "/limit":                          "",
		server.URL + "/elsewhere":                      "",
		"http://me:secret@" + host + "/basic?k=secret": "",
		"http://me:no@" + host + "/basic?k=secret":     Status,
		server.URL + "/long":                           TooLong,
		server.URL + "/bomb":                           TooLong,
		server.URL + "/500?k=secret":                   Status,
		server.URL + "/204":                            Status,
		server.URL + "/304":                            Status,
		server.URL + "/none":                           Status,
		server.URL + "/other":                          Redirect,
		server.URL + "/tls":                            Redirect,
		server.URL + "/round":                          Redirect,
		server.URL + "/cut":                            Unreachable,
		"http://me:secret@" + host + "/reset?k=secret": Unreachable,
		"http://127.0.0.1:1/?k=secret":                 Unreachable,
		secure.URL + "/ok":                             Certificate,
		"https://" + host + "/ok":                      Unreachable,
	} {
		_, err := Fetch(address)
		failed := (*Failure)(nil)
		switch {
		case want == "" && err == nil:
		case !errors.As(err, &failed) || failed.Class != want:
			t.Errorf("%s: %v, want %q", address, err, want)
		case strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A server that is slow, or slow to end, is not waited for.
func TestFetchWaitsForNobody(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			io.WriteString(w, "[")
			w.(http.Flusher).Flush()
		}
		<-stop
	}))
	defer server.Close()
	defer close(stop)
	client := newClient()
	if client.Timeout != within {
		t.Error(client.Timeout)
	}
	client.Timeout = 50 * time.Millisecond
	for _, path := range []string{"/begin", "/end"} {
		_, err := get(t.Context(), client, server.URL+path, "", "")
		if failed := (*Failure)(nil); !errors.As(err, &failed) || failed.Class != Timeout {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestName(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.test/b.json":              "https://a.test/b.json",
		"HTTPS://me:secret@a.test:1/b%2fc":   "https://a.test:1/b%2fc",
		"https://a.test/b?sig=secret#secret": "https://a.test/b?...",
		"https://a:secret@b%zz/":             "an address that is no URL",
	} {
		if got := Name(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
	for address, want := range map[string]bool{
		"http://a.test/": true, "http://10.0.0.1/": true, "http://localhost:1/": false, "http://127.0.0.1/": false, "http://[::1]/": false, "https://a.test/": false,
	} {
		if got := exposed(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
