//go:build !wasip1

package wazerohost

import "time"

func callLog(in *instance, a []uint64) uint32 {
	if uint32(a[0]) > 5 {
		return StatusBadArgument
	}
	text, ok := in.str(a[1], a[2])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	in.vm.log(uint32(a[0]), in.contextID(), text)
	return StatusOK
}

func callGetLogLevel(in *instance, a []uint64) uint32 {
	if !in.word(a[0], in.vm.host.opt.LogLevel) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func callGetStatus(in *instance, a []uint64) uint32 {
	root := in.context().parent
	if !in.word(a[0], root.statusCode) {
		return StatusInvalidMemoryAccess
	}
	return in.give(root.statusMessage, a[1], a[2])
}

func callGetTime(in *instance, a []uint64) uint32 {
	if !in.mem.WriteUint64Le(uint32(a[0]), uint64(in.vm.Now().UnixNano())) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func callSetTick(in *instance, a []uint64) uint32 {
	in.setTick(in.context().parent.id, time.Duration(uint32(a[0]))*time.Millisecond)
	return StatusOK
}

func callSetEffectiveContext(in *instance, a []uint64) uint32 {
	id := uint32(a[0])
	if in.contexts[id] == nil {
		return StatusBadArgument
	}
	in.effective = id
	return StatusOK
}

// callDone is proxy_done: a plugin context that answered proxy_on_done with false is done now.
func callDone(in *instance, _ []uint64) uint32 {
	key := in.context().parent.key
	root := in.pending[key]
	if root == nil {
		return StatusNotFound
	}
	delete(in.pending, key)
	in.later(func() { in.deleteRoot(root) })
	return StatusOK
}

type sharedValue struct {
	data string
	cas  uint32
}

func callGetSharedData(in *instance, a []uint64) uint32 {
	key, ok := in.str(a[0], a[1])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	h := in.vm.host
	h.mu.Lock()
	v, ok := h.shared[key]
	h.mu.Unlock()
	if !ok {
		return StatusNotFound
	}
	if status := in.give(v.data, a[2], a[3]); status != StatusOK {
		return status
	}
	if !in.word(a[4], v.cas) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func callSetSharedData(in *instance, a []uint64) uint32 {
	key, ok := in.str(a[0], a[1])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	data, ok := in.str(a[2], a[3])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	h, cas := in.vm.host, uint32(a[4])
	h.mu.Lock()
	defer h.mu.Unlock()
	if v, ok := h.shared[key]; ok && cas != 0 && cas != v.cas {
		return StatusCasMismatch
	}
	h.cas++
	if h.cas == 0 {
		h.cas++
	}
	h.shared[key] = sharedValue{data, h.cas}
	return StatusOK
}

const (
	metricCounter = iota
	metricGauge
	metricHistogram
	metricTypes
)

type stat struct {
	kind         uint32
	value, count int64
}

func callDefineMetric(in *instance, a []uint64) uint32 {
	name, ok := in.str(a[1], a[2])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	kind := uint32(a[0])
	if kind >= metricTypes {
		return StatusBadArgument
	}
	h := in.vm.host
	h.mu.Lock()
	s := h.stats[name]
	if s == nil {
		s = &stat{kind: kind}
		h.stats[name] = s
	}
	h.mu.Unlock()
	in.nextMetric[kind] += 4
	id := in.nextMetric[kind]
	in.metrics[id] = s
	if !in.word(a[3], id) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func callIncrementMetric(in *instance, a []uint64) uint32 {
	id, by := uint32(a[0]), int64(a[1])
	kind := id & 3
	if kind != metricCounter && kind != metricGauge {
		return StatusBadArgument
	}
	s := in.metrics[id]
	if s == nil {
		return StatusNotFound
	}
	if kind == metricCounter && by <= 0 {
		return StatusBadArgument
	}
	h := in.vm.host
	h.mu.Lock()
	s.value += by
	h.mu.Unlock()
	return StatusOK
}

func callRecordMetric(in *instance, a []uint64) uint32 {
	s := in.metrics[uint32(a[0])]
	if s == nil {
		return StatusNotFound
	}
	h := in.vm.host
	h.mu.Lock()
	defer h.mu.Unlock()
	switch uint32(a[0]) & 3 {
	case metricGauge:
		s.value = int64(a[1])
	case metricHistogram:
		s.count++
		s.value += int64(a[1])
	default:
		s.value += int64(a[1])
	}
	return StatusOK
}

func callGetMetric(in *instance, a []uint64) uint32 {
	if kind := uint32(a[0]) & 3; kind != metricCounter && kind != metricGauge {
		return StatusBadArgument
	}
	s := in.metrics[uint32(a[0])]
	if s == nil {
		return StatusNotFound
	}
	h := in.vm.host
	h.mu.Lock()
	v := s.value
	h.mu.Unlock()
	if !in.mem.WriteUint64Le(uint32(a[1]), uint64(v)) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func callForeign(in *instance, a []uint64) uint32 {
	name, ok := in.str(a[0], a[1])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	args, ok := in.read(a[2], a[3])
	if !ok {
		return StatusInvalidMemoryAccess
	}
	f := in.vm.host.foreign[name]
	if f == nil {
		return StatusNotFound
	}
	result, status := f(in.context().stream, append([]byte(nil), args...))
	var ptr uint32
	if result != nil && uint32(a[4]) != 0 {
		p, buf, ok := in.alloc(len(result))
		if !ok {
			return StatusInvalidMemoryAccess
		}
		copy(buf, result)
		ptr = p
	}
	if uint32(a[4]) != 0 && !in.word(a[4], ptr) {
		return StatusInvalidMemoryAccess
	}
	if uint32(a[5]) != 0 && !in.word(a[5], uint32(len(result))) {
		return StatusInvalidMemoryAccess
	}
	return status
}

func foreignClearRouteCache(s *Stream, _ []byte) ([]byte, uint32) {
	if s != nil {
		s.routeClear++
	}
	return nil, StatusOK
}

// foreignSetFilterState takes {1 path, 2 value, 3 span}; Envoy knows a factory for each path that it accepts, all under "envoy.".
func foreignSetFilterState(s *Stream, args []byte) ([]byte, uint32) {
	m, ok := parseProto(args)
	if !ok {
		return nil, StatusBadArgument
	}
	path := string(m[1])
	if s == nil || len(path) < 6 || path[:6] != "envoy." {
		return nil, StatusNotFound
	}
	s.setState(path, string(m[2]))
	return nil, StatusOK
}
