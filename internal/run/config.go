package run

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"oathgate/internal/render"
	"oathgate/internal/source"
	"oathgate/rules"
)

// Config is what Envoy is rendered from, but for the folder and the module.
func Config(c *source.Configuration) (render.Config, error) {
	out := render.Config{
		Proxy: listener(c.Proxy),
		API:   listener(c.API),
		Prometheus: render.Metrics{
			Host: c.Prometheus.Host, Port: uint16(c.Prometheus.Port), Path: c.Prometheus.Path,
		},
		Log: render.Log{Level: c.Log.Level, Format: c.Log.Format, LeakSensitiveValues: c.Log.LeakSensitiveValues},
	}
	if c.Options.Routing == rules.RoutingEnvoy {
		return out, errors.New("oathgate.routing: envoy is for a filter behind somebody else's routes; here the rules' upstreams are the routes: remove it")
	}
	secure := false
	for _, o := range c.Origins {
		secure = secure || o.Scheme == "https"
		out.Origins = append(out.Origins, render.Origin{
			Scheme: o.Scheme, Host: o.Host, Port: o.Port, Cluster: o.Cluster,
		})
		at := &out.Origins[len(out.Origins)-1]
		at.HTTP2 = slices.Contains(c.Options.HTTP2, at.String())
	}
	if secure {
		bundle, err := authorities()
		if err != nil {
			return out, err
		}
		out.CABundle = bundle
	}
	var err error
	if out.ProxyDocument, err = document(c.Document, c.Repositories, "proxy", c.Proxy.TLS != nil); err != nil {
		return out, err
	}
	out.APIDocument, err = document(c.Document, c.Repositories, "decision", c.API.TLS != nil)
	return out, err
}

func listener(s source.Server) render.Listener {
	l := render.Listener{
		Host: s.Host, Port: uint16(s.Port),
		ReadTimeout: limit(s.Timeout.Read), WriteTimeout: limit(s.Timeout.Write), IdleTimeout: limit(s.Timeout.Idle),
	}
	if s.TLS != nil {
		l.TLS = &render.TLS{CertificatePEM: s.TLS.Certificate, KeyPEM: s.TLS.Key}
	}
	if c := s.CORS; c != nil {
		l.CORS = &render.CORS{
			AllowedOrigins: c.AllowedOrigins, AllowedMethods: c.AllowedMethods, AllowedHeaders: c.AllowedHeaders,
			ExposedHeaders: c.ExposedHeaders, AllowCredentials: c.AllowCredentials, MaxAge: c.MaxAge,
		}
	}
	return l
}

// limit takes Oathkeeper's 0, no bound, for a very long one: Envoy's listeners
// always have one here.
func limit(d time.Duration) time.Duration {
	if d == 0 {
		return math.MaxInt32 * time.Millisecond
	}
	return d
}

// bundles are where systems keep the certificates of the authorities they trust
// (Go, crypto/x509/root_linux.go and its kin).
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
	"/usr/local/etc/ssl/cert.pem",
}

// authorities gives the file of the certificates that servers are checked against:
// SSL_CERT_FILE, which Go's programs and so Oathkeeper read, or the system's.
func authorities() (string, error) {
	if path := os.Getenv("SSL_CERT_FILE"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("SSL_CERT_FILE: %w", err)
		}
		return path, nil
	}
	for _, path := range bundles {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("a rule or handler names an https server, and this machine has no bundle of certificates to check it against: install ca-certificates, or set SSL_CERT_FILE")
}
