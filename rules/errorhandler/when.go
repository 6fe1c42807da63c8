package errorhandler

import (
	"strings"

	"oathgate/rules/ip"
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// conditions is a `when` list (pipeline/errors/when.go): one entry that holds is
// enough, and an empty list always holds.
type conditions []condition

// condition is one entry: everything in it must hold.
type condition struct {
	errors      []string
	cidr        []ip.Prefix
	accept      []mediaRange
	contentType []mediaRange
}

func newConditions(c tree.Cursor) conditions {
	var list conditions
	c.Each(func(_ int, entry tree.Cursor) {
		var when condition
		o := entry.Object()
		o.Field("error").Each(func(_ int, name tree.Cursor) {
			when.errors = append(when.errors, name.Enum("", "unauthorized", "forbidden", "internal_server_error", "not_found"))
		})
		when.readRequest(o.Field("request"))
		o.Done()
		list = append(list, when)
	})
	return list
}

func (when *condition) readRequest(c tree.Cursor) {
	o := c.Object()
	o.Field("cidr").Each(func(_ int, item tree.Cursor) {
		prefix, ok := ip.ParsePrefix(item.String())
		if !ok {
			item.Fail("must be an address range such as 10.0.0.0/8 or fd00::/8")
			return
		}
		if prefix.Addr().Is4In6() {
			// No peer is ever in it: theirs are IPv4 addresses.
			item.Fail("is an IPv4 range in IPv6 form; write it as IPv4, such as 10.0.0.0/8")
			return
		}
		when.cidr = append(when.cidr, prefix.Masked())
	})
	h := o.Field("header").Object()
	when.accept = readRanges(h.Field("accept"))
	when.contentType = readRanges(h.Field("content_type"))
	h.Done()
	o.Done()
}

func readRanges(c tree.Cursor) (list []mediaRange) {
	c.Each(func(_ int, item tree.Cursor) {
		r, ok := parseMediaRange(item.String())
		if !ok {
			item.Fail("must be a media type such as application/json, text/* or */*")
			return
		}
		list = append(list, r)
	})
	return list
}

func (list conditions) hold(r *request.Request, e *pipeline.Error) bool {
	for i := range list {
		if list[i].holds(r, e) {
			return true
		}
	}
	return len(list) == 0
}

func (when *condition) holds(r *request.Request, e *pipeline.Error) bool {
	return when.errorHolds(e) &&
		when.peerHolds(r) &&
		(len(when.contentType) == 0 || contentTypeMatches(r.Headers.Get("content-type"), when.contentType)) &&
		(len(when.accept) == 0 || acceptMatches(r.Headers.Values("accept"), when.accept))
}

func (when *condition) errorHolds(e *pipeline.Error) bool {
	name := errorName(e.Status)
	for _, want := range when.errors {
		if want == name {
			return true
		}
	}
	return len(when.errors) == 0
}

// errorName is the name of an error in `when.error`. A 429 is wrapped in a way
// that hides its status from Oathkeeper's comparison, so it counts as an
// internal error.
func errorName(status int) string {
	switch status {
	case 401:
		return "unauthorized"
	case 403:
		return "forbidden"
	case 404:
		return "not_found"
	case 429, 500:
		return "internal_server_error"
	}
	return ""
}

// clientOf is the client's address: that of the connection, or behind a proxy that
// the decision API trusts what that proxy added to X-Forwarded-For. What stands
// before it there a client may have written.
func clientOf(r *request.Request) string {
	lines := r.Headers.Values("x-forwarded-for")
	if r.ForwardedFor == "" || len(lines) == 0 {
		return r.Peer()
	}
	last := lines[len(lines)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// peerHolds compares the client's address. Without one that is certain the
// condition does not hold.
func (when *condition) peerHolds(r *request.Request) bool {
	if len(when.cidr) == 0 {
		return true
	}
	addr, ok := request.ParseIP(clientOf(r))
	if !ok {
		return false
	}
	for _, prefix := range when.cidr {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
