package main

import (
	"errors"
	"strings"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/sdkhost"
)

var tlsVersion = []string{"connection", "tls_version"}

// peerReader reads the address that the listener has noted for the connection.
func peerReader(p *program.Program) func() string {
	if p == nil || p.PeerState() == "" {
		return nil
	}
	path := []string{"filter_state", p.PeerState()}
	return func() string {
		address, err := sdkhost.GetProperty(path)
		if err != nil {
			return ""
		}
		return string(address)
	}
}

// reader reads requests, one after the other, into the same memory.
type reader struct {
	lines   sdkhost.Lines
	headers request.Headers
}

// read reads the request's headers from Envoy, once. They are good until the next
// read, their strings also after it if the lines were kept.
func (r *reader) read(p *plugin) (raw request.Raw, err error) {
	if err = sdkhost.ReadHttpRequestHeaders(&r.lines); err != nil {
		return raw, err
	}
	raw.Headers = r.headers[:0]
	for _, h := range r.lines.Pairs {
		switch name, value := h[0], h[1]; {
		case name == ":method":
			raw.Method = value
		case name == ":path":
			raw.Path = value
		case name == ":authority":
			raw.Authority = value
		case strings.HasPrefix(name, ":"):
		default:
			raw.Headers = append(raw.Headers, request.Header{Name: name, Value: value})
		}
	}
	r.headers = raw.Headers
	raw.Peer = p.peer
	if raw.Scheme = p.program.Scheme(); raw.Scheme == "" {
		raw.Scheme, err = scheme()
	}
	return raw, err
}

// scheme asks the connection. A client chooses :scheme, and Envoy believes its
// X-Forwarded-Proto.
func scheme() (string, error) {
	switch version, err := sdkhost.GetProperty(tlsVersion); {
	case err == nil && len(version) > 0:
		return "https", nil
	case err == nil || errors.Is(err, types.ErrorStatusNotFound):
		return "http", nil
	default:
		// Not known to be encrypted is not known to be plain: other rules may apply.
		return "", err
	}
}
