//go:build !wasip1

package wazerohost

import "strings"

func callGetHeader(in *instance, a []uint64) uint32 {
	kind := uint32(a[0])
	if kind >= mapTypes {
		return StatusBadArgument
	}
	key, ok := in.str(a[1], a[2])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	c := in.context()
	m := c.readable(kind)
	if m == nil {
		if c.logging {
			return StatusNotFound
		}
		return StatusBadArgument
	}
	value, ok := m.get(key)
	if !ok {
		return StatusNotFound
	}
	return in.give(value, a[3], a[4])
}

// keyValue reads the arguments (type, key, key size, value, value size) of a header write.
func (in *instance) keyValue(a []uint64) (m *headerMap, key, value string, status uint32) {
	if uint32(a[0]) >= mapTypes {
		return nil, "", "", StatusBadArgument
	}
	key, ok := in.str(a[1], a[2])
	if !ok {
		return nil, "", "", StatusInvalidMemoryAccess
	}
	if value, ok = in.str(a[3], a[4]); !ok {
		return nil, "", "", StatusInvalidMemoryAccess
	}
	if m = in.context().writable(uint32(a[0])); m == nil {
		return nil, "", "", StatusBadArgument
	}
	in.vm.checkHeader(key, value)
	return m, key, value, StatusOK
}

// checkHeader notes what Envoy asserts in debug builds only.
func (vm *VM) checkHeader(key, value string) {
	if key == "" || strings.ContainsAny(key, "\r\n\x00 ") || strings.ContainsAny(value, "\r\n\x00") {
		vm.note("invalid header written: " + key)
	}
}

func callAddHeader(in *instance, a []uint64) uint32 {
	m, key, value, status := in.keyValue(a)
	if status == StatusOK {
		m.add(key, value)
		in.context().modified(uint32(a[0]))
	}
	return status
}

func callReplaceHeader(in *instance, a []uint64) uint32 {
	m, key, value, status := in.keyValue(a)
	if status == StatusOK {
		m.set(key, value)
		in.context().modified(uint32(a[0]))
	}
	return status
}

func callRemoveHeader(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= mapTypes {
		return StatusBadArgument
	}
	key, ok := in.str(a[1], a[2])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	c := in.context()
	m := c.writable(uint32(a[0]))
	if m == nil {
		return StatusBadArgument
	}
	m.remove(key)
	c.modified(uint32(a[0]))
	return StatusOK
}

func callGetPairs(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= mapTypes {
		return StatusBadArgument
	}
	m := in.context().readable(uint32(a[0]))
	if m == nil || len(m.list) == 0 {
		return in.give("", a[1], a[2])
	}
	size := pairsSize(m.list)
	ptr, buf, ok := in.alloc(size)
	if !ok {
		return StatusInvalidMemoryAccess
	}
	putPairs(buf, m.list)
	if !in.word(a[1], ptr) || !in.word(a[2], uint32(size)) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func callSetPairs(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= mapTypes {
		return StatusBadArgument
	}
	data, ok := in.read(a[1], a[2])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	c := in.context()
	m := c.writable(uint32(a[0]))
	if m == nil {
		return StatusBadArgument
	}
	m.list = m.list[:0]
	for _, h := range readPairs(data) {
		in.vm.checkHeader(h[0], h[1])
		m.add(h[0], h[1])
	}
	c.modified(uint32(a[0]))
	return StatusOK
}

func callGetMapSize(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= mapTypes {
		return StatusBadArgument
	}
	m := in.context().writable(uint32(a[0]))
	if m == nil {
		return StatusBadArgument
	}
	if !in.word(a[1], uint32(m.byteSize())) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func callGetBuffer(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= bufTypes {
		return StatusBadArgument
	}
	data, _, ok := in.context().body(uint32(a[0]))
	if !ok {
		return StatusNotFound
	}
	start, length := uint64(uint32(a[1])), uint64(uint32(a[2]))
	size := uint64(len(data))
	if start > size {
		length = 0
	} else if start+length > size {
		length = size - start
	}
	if length == 0 {
		return in.give("", a[3], a[4])
	}
	return in.give(string(data[start:start+length]), a[3], a[4])
}

func callGetBufferStatus(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= bufTypes {
		return StatusBadArgument
	}
	data, _, ok := in.context().body(uint32(a[0]))
	if !ok {
		return StatusNotFound
	}
	if !in.word(a[1], uint32(len(data))) || !in.word(a[2], 0) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

// callSetBuffer prepends (start 0, length 0), replaces all (start 0, length at least the size) or appends (start at least the size).
func callSetBuffer(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= bufTypes {
		return StatusBadArgument
	}
	_, view, ok := in.context().body(uint32(a[0]))
	if !ok {
		return StatusNotFound
	}
	data, ok := in.str(a[3], a[4])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	if view == nil {
		return StatusBadArgument
	}
	start, length, size := uint32(a[1]), uint32(a[2]), uint32(len(*view))
	switch {
	case start == 0 && length == 0:
		*view = append([]byte(data), *view...)
	case start == 0 && length >= size:
		*view = []byte(data)
	case start != 0 && start >= size:
		*view = append(*view, data...)
	default:
		return StatusBadArgument
	}
	return StatusOK
}

func callSendLocalResponse(in *instance, a []uint64) uint32 {
	details, ok1 := in.str(a[1], a[2])
	body, ok2 := in.str(a[3], a[4])
	pairs, ok3 := in.read(a[5], a[6])
	if !ok1 || !ok2 || !ok3 {
		return StatusInvalidMemoryAccess
	}
	headers := readPairs(pairs)
	status, grpc := int(uint32(a[0])), int(int32(a[7]))
	if s := in.context().stream; s != nil {
		s.replies++
		for _, h := range headers {
			in.vm.checkHeader(h[0], h[1])
		}
		if status < 200 || status > 599 {
			in.vm.note("local reply with a status that is none")
		}
		details = strings.Map(func(r rune) rune {
			if r == ' ' || '\t' <= r && r <= '\r' {
				return '_'
			}
			return r
		}, details)
		in.later(func() { s.localReply(status, body, headers, grpc, details) })
	}
	in.stop = true
	return StatusOK
}

const (
	streamRequest = iota
	streamResponse
	streamDownstream
	streamUpstream
	streamTypes
)

func callContinueStream(in *instance, a []uint64) uint32 {
	c := in.context()
	s := c.stream
	switch uint32(a[0]) {
	case streamRequest:
		if s != nil {
			s.resumes++
			in.later(s.req.resume)
		}
	case streamResponse:
		if s != nil {
			in.later(s.res.resume)
		}
	case streamDownstream:
		return StatusOK
	case streamUpstream:
		return StatusUnimplemented
	default:
		return StatusBadArgument
	}
	// Whichever direction was continued: Envoy forgets the request's.
	c.requestHeaders, c.requestTrailers = nil, nil
	if s != nil {
		s.req.chunk = nil
	}
	return StatusOK
}

func callCloseStream(in *instance, a []uint64) uint32 {
	if uint32(a[0]) >= streamTypes {
		return StatusBadArgument
	}
	s := in.context().stream
	if s != nil && uint32(a[0]) <= streamResponse {
		in.later(func() {
			if !s.over {
				s.aborted = true
				s.finish()
			}
		})
	}
	return StatusOK
}

func callHTTPCall(in *instance, a []uint64) uint32 {
	c := in.context()
	cluster, ok1 := in.str(a[0], a[1])
	pairs, ok2 := in.read(a[2], a[3])
	body, ok3 := in.read(a[4], a[5])
	ends, ok4 := in.read(a[6], a[7])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return StatusInvalidMemoryAccess
	}
	headers, trailers := readPairs(pairs), readPairs(ends)
	body = append([]byte(nil), body...)
	if !in.word(a[9], 0) {
		return StatusInvalidMemoryAccess
	}
	token, status := in.dispatch(c.parent, c.id, cluster, headers, trailers, body, int32(a[8]))
	in.word(a[9], token)
	return status
}
