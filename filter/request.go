package main

import (
	"errors"
	"strings"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/sdkhost"
)

// reader reads requests, one after the other, into the same memory.
type reader struct {
	pairs   [][2]string
	headers request.Headers
}

// read reads the request's headers from Envoy, once. They are good until the next
// read.
func (r *reader) read(p *program.Program) (raw request.Raw, err error) {
	r.pairs, err = sdkhost.AppendHttpRequestHeaders(r.pairs[:0])
	if err != nil {
		return raw, err
	}
	peerHeader := p.PeerHeader()
	raw.Headers = r.headers[:0]
	tls, certain, peers := false, false, 0
	for _, h := range r.pairs {
		switch name, value := h[0], h[1]; {
		case name == ":method":
			raw.Method = value
		case name == ":path":
			raw.Path = value
		case name == ":authority":
			raw.Authority = value
		case strings.HasPrefix(name, ":"):
		case name == peerHeader && peerHeader != "":
			if peers++; peers > 1 || strings.IndexByte(value, ',') >= 0 {
				// One is the listener's, the other not: which one is anybody's guess.
				return raw, errors.New("more than one peer")
			}
			raw.Peer, tls, certain = parsePeer(value)
		default:
			raw.Headers = append(raw.Headers, request.Header{Name: name, Value: value})
		}
	}
	r.headers = raw.Headers
	// Under somebody else's listener the header is that listener's promise; the
	// scheme, which decides between rules, is asked of Envoy.
	if !certain || !p.RulesRoute() {
		version, err := sdkhost.GetProperty([]string{"connection", "tls_version"})
		if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
			// Not known to be encrypted is not known to be plain: other rules may apply.
			return raw, err
		}
		tls = len(version) > 0
	}
	raw.Scheme = "http"
	if tls {
		raw.Scheme = "https"
	}
	return raw, nil
}

// parsePeer reads the internal header that the listener sets before any filter:
// the address of the connection's other end, and the version of its TLS or "-".
// certain says that there is a version.
func parsePeer(value string) (addr string, tls, certain bool) {
	addr, version, _ := strings.Cut(value, " ")
	return addr, version != "" && version != "-", version != ""
}
