//go:build !wasip1

package wazerohost

import (
	"encoding/binary"
	"net"
	"strconv"
	"strings"
	"time"
)

func (s *Stream) setState(key, value string) {
	if s.state == nil {
		s.state = map[string]string{}
	}
	s.state[key] = value
}

func callSetProperty(in *instance, a []uint64) uint32 {
	path, ok := in.str(a[0], a[1])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	value, ok := in.str(a[2], a[3])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	s := in.context().stream
	if s == nil {
		return StatusNotFound
	}
	s.setState("wasm."+path, value)
	return StatusOK
}

func callGetProperty(in *instance, a []uint64) uint32 {
	path, ok := in.str(a[0], a[1])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	value, ok := in.context().property(strings.Split(strings.TrimSuffix(path, "\x00"), "\x00"))
	if !ok {
		return StatusNotFound
	}
	return in.give(value, a[2], a[3])
}

func (c *guestCtx) property(path []string) (string, bool) {
	opt := &c.in.vm.host.opt
	switch path[0] {
	case "plugin_name":
		return opt.PluginName, len(path) == 1
	case "plugin_root_id":
		return opt.RootID, len(path) == 1
	case "plugin_vm_id":
		return opt.VMID, len(path) == 1
	}
	s := c.stream
	if s == nil {
		return "", false
	}
	if v, ok := s.peer.Properties[strings.Join(path, ".")]; ok {
		return v, true
	}
	if len(path) == 1 {
		if path[0] == "connection_id" {
			return number(1), true
		}
		v, ok := s.state["wasm."+path[0]]
		return v, ok
	}
	switch path[0] {
	case "request":
		return c.requestProperty(path[1:])
	case "response":
		if path[1] == "code" && s.resp != nil {
			return number(int64(s.resp.Status)), true
		}
		if path[1] == "code_details" && s.details != "" {
			return s.details, true
		}
	case "source":
		return address(s.peer.Source, path[1])
	case "destination":
		return address(s.peer.Destination, path[1])
	case "connection":
		switch path[1] {
		case "id":
			return number(1), true
		case "mtls":
			return "\x00", true
		case "tls_version":
			return "TLSv1.3", s.peer.TLS
		case "requested_server_name":
			return s.peer.ServerName, true
		}
	}
	return "", false
}

// requestProperty: what comes from the headers is there only while the guest has them.
func (c *guestCtx) requestProperty(path []string) (string, bool) {
	s := c.stream
	switch path[0] {
	case "time":
		return number(s.began.UnixNano()), true
	case "duration":
		if !s.over {
			return "", false
		}
		return number(int64(c.in.vm.Now().Sub(s.began) / time.Nanosecond)), true
	case "protocol":
		return "HTTP/1.1", true
	case "size":
		return number(int64(len(s.req.held))), true
	}
	m := c.requestHeaders
	if m == nil && c.logging {
		m = s.req.headers
	}
	if m == nil {
		return "", false
	}
	header := map[string]string{
		"path": ":path", "host": ":authority", "scheme": ":scheme", "method": ":method", "referer": "referer",
		"useragent": "user-agent", "id": "x-request-id",
	}[path[0]]
	switch {
	case header != "":
		return m.get(header)
	case path[0] == "url_path":
		v, ok := m.get(":path")
		v, _, _ = strings.Cut(v, "?")
		return v, ok
	case path[0] == "query":
		v, ok := m.get(":path")
		_, v, _ = strings.Cut(v, "?")
		return v, ok
	case path[0] == "headers" && len(path) == 2:
		values := m.list.Values(lower(path[1]))
		return strings.Join(values, ","), len(values) > 0
	}
	return "", false
}

func address(hostport, what string) (string, bool) {
	switch what {
	case "address":
		return hostport, true
	case "port":
		_, port, err := net.SplitHostPort(hostport)
		if err != nil {
			return "", false
		}
		n, err := strconv.ParseInt(port, 10, 32)
		return number(n), err == nil
	}
	return "", false
}

// number is how an integer, a duration or a time is serialized: eight bytes, little endian.
func number(n int64) string {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	return string(b[:])
}
