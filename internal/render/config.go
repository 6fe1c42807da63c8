package render

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// What listener, filter and routes share: `oathgate.routing_header` and `oathgate.peer_state` of the plugin
// configurations must say the same.
const (
	RoutingHeader = "x-oathgate-cluster"
	PeerState     = "oathgate.peer"
)

// Config is one Envoy to render. But for time limits, its zero values are not Oathkeeper's defaults.
type Config struct {
	Proxy, API Listener
	Prometheus Metrics
	Log        Log
	// ProxyDocument and APIDocument are the plugin configurations of the two listeners: JSON objects. They are passed
	// on unread, so the caller compiles them first.
	ProxyDocument, APIDocument []byte
	// Origins are the servers that the documents name: upstreams and identity servers.
	Origins []Origin
	// CABundle is the path of a PEM file with the authorities that https origins are checked against.
	CABundle string
	// Module is the path of the filter's .wasm.
	Module string
	// Dir is where the files and the admin's socket are, made with the mode 0700. A Unix socket's path has little
	// room: Dir has at most 96 bytes.
	Dir string
}

// Listener is `serve.proxy` or `serve.api`.
type Listener struct {
	Host string // "" = every address of the machine; a name is resolved
	Port uint16 // 0 = the kernel's choice
	// Time limits; 0 = Oathkeeper's 5 s, 120 s and 120 s.
	ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	TLS                                    *TLS  // nil = clear text
	CORS                                   *CORS // nil = none
}

// TLS is a listener's certificate chain and its key.
type TLS struct{ CertificatePEM, KeyPEM []byte }

// CORS is `serve.*.cors`. An origin may have one *.
type CORS struct {
	AllowedOrigins, AllowedMethods, AllowedHeaders, ExposedHeaders []string
	AllowCredentials                                               bool
	MaxAge                                                         int // seconds; 0 = the browser's choice
}

// Metrics is `serve.prometheus`.
type Metrics struct {
	Host string // as Listener.Host
	Port uint16
	Path string // such as /metrics; nothing else is served
}

// Log is `log` of Oathkeeper's configuration, as far as it is about requests. Rule, subject and reason are known to it
// where a document's `oathgate.access_log` is true. Envoy writes it to its standard output, by default every ten
// seconds: --file-flush-interval-msec.
type Log struct {
	// Level is one of Oathkeeper's: with trace, debug, info and "" every request is logged, with warn and warning those
	// that were refused or failed, with error those answered with a status of 500 or above, with fatal and panic none.
	Level string
	// Format is text (the default) or json; json_pretty and gelf are written as json.
	Format string
	// LeakSensitiveValues puts the query into the logged URL.
	LeakSensitiveValues bool
}

// Origin is a server that Envoy connects to.
type Origin struct {
	Scheme  string // http or https
	Host    string // a name or an IP address, IPv6 without brackets
	Port    uint16
	Cluster string // as the documents' `oathgate.clusters` names it
	HTTP2   bool   // spoken to in HTTP/2, with TLS and without; else in HTTP/1.1
}

// String is the origin as a URL.
func (o Origin) String() string {
	host := o.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("%s://%s:%d", o.Scheme, host, o.Port)
}

const (
	defaultRead  = 5 * time.Second
	defaultWrite = 120 * time.Second
	defaultIdle  = 120 * time.Second

	maxSocketPath = 107 // sun_path, with its terminating zero
)

// checked is the configuration with its paths absolute and its defaults filled in, or every reason why it cannot be
// rendered.
func (c Config) checked() (Config, error) {
	var problems []error
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, path := range []*string{&c.Dir, &c.Module, &c.CABundle} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return c, err
		}
		*path = absolute
	}
	if c.Dir == "" {
		fail("no folder for Envoy's files")
	}
	if path := c.socket(); len(path) > maxSocketPath {
		fail("the path of the admin's socket, %s, is longer than the %d bytes that a Unix socket may have: choose a shorter folder", path, maxSocketPath)
	}
	if _, err := os.Stat(c.Module); err != nil {
		fail("the filter's module: %w", err)
	}
	for name, l := range map[string]*Listener{"serve.proxy": &c.Proxy, "serve.api": &c.API} {
		if err := l.check(); err != nil {
			fail("%s.%w", name, err)
		}
	}
	if !strings.HasPrefix(c.Prometheus.Path, "/") || strings.ContainsAny(c.Prometheus.Path, "?#") {
		fail("serve.prometheus.metrics_path: %q is not a path", c.Prometheus.Path)
	}
	if !json.Valid(c.ProxyDocument) || !json.Valid(c.APIDocument) {
		fail("a plugin configuration is not JSON")
	}
	switch c.Log.Level {
	case "", "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic":
	default:
		fail("log.level: %q is none of trace, debug, info, warning, error, fatal, panic", c.Log.Level)
	}
	switch c.Log.Format {
	case "", "text", "json", "json_pretty", "gelf":
	default:
		fail("log.format: %q is none of text, json, json_pretty, gelf", c.Log.Format)
	}
	problems = append(problems, c.checkOrigins()...)
	return c, errors.Join(problems...)
}

func (l *Listener) check() error {
	for _, limit := range []struct {
		name   string
		value  *time.Duration
		unless time.Duration
	}{{"read", &l.ReadTimeout, defaultRead}, {"write", &l.WriteTimeout, defaultWrite}, {"idle", &l.IdleTimeout, defaultIdle}} {
		if *limit.value < 0 {
			return fmt.Errorf("timeout.%s: is negative", limit.name)
		}
		if *limit.value == 0 {
			*limit.value = limit.unless
		}
		// Envoy counts in milliseconds, and 0 of them would be no limit.
		*limit.value = max(*limit.value, time.Millisecond)
	}
	if l.TLS != nil {
		if _, err := tls.X509KeyPair(l.TLS.CertificatePEM, l.TLS.KeyPEM); err != nil {
			return fmt.Errorf("tls: %w", err)
		}
	}
	if l.CORS != nil {
		for _, o := range l.CORS.AllowedOrigins {
			if strings.Count(o, "*") > 1 {
				return fmt.Errorf("cors.allowed_origins: %q has more than one *", o)
			}
		}
	}
	return nil
}

func (c *Config) checkOrigins() (problems []error) {
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	origins := map[string]Origin{}
	secure := ""
	for _, o := range c.Origins {
		o = o.normal()
		if o.Scheme != "http" && o.Scheme != "https" {
			fail("%s: the scheme is neither http nor https", o)
		}
		if o.Port == 0 {
			fail("%s: there is no port 0", o)
		}
		if _, err := netip.ParseAddr(o.Host); err != nil && !isName(o.Host) {
			fail("%s: the host is neither an IP address nor a name", o)
		}
		if !isClusterName(o.Cluster) || o.Cluster == adminCluster || o.Cluster == emptyCluster {
			fail("%s: %q cannot be a cluster's name", o, o.Cluster)
		}
		if other, taken := origins[o.Cluster]; taken && other != o {
			fail("%s and %s have one cluster, %s", other, o, o.Cluster)
		}
		origins[o.Cluster] = o
		if o.Scheme == "https" && secure == "" {
			secure = o.String()
		}
	}
	if secure == "" {
		return problems
	}
	if c.CABundle == "" {
		fail("%s: no CA bundle to check its certificate with; install the system's (the package ca-certificates) or set SSL_CERT_FILE to a PEM file", secure)
	} else if pem, err := os.ReadFile(c.CABundle); err != nil {
		fail("the CA bundle that %s is checked with: %w", secure, err)
	} else if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		fail("the CA bundle that %s is checked with: %s has no certificate in PEM", secure, c.CABundle)
	}
	return problems
}

// normal spells equal hosts equally: DNS knows no case and needs no dot at the end, and Envoy reads an IPv6 address
// from a certificate in its shortest form.
func (o Origin) normal() Origin {
	o.Host = strings.TrimSuffix(strings.ToLower(o.Host), ".")
	if ip, err := netip.ParseAddr(o.Host); err == nil {
		o.Host = ip.String()
	}
	return o
}

func isName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// isClusterName keeps to what may stand in a header's value, a statistic's name and a URL's query.
func isClusterName(name string) bool {
	if name == "" || len(name) > 300 {
		return false
	}
	for _, r := range name {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("_-.|:[]", r) {
			return false
		}
	}
	return true
}

func (c *Config) socket() string { return filepath.Join(c.Dir, "admin.sock") }
