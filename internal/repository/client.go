package repository

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// MaxRules is the length in bytes of the longest list of rules that is taken, also of one that comes compressed.
	MaxRules = 4 << 20
	// within is how long the whole of a fetch may take.
	within = 10 * time.Second
)

// Class is the kind of a failure, for metrics and for the API.
type Class string

// The kinds of failures.
const (
	Unreachable Class = "unreachable"
	Timeout     Class = "timeout"
	Certificate Class = "certificate"
	Status      Class = "status"
	Redirect    Class = "redirect"
	TooLong     Class = "too_long"
	// Refused rules came, and have mistakes.
	Refused Class = "refused"
)

// Failure says why rules could not be fetched, in words that follow the repository's name and hold no secrets.
type Failure struct {
	Class Class
	Text  string
}

func (f *Failure) Error() string { return f.Text }

// answer is what a server has.
type answer struct {
	// same says that it is what the caller has.
	same           bool
	body           []byte
	etag, modified string
}

var errRedirect = errors.New("redirects to another scheme, host or port: write the address that it redirects to, if you trust whoever answers there")

// newClient asks no other host than the one that is named. Servers' certificates are checked against the authorities of
// the system or of SSL_CERT_FILE.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport, Timeout: within, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if first := via[0].URL; r.URL.Scheme != first.Scheme || r.URL.Host != first.Host || len(via) > 5 {
			return errRedirect
		}
		return nil
	}}
}

// Fetch gets the rules at an address once. The error is a *Failure.
func Fetch(address string) ([]byte, error) {
	client := newClient()
	defer client.CloseIdleConnections()
	a, err := get(context.Background(), client, address, "", "")
	if err != nil {
		return nil, err
	}
	return a.body, nil
}

// get asks for the rules at an address, unless they are those of an ETag or a time of Last-Modified.
func get(ctx context.Context, client *http.Client, address, etag, modified string) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &Failure{Unreachable, "is no URL"}
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	if modified != "" {
		req.Header.Set("If-Modified-Since", modified)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, failure(err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotModified && (etag != "" || modified != ""):
		return &answer{same: true}, nil
	case res.StatusCode != http.StatusOK:
		return nil, &Failure{Status, "answers " + strconv.Itoa(res.StatusCode) + ", not 200"}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxRules+1))
	switch {
	case err != nil:
		return nil, failure(err)
	case len(body) > MaxRules:
		return nil, &Failure{TooLong, "is longer than " + strconv.Itoa(MaxRules>>20) + " MiB; divide it"}
	}
	return &answer{body: body, etag: res.Header.Get("ETag"), modified: res.Header.Get("Last-Modified")}, nil
}

func failure(err error) *Failure {
	// Its text holds the address, which may hold secrets.
	if at := (*url.Error)(nil); errors.As(err, &at) {
		if at.Timeout() {
			return &Failure{Timeout, "does not answer within " + within.String()}
		}
		err = at.Err
	}
	late := interface{ Timeout() bool }(nil)
	certificate, record := (*tls.CertificateVerificationError)(nil), tls.RecordHeaderError{}
	switch {
	case errors.Is(err, errRedirect):
		return &Failure{Redirect, err.Error()}
	case errors.As(err, &certificate), errors.As(err, &record):
		return &Failure{Certificate, "cannot be trusted: " + err.Error()}
	case errors.As(err, &late) && late.Timeout():
		return &Failure{Timeout, "does not answer within " + within.String()}
	}
	return &Failure{Unreachable, "cannot be reached: " + err.Error()}
}
