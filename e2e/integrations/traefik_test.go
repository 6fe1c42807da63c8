package integrations

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"oathgate/rules/request"
)

// TestTraefik runs no Traefik, which cannot be built here: something that sends what Traefik 3 sends.
func TestTraefik(t *testing.T) {
	s := newSite(t, "traefik")
	server := &http.Server{Addr: s.front.Address, Handler: newTraefik(t, s), ReadHeaderTimeout: 10 * time.Second}
	l, err := net.Listen("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	s.attack(t, expected{down: 500, escapes: true, upgrades: true})
}

// traefikConfig is what of examples/traefik the stand-in knows: anything else is an error.
type traefikConfig struct {
	HTTP struct {
		Routers map[string]struct {
			Rule, Service string
			EntryPoints   []string `yaml:"entryPoints"`
			Middlewares   []string
		}
		Middlewares struct {
			Own struct {
				Headers struct {
					CustomRequestHeaders map[string]string `yaml:"customRequestHeaders"`
				}
			}
			Oathgate struct {
				ForwardAuth struct {
					Address             string
					TrustForwardHeader  bool     `yaml:"trustForwardHeader"`
					AuthResponseHeaders []string `yaml:"authResponseHeaders"`
					AuthRequestHeaders  []string `yaml:"authRequestHeaders"`
					MaxResponseBodySize int      `yaml:"maxResponseBodySize"`
				} `yaml:"forwardAuth"`
			}
		}
		Services struct {
			App struct {
				LoadBalancer struct{ Servers []struct{ URL string } } `yaml:"loadBalancer"`
			}
		}
	}
}

// traefik does with a request what Traefik does, v3 at fd5a576: pkg/middlewares/forwardedheaders, headers and
// auth/forward.go, one after the other.
type traefik struct {
	config traefikConfig
	host   string
	client http.Client
	app    *httputil.ReverseProxy
}

func newTraefik(t *testing.T, s *site) *traefik {
	t.Helper()
	text, err := os.ReadFile(s.file(t, "traefik", "dynamic.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	k := &traefik{client: http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}}
	if err := yaml.UnmarshalWithOptions(text, &k.config, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	router := k.config.HTTP.Routers["app"]
	if !slices.Equal(router.Middlewares, []string{"own", "oathgate"}) || k.config.HTTP.Middlewares.Oathgate.ForwardAuth.TrustForwardHeader {
		t.Fatal("the stand-in knows no such routes")
	}
	k.host = strings.TrimSuffix(strings.TrimPrefix(router.Rule, "Host(`"), "`)")
	app, err := url.Parse(k.config.HTTP.Services.App.LoadBalancer.Servers[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	k.app = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(app)
		r.Out.Host, r.Out.URL.RawQuery, r.Out.URL.ForceQuery = r.In.Host, r.In.URL.RawQuery, r.In.URL.ForceQuery
		r.SetXForwarded()
	}}
	return k
}

func (k *traefik) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.entry(r)
	host, _, _ := strings.Cut(strings.ToLower(r.Host), ":")
	if host != k.host {
		http.NotFound(w, r)
		return
	}
	for name, value := range k.config.HTTP.Middlewares.Own.Headers.CustomRequestHeaders {
		if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	if k.authorised(w, r) {
		k.app.ServeHTTP(w, r)
	}
}

// managed says whether a header is one that Traefik itself sets.
func managed(name string) bool {
	name = request.Folded(name)
	return strings.HasPrefix(name, "x-forwarded-") || name == "x-real-ip"
}

func deleteManaged(h http.Header) {
	for name := range h {
		if managed(name) {
			delete(h, name)
		}
	}
}

// entry is what the entry point does.
func (k *traefik) entry(r *http.Request) {
	deleteManaged(r.Header)
	peer, _, _ := net.SplitHostPort(r.RemoteAddr)
	r.Header.Set("X-Real-Ip", peer)
	r.Header.Set("X-Forwarded-Proto", "http")
	r.Header.Set("X-Forwarded-Port", "80")
	r.Header.Set("X-Forwarded-Host", r.Host)
	r.Header.Set("X-Forwarded-Server", "traefik")
	upgrade := r.Header.Get("Upgrade")
	upgrades := false
	for _, line := range r.Header["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.TrimSpace(name)
			upgrades = upgrades || strings.EqualFold(name, "upgrade")
			if !managed(name) {
				r.Header.Del(name)
			}
		}
	}
	r.Header.Del("Connection")
	if upgrades && upgrade != "" {
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", upgrade)
	}
}

// authorised asks as the middleware forwardAuth asks, and answers for what is refused.
func (k *traefik) authorised(w http.ResponseWriter, r *http.Request) bool {
	c := &k.config.HTTP.Middlewares.Oathgate.ForwardAuth
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, c.Address, nil)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return false
	}
	ask.Header = r.Header.Clone()
	for _, name := range []string{"Connection", "Keep-Alive", "Te", "Trailers", "Transfer-Encoding", "Upgrade"} {
		ask.Header.Del(name)
	}
	deleteManaged(ask.Header)
	if r.Header["User-Agent"] == nil {
		ask.Header.Set("User-Agent", "")
	}
	if len(c.AuthRequestHeaders) > 0 {
		all := ask.Header
		ask.Header = http.Header{}
		for _, name := range c.AuthRequestHeaders {
			if values := all.Values(name); len(values) > 0 {
				ask.Header[http.CanonicalHeaderKey(name)] = values
			}
		}
	}
	peer, _, _ := net.SplitHostPort(r.RemoteAddr)
	for name, value := range map[string]string{
		"X-Forwarded-For": peer, "X-Forwarded-Method": r.Method, "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80",
		"X-Forwarded-Host": r.Host, "X-Forwarded-Uri": r.URL.RequestURI(),
	} {
		ask.Header.Set(name, value)
	}

	answer, err := k.client.Do(ask)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return false
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(c.MaxResponseBodySize)))
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return false
	}
	if answer.StatusCode < 200 || answer.StatusCode >= 300 {
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(body)
		return false
	}
	for _, name := range c.AuthResponseHeaders {
		r.Header.Del(name)
		if values := answer.Header.Values(name); len(values) > 0 {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	return true
}
