package main

import (
	"errors"
	"strings"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/request"
	"oathgate/sdkhost"
)

// readRequest reads the request's headers from Envoy, once.
func readRequest(p *plugin) (raw request.Raw, err error) {
	headers, err := sdkhost.GetHttpRequestHeaders()
	if err != nil {
		return raw, err
	}
	if p.program == nil {
		return raw, errors.New("no program")
	}
	peerHeader := p.program.PeerHeader()
	raw.Headers = make(request.Headers, 0, len(headers))
	tls, certain := false, false
	for _, h := range headers {
		switch name, value := h[0], h[1]; {
		case name == ":method":
			raw.Method = value
		case name == ":path":
			raw.Path = value
		case name == ":authority":
			raw.Authority = value
		case strings.HasPrefix(name, ":"):
		case name == peerHeader && peerHeader != "":
			raw.Peer, tls = parsePeer(value)
			certain = true
		default:
			raw.Headers = append(raw.Headers, request.Header{Name: name, Value: value})
		}
	}
	if !certain {
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
func parsePeer(value string) (addr string, tls bool) {
	addr, version, ok := strings.Cut(value, " ")
	return addr, ok && version != "" && version != "-"
}
