//go:build !wasip1

package wazerohost

import "strings"

// Headers is a header, trailer or metadata map in wire order; names in lower case, several entries of one name allowed.
type Headers [][2]string

// Get returns the first value of name (lower case), "" if there is none.
func (h Headers) Get(name string) string {
	for i := range h {
		if h[i][0] == name {
			return h[i][1]
		}
	}
	return ""
}

// Values returns every value of name (lower case), in order.
func (h Headers) Values(name string) []string {
	var out []string
	for i := range h {
		if h[i][0] == name {
			out = append(out, h[i][1])
		}
	}
	return out
}

// Has reports whether name (lower case) is there.
func (h Headers) Has(name string) bool {
	for i := range h {
		if h[i][0] == name {
			return true
		}
	}
	return false
}

func (h Headers) clone() Headers { return append(Headers(nil), h...) }

type mapKind uint8

const (
	otherMap mapKind = iota
	requestMap
	responseMap
)

// headerMap is Envoy's HeaderMapImpl as far as a guest can tell.
type headerMap struct {
	kind mapKind
	list Headers
}

func newHeaderMap(kind mapKind, h Headers) *headerMap {
	m := &headerMap{kind: kind, list: make(Headers, 0, len(h)+4)}
	for _, p := range h {
		m.add(p[0], p[1])
	}
	return m
}

func (m *headerMap) key(name string) string {
	name = lower(name)
	if m.kind == requestMap && name == "host" {
		return ":authority"
	}
	return name
}

func (m *headerMap) get(name string) (string, bool) {
	name = m.key(name)
	for i := range m.list {
		if m.list[i][0] == name {
			return m.list[i][1], true
		}
	}
	return "", false
}

func (m *headerMap) add(name, value string) {
	name = m.key(name)
	if m.isInline(name) {
		for i := range m.list {
			if m.list[i][0] == name {
				if m.list[i][1] != "" && value != "" {
					value = m.list[i][1] + "," + value
				} else {
					value = m.list[i][1] + value
				}
				m.list[i][1] = value
				return
			}
		}
	}
	m.list = append(m.list, [2]string{name, value})
	if strings.HasPrefix(name, ":") {
		// Envoy keeps pseudo headers in front.
		i := len(m.list) - 1
		for i > 0 && !strings.HasPrefix(m.list[i-1][0], ":") {
			m.list[i] = m.list[i-1]
			i--
		}
		m.list[i] = [2]string{name, value}
	}
}

func (m *headerMap) set(name, value string) {
	m.remove(name)
	m.add(name, value)
}

func (m *headerMap) remove(name string) {
	name = m.key(name)
	kept := m.list[:0]
	for _, p := range m.list {
		if p[0] != name {
			kept = append(kept, p)
		}
	}
	clear(m.list[len(kept):])
	m.list = kept
}

func (m *headerMap) byteSize() int {
	n := 0
	for i := range m.list {
		n += len(m.list[i][0]) + len(m.list[i][1])
	}
	return n
}

func (m *headerMap) isInline(name string) bool {
	switch m.kind {
	case requestMap:
		return inlineBoth[name] || inlineRequest[name]
	case responseMap:
		return inlineBoth[name] || inlineResponse[name]
	}
	return false
}

// The headers that Envoy keeps only once and joins by a comma, on the wire and when the guest adds them again: those of
// envoy/http/header_map.h (INLINE_REQ_*, INLINE_RESP_*, INLINE_REQ_RESP_*) and those that extensions register, as found by trying them in
// Envoy 1.40. Cookie is not among them.
var (
	inlineBoth = nameSet("cache-control connection content-encoding content-length content-type keep-alive proxy-connection proxy-status " +
		"transfer-encoding upgrade via x-envoy-decorator-operation x-request-id")
	inlineRequest = nameSet(":authority :method :path :protocol :scheme accept accept-encoding access-control-request-headers " +
		"access-control-request-method access-control-request-private-network authorization cdn-loop expect grpc-accept-encoding " +
		"grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin pragma referer te user-agent " +
		"x-client-trace-id x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms " +
		"x-envoy-external-address x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags " +
		"x-envoy-is-timeout-retry x-envoy-max-retries x-envoy-original-path x-envoy-original-url x-envoy-retriable-header-names " +
		"x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name " +
		"x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms " +
		"x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto")
	inlineResponse = nameSet(":status access-control-allow-credentials access-control-allow-headers access-control-allow-methods " +
		"access-control-allow-origin access-control-allow-private-network access-control-expose-headers access-control-max-age age date " +
		"etag expires grpc-message grpc-status last-modified location server vary x-envoy-attempt-count x-envoy-degraded " +
		"x-envoy-immediate-health-check-fail x-envoy-ratelimited x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster " +
		"x-envoy-upstream-service-time")
)

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}

func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return lowerASCII(s)
		}
	}
	return s
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
