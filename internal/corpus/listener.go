package corpus

import "strings"

// Delivered is a request as a listener of Envoy hands it to the filter.
type Delivered struct {
	Method, Scheme, Authority, Path string
	Headers                         []Header // names in lower case
}

// Deliver does to a request on the wire what Envoy's HTTP/1 codec and our listener do before any filter runs. With
// early the client's copy of the routing header is gone, as early_header_mutation has it: the targets without Envoy
// leave it in, since the filter must not rely on that.
func Deliver(r *Request, tls bool) Delivered {
	d := Delivered{Method: r.Method, Scheme: "http", Authority: strings.Join(r.Hosts, ","), Path: r.Target}
	if tls {
		d.Scheme = "https"
	}
	d.absolute()
	hop := map[string]bool{"connection": true, "proxy-connection": true, "keep-alive": true, "te": true, "upgrade": true}
	proto := false
	for _, h := range r.Headers {
		name := strings.ToLower(h.Name)
		if hop[name] {
			continue
		}
		proto = proto || name == "x-forwarded-proto"
		d.add(name, strings.Trim(h.Value, " \t"))
	}
	if !proto {
		d.add("x-forwarded-proto", d.Scheme)
	}
	return d
}

// absolute takes a target in absolute form apart (RFC 9112 section 3.2.2).
func (d *Delivered) absolute() {
	rest, ok := strings.CutPrefix(d.Path, "http://")
	if !ok {
		return
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		d.Authority, d.Path = rest, "/"
		return
	}
	d.Authority, d.Path = rest[:end], rest[end:]
	if d.Path[0] == '?' {
		d.Path = "/" + d.Path
	}
}

// once are the headers that Envoy keeps once only (INLINE_REQ_* of envoy/http/header_map.h and those that extensions
// register, as package wazerohost has them), without those that are Envoy's own.
var once = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields("accept accept-encoding access-control-request-headers access-control-request-method " +
		"access-control-request-private-network authorization cache-control cdn-loop content-encoding content-length content-type expect " +
		"grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin pragma proxy-status " +
		"referer transfer-encoding user-agent via x-client-trace-id x-forwarded-client-cert x-forwarded-for x-forwarded-host " +
		"x-forwarded-port x-forwarded-proto x-request-id") {
		set[name] = true
	}
	return set
}()

// add adds a header as Envoy's header map does: some it keeps once only, and joins. An empty line leaves no trace there.
func (d *Delivered) add(name, value string) {
	if once[name] {
		for i := range d.Headers {
			h := &d.Headers[i]
			if h.Name != name {
				continue
			}
			if h.Value != "" && value != "" {
				h.Value += ","
			}
			h.Value += value
			return
		}
	}
	d.Headers = append(d.Headers, Header{name, value})
}
