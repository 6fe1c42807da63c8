package proxy

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"oathgate/e2e/harness"
)

// servers is everything behind the proxies.
type servers struct {
	// Addresses: two upstreams in clear text, one with a good certificate, one whose certificate names somebody else, one
	// that never answers, one that hangs up, the identity server, two of gRPC.
	first, second, secure, stranger, silent, rude, identity, grpc, secureGRPC string
	// Paths: the proxy's own key and certificate, and the authorities that sign them and the upstreams'.
	key, certificate, authorities string
	authority                     *harness.Authority

	closers []func()

	mu           sync.Mutex
	seen         int
	unauthorised []string
}

// startupT lets the harness's certificates be made outside a test.
type startupT struct {
	testing.TB
	err error
}

func (*startupT) Helper()             {}
func (s *startupT) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func startServers(dir string) (*servers, error) {
	t := &startupT{}
	s := &servers{authority: harness.NewAuthority(t)}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.err = err
		}
		return path
	}
	key, certificate := s.authority.Certificate(t, "app.test").PEM(t)
	s.key, s.certificate, s.authorities = file("key.pem", key), file("certificate.pem", certificate), file("authorities.pem", s.authority.PEM())

	s.first = s.serve(nil, s.upstream("first"))
	s.second = s.serve(nil, s.upstream("second"))
	local := s.authority.Certificate(t, "127.0.0.1").TLS()
	s.secure = s.serve(local, s.upstream("secure"))
	s.stranger = s.serve(s.authority.Certificate(t, "other.test").TLS(), s.upstream("stranger"))
	s.identity = s.serve(nil, http.HandlerFunc(s.identify))
	s.silent = s.accept(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	s.rude = s.accept(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	s.grpc = s.serveGRPC(t)
	s.secureGRPC = s.serveGRPC(t, grpc.Creds(credentials.NewTLS(local)))
	return s, t.err
}

func (s *servers) serve(secret *tls.Config, h http.Handler) string {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = quiet
	if server.TLS = secret; secret != nil {
		server.StartTLS()
	} else {
		server.Start()
	}
	s.closers = append(s.closers, func() { server.CloseClientConnections(); server.Close() })
	return server.Listener.Addr().String()
}

// accept hands each connection to f, and closes it when f is done.
func (s *servers) accept(t *startupT, f func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.err = err
		return ""
	}
	s.closers = append(s.closers, func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	return l.Addr().String()
}

func (s *servers) close() {
	for _, f := range s.closers {
		f()
	}
}

// note counts a request that arrived, and keeps it in mind if no rule allowed it: no client can bring X-Allowed-By.
func (s *servers) note(what string, allowedBy []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen++
	if !slices.Equal(allowedBy, []string{"oathgate"}) {
		s.unauthorised = append(s.unauthorised, what)
	}
}

// total is how many requests have arrived.
func (s *servers) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func (s *servers) strangers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unauthorised)
}

// arrived is what an upstream answers: the request that it saw.
type arrived struct {
	From, Method, Target, Host, Sum string
	Proto                           int
	Size                            int
	Header, Trailer                 http.Header
}

// gates are what streams wait for, by the path's last element.
var gates sync.Map

// upstream answers what it saw. Below /gated/ it goes on as the test says, below /trailing/ its answer has trailers, and
// a WebSocket it echoes.
func (s *servers) upstream(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.note(name+" "+r.Method+" "+r.RequestURI, r.Header.Values("X-Allowed-By"))
		w.Header().Set("X-From", name)
		if gate, ok := gates.Load(filepath.Base(r.URL.Path)); ok {
			gate.(http.HandlerFunc)(w, r)
			return
		}
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			echo(w)
			return
		}
		sum := sha256.New()
		size, err := io.Copy(sum, r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Trailer", "X-After")
		_ = json.NewEncoder(w).Encode(arrived{
			From: name, Method: r.Method, Target: r.RequestURI, Host: r.Host, Proto: r.ProtoMajor,
			Header: r.Header, Trailer: r.Trailer, Size: int(size), Sum: hex.EncodeToString(sum.Sum(nil)),
		})
		w.Header().Set("X-After", "all")
	})
}

// gate lets a test's function answer the requests whose path ends in this name.
func gate(t *testing.T, name string, f http.HandlerFunc) {
	t.Helper()
	gates.Store(name, f)
	t.Cleanup(func() { gates.Delete(name) })
}

func echo(w http.ResponseWriter) {
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_, _ = io.Copy(conn, buffered)
}

// identify knows the session alice, after a while the session slow, and lets bodies pass that end in "ok".
func (s *servers) identify(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/body" {
		if body, err := io.ReadAll(r.Body); err != nil || !bytes.HasSuffix(body, []byte("ok")) {
			w.WriteHeader(http.StatusForbidden)
		}
		return
	}
	c, err := r.Cookie("session")
	if err != nil || c.Value != "alice" && c.Value != "slow" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if c.Value == "slow" {
		time.Sleep(300 * time.Millisecond)
	}
	_, _ = io.WriteString(w, `{"subject": "`+c.Value+`"}`)
}

// rules are the proxies' rules, as YAML inside a list.
func (s *servers) rules() string {
	var b strings.Builder
	rule := func(id, path, upstream, more string) {
		if !strings.Contains(more, "authenticators:") {
			more += ", authenticators: [{handler: anonymous}]"
		}
		if !strings.Contains(more, "authorizer:") {
			more += ", authorizer: {handler: allow}"
		}
		fmt.Fprintf(&b, "\n  {id: %s, match: {url: '<http|https>://app.test%s', methods: [GET, HEAD, POST, PUT, QUERY]}, upstream: {%s}, mutators: [{handler: header}] %s},",
			id, path, upstream, more)
	}
	const session = ", authenticators: [{handler: cookie_session}]"
	rule("plain", "/plain/<.*>", "url: 'http://"+s.first+"'", "")
	rule("based", "/based/<.*>", "url: 'http://"+s.second+"/base/', strip_path: /based", "")
	rule("kept", "/kept/<.*>", "url: 'http://"+s.second+"/base', preserve_host: true", "")
	rule("secure", "/secure/<.*>", "url: 'https://"+s.secure+"'", "")
	rule("stranger", "/stranger/<.*>", "url: 'https://"+s.stranger+"'", "")
	rule("dead", "/dead/<.*>", "url: 'http://127.0.0.1:1'", "")
	rule("silent", "/silent/<.*>", "url: 'http://"+s.silent+"'", "")
	rule("rude", "/rude/<.*>", "url: 'http://"+s.rude+"'", "")
	rule("session", "/session/<.*>", "url: 'http://"+s.first+"'", session)
	rule("denied", "/denied/<.*>", "url: 'http://"+s.first+"'", ", authorizer: {handler: deny}")
	rule("login", "/login/<.*>", "url: 'http://"+s.first+"'", session+", errors: [{handler: redirect}]")
	rule("judged", "/judged/<.*>", "url: 'http://"+s.first+"'", ", authorizer: {handler: remote}")
	echo := "url: 'http://" + s.grpc + "'"
	rule("grpc", "/test.Echo/<.*>", echo, "")
	rule("grpc-secure", "/test.Secure/<.*>", "url: 'https://"+s.secureGRPC+"'", "")
	rule("grpc-session", "/test.Session/<.*>", echo, session)
	rule("grpc-realm", "/test.Realm/<.*>", echo, session+", errors: [{handler: www_authenticate}]")
	rule("grpc-login", "/test.Login/<.*>", echo, session+", errors: [{handler: redirect}]")
	rule("grpc-denied", "/test.Denied/<.*>", echo, ", authorizer: {handler: deny}")
	rule("grpc-denied-login", "/test.DeniedLogin/<.*>", echo, ", authorizer: {handler: deny}, errors: [{handler: redirect}]")
	rule("grpc-dead", "/test.Dead/<.*>", "url: 'http://127.0.0.1:1'", "")
	return b.String()
}
