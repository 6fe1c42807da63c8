package source

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"oathgate/rules/tree"
)

// Server is a listener, serve.proxy or serve.api.
type Server struct {
	// Host is the address to listen on, "" for all.
	Host string
	// Port is by default 4455, of the API 4456; 0 is one that is free.
	Port    uint16
	Timeout Timeout
	// TLS is nil if the listener speaks plain HTTP.
	TLS *TLS
	// CORS is nil if it is not enabled.
	CORS *CORS
	// TrustForwardedHeaders is the proxy's alone.
	TrustForwardedHeaders bool
}

// Timeout bounds what a client may take; 0 is no bound.
type Timeout struct {
	// Read is for receiving a request with its body, by default 5 s.
	Read time.Duration
	// Write is for the answer, by default 120 s.
	Write time.Duration
	// Idle is for the next request on a connection, by default 120 s.
	Idle time.Duration
}

// TLS is a certificate chain and its key, both PEM. They fit each other.
type TLS struct{ Certificate, Key []byte }

// CORS answers preflight requests before any rule is asked.
type CORS struct {
	// AllowedOrigins may have one * each, with a registrable domain behind it, or be * alone; by default *.
	AllowedOrigins []string
	// AllowedMethods are by default GET, POST, PUT, PATCH and DELETE.
	AllowedMethods []string
	// AllowedHeaders are by default Authorization and Content-Type, ExposedHeaders Content-Type.
	AllowedHeaders, ExposedHeaders []string
	AllowCredentials               bool
	// MaxAge is for how many seconds a preflight answer may be kept; 0 says nothing of it.
	MaxAge int
}

func (l *loader) server(c tree.Cursor, def uint16, proxy bool) (s Server) {
	o := c.NullAsAbsent().Object()
	s.Host = host(o.Field("host"))
	s.Port = port(o.Field("port"), def)
	t := o.Field("timeout").NullAsAbsent().Object()
	s.Timeout = Timeout{
		Read:  t.Field("read").Duration(5 * time.Second),
		Write: t.Field("write").Duration(120 * time.Second),
		Idle:  t.Field("idle").Duration(120 * time.Second),
	}
	t.Done()
	s.TLS = l.tls(o.Field("tls").NullAsAbsent())
	s.CORS = l.cors(o.Field("cors").NullAsAbsent())
	if proxy {
		trust := o.Field("trust_forwarded_headers")
		if s.TrustForwardedHeaders = trust.Bool(false); s.TrustForwardedHeaders {
			l.note(trust, "the scheme is always the connection's, and the X-Forwarded-* headers of clients reach no upstream")
		}
	}
	o.Done()
	return s
}

func (l *loader) cors(c tree.Cursor) *CORS {
	o := c.Object()
	enabled := o.Field("enabled").Bool(false)
	cors := &CORS{
		AllowedOrigins:   unique(o.Field("allowed_origins"), "*"),
		AllowedMethods:   unique(o.Field("allowed_methods"), "GET", "POST", "PUT", "PATCH", "DELETE"),
		AllowedHeaders:   unique(o.Field("allowed_headers"), "Authorization", "Content-Type"),
		ExposedHeaders:   unique(o.Field("exposed_headers"), "Content-Type"),
		AllowCredentials: o.Field("allow_credentials").Bool(false),
		MaxAge:           o.Field("max_age").Int(0, 0, 86400),
	}
	o.Field("allowed_methods").Each(func(_ int, c tree.Cursor) {
		if c.Kind() == tree.String {
			c.Enum("", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH")
		}
	})
	o.Field("allowed_origins").Each(func(_ int, c tree.Cursor) { checkOrigin(c) })
	if debug := o.Field("debug"); debug.Bool(false) {
		l.note(debug, "there is no log of CORS requests")
	}
	o.Done()
	if !enabled {
		return nil
	}
	return cors
}

// checkOrigin refuses the wildcards that Oathkeeper passes over (oryx/corsx/check_origin.go): https://*foo.com would be
// anybody's who registers evilfoo.com.
func checkOrigin(c tree.Cursor) {
	if c.Kind() != tree.String || c.StringOr("") == "*" {
		return
	}
	_, after, wild := strings.Cut(strings.ToLower(c.StringOr("")), "*")
	if !wild {
		return
	}
	_, domain, _ := strings.Cut(after, ".")
	domain, _, _ = strings.Cut(domain, ":")
	if _, err := publicsuffix.EffectiveTLDPlusOne(domain); err != nil || strings.Contains(after, "*") {
		c.Fail("a * must have a domain of somebody's own behind it, such as https://*.example.com; this one matches nothing in Oathkeeper")
	}
}

// unique reads a list of strings that are neither empty nor repeated.
func unique(c tree.Cursor, def ...string) []string {
	if !c.Present() {
		return def
	}
	list := []string{}
	c.Each(func(_ int, item tree.Cursor) {
		switch s := item.String(); {
		case item.Kind() != tree.String:
		case s == "":
			item.Fail("is empty; remove it")
		case slices.Contains(list, s):
			item.Fail("stands in the list twice; remove one")
		default:
			list = append(list, s)
		}
	})
	return list
}

// tls reads certificate and key (Oathkeeper: oryx/tlsx/cert.go): base64 is preferred to path.
func (l *loader) tls(c tree.Cursor) *TLS {
	o := c.Object()
	cert, key := o.Field("cert").NullAsAbsent(), o.Field("key").NullAsAbsent()
	pair := &TLS{Certificate: l.pem(cert), Key: l.pem(key)}
	o.Done()
	switch {
	case pair.Certificate == nil && pair.Key == nil:
		return nil
	case pair.Certificate == nil:
		cert.Fail("is missing, but there is a key; write path or base64")
	case pair.Key == nil:
		key.Fail("is missing, but there is a certificate; write path or base64")
	case len(pair.Certificate) > 0 && len(pair.Key) > 0:
		if _, err := tls.X509KeyPair(pair.Certificate, pair.Key); err != nil {
			c.Fail("certificate and key cannot be used: " + strings.TrimPrefix(err.Error(), "tls: "))
		}
	}
	return pair
}

// pem reads a file or a base64 text: nil if neither is named, empty if that was no use.
func (l *loader) pem(c tree.Cursor) (pem []byte) {
	o := c.Object()
	path, inline := o.Field("path"), o.Field("base64")
	var err error
	if text := inline.StringOr(""); text != "" {
		if pem, err = base64.StdEncoding.DecodeString(text); err != nil {
			pem, err = []byte{}, errors.New("is not standard base64; write the output of `base64 -w0` on the PEM file")
			inline.Fail(err.Error())
		}
	} else if name := path.StringOr(""); name != "" {
		if pem, err = l.file(name, maxCertificate); err != nil {
			pem = []byte{}
			path.Fail("the file " + name + " " + err.Error())
		}
	}
	o.Done()
	return pem
}
