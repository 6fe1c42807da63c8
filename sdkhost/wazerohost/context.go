//go:build !wasip1

package wazerohost

// guestCtx is a context as the guest knows it by number: the VM's (0), a plugin's (a root context) or a stream's.
type guestCtx struct {
	in      *instance
	id      uint32
	parent  *guestCtx // a stream's root context; itself otherwise
	plugin  *Plugin
	stream  *Stream
	created bool // the guest has been told

	// A stream's maps; nil is Envoy's "not currently available".
	requestHeaders, requestTrailers   *headerMap
	responseHeaders, responseTrailers *headerMap
	logging                           bool // in proxy_on_log the maps are there again, to read

	// A root context's.
	key           string
	configuring   []byte // what PluginConfiguration gives while it is being configured
	hasConfig     bool
	answer        *answer
	statusCode    uint32
	statusMessage string
	destroyed     bool
}

// Numbers of the ABI.
const (
	mapRequestHeaders = iota
	mapRequestTrailers
	mapResponseHeaders
	mapResponseTrailers
	mapGrpcInitial
	mapGrpcTrailing
	mapCallHeaders
	mapCallTrailers
	mapTypes
)

const (
	bufRequestBody = iota
	bufResponseBody
	bufDownstream
	bufUpstream
	bufCallBody
	bufGrpc
	bufVMConfig
	bufPluginConfig
	bufCallData
	bufTypes
)

// writable is Context::getMap: what may be written, and what get_header_map_size counts.
func (c *guestCtx) writable(kind uint32) *headerMap {
	switch kind {
	case mapRequestHeaders:
		return c.requestHeaders
	case mapRequestTrailers:
		return c.requestTrailers
	case mapResponseHeaders:
		return c.responseHeaders
	case mapResponseTrailers:
		return c.responseTrailers
	}
	return nil
}

// readable is Context::getConstMap.
func (c *guestCtx) readable(kind uint32) *headerMap {
	switch kind {
	case mapCallHeaders:
		if a := c.parent.answer; a != nil {
			return a.headers
		}
		return nil
	case mapCallTrailers:
		if a := c.parent.answer; a != nil {
			return a.trailers
		}
		return nil
	}
	if c.logging {
		switch kind {
		case mapRequestHeaders:
			return c.stream.req.headers
		case mapResponseHeaders:
			return c.stream.res.headers
		case mapResponseTrailers:
			return c.stream.res.trailers
		}
		return nil
	}
	return c.writable(kind)
}

// modified is Context::onHeadersModified: a changed request header makes Envoy pick the route again.
func (c *guestCtx) modified(kind uint32) {
	if kind == mapRequestHeaders && c.stream != nil {
		c.stream.routeDirty = true
	}
}

// body is Context::getBuffer: view is nil if the guest may not write it, ok false if there is none.
func (c *guestCtx) body(kind uint32) (data []byte, view *[]byte, ok bool) {
	switch kind {
	case bufRequestBody, bufResponseBody:
		if c.stream == nil {
			return nil, nil, true
		}
		f := &c.stream.req
		if kind == bufResponseBody {
			f = &c.stream.res
		}
		if f.buffering {
			return f.held, &f.held, true
		}
		if f.chunk == nil {
			return nil, nil, true
		}
		return *f.chunk, f.chunk, true
	case bufCallBody:
		if a := c.parent.answer; a != nil {
			return a.body, nil, true
		}
		return nil, nil, false
	case bufVMConfig:
		return c.in.vm.host.opt.VMConfig, nil, true
	case bufPluginConfig:
		return c.configuring, nil, c.hasConfig
	case bufCallData, bufDownstream, bufUpstream, bufGrpc:
		return nil, nil, true
	}
	return nil, nil, false
}
