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
	peer := "127.0.0.1 -"
	if tls {
		d.Scheme, peer = "https", "127.0.0.1 TLSv1.3"
	}
	d.absolute()
	hop := map[string]bool{"connection": true, "proxy-connection": true, "keep-alive": true, "te": true, "upgrade": true, PeerHeader: true}
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
	d.add(PeerHeader, peer)
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

// add adds a header as Envoy's header map does: some it keeps once only, and joins.
func (d *Delivered) add(name, value string) {
	switch name {
	case "content-type", "user-agent", "via", "x-request-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto":
		for i := range d.Headers {
			if d.Headers[i].Name == name {
				d.Headers[i].Value += "," + value
				return
			}
		}
	}
	d.Headers = append(d.Headers, Header{name, value})
}
