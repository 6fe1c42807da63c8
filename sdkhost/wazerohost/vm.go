//go:build !wasip1

package wazerohost

import (
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// LogLine is one line of proxy_log, or of the guest's standard output (level 2) or error (level 4).
type LogLine struct {
	Level   uint32 // 0 trace … 5 critical
	Context uint32 // the (effective) context it came from
	Text    string
}

const maxLines = 1000

// VM is one worker: an instance of the module (a new one after a trap and reload), a virtual clock and what waits for it.
// It is not safe for concurrent use; neither are its plugins and streams.
type VM struct {
	// Inject overrides Options.Inject for this VM; it may be changed at any time.
	Inject Inject
	// AllowStopIteration starts as Options.AllowStopIteration and holds for streams that begin after a change.
	AllowStopIteration bool

	host     *Host
	cur      *instance
	now      time.Time
	realBase time.Time
	backends map[string]Backend

	callouts map[uint64]*callout // by sequence
	sequence uint64
	streams  map[*Stream]struct{}
	begun    uint64
	reap     []*Stream
	todo     []func()
	depth    int

	calls    int
	callsOf  []int
	reloads  int
	failures []error
	logs     []LogLine
	notes    []string
}

// NewVM makes a worker: instantiates the module and runs _initialize. An error means that Envoy could not start the module.
func (h *Host) NewVM() (*VM, error) {
	vm := &VM{
		Inject: h.opt.Inject, AllowStopIteration: h.opt.AllowStopIteration,
		host: h, now: h.opt.Start, realBase: time.Now(), backends: map[string]Backend{},
		callouts: map[uint64]*callout{}, streams: map[*Stream]struct{}{},
		callsOf: make([]int, len(proxyImports)),
	}
	for name, b := range h.opt.Backends {
		vm.backends[name] = b
	}
	in, err := vm.instantiate()
	if err != nil {
		return nil, err
	}
	vm.cur = in
	return vm, nil
}

// Close frees the instance. Streams and plugins of the VM must not be used afterwards.
func (vm *VM) Close() error { return vm.cur.close() }

// SetBackend sets (or, with nil, removes: then it is unknown) the cluster's backend for this VM.
func (vm *VM) SetBackend(cluster string, b Backend) {
	if b == nil {
		delete(vm.backends, cluster)
		return
	}
	vm.backends[cluster] = b
}

// Now is the virtual time.
func (vm *VM) Now() time.Time {
	if vm.host.opt.RunningClock {
		return vm.now.Add(time.Since(vm.realBase))
	}
	return vm.now
}

// MemoryBytes is the size of the guest's linear memory. It never shrinks, except by a reload.
func (vm *VM) MemoryBytes() uint64 {
	if vm.cur.closed {
		return 0
	}
	return uint64(vm.cur.mem.Size())
}

// HostCalls is how many proxy_* calls the guest made since NewVM: the next one's index for Inject.
func (vm *VM) HostCalls() int { return vm.calls }

// HostCallCounts is the same by import name, those never called left out.
func (vm *VM) HostCallCounts() map[string]int {
	out := map[string]int{}
	for i, n := range vm.callsOf {
		if n > 0 {
			out[proxyImports[i].name] = n
		}
	}
	return out
}

// Failed says why the current instance is dead: a trap. nil while it lives.
func (vm *VM) Failed() error { return vm.cur.failure }

// Failures are all traps since NewVM, oldest first.
func (vm *VM) Failures() []error { return vm.failures }

// Reloads is how many instances FAIL_RELOAD made after the first.
func (vm *VM) Reloads() int { return vm.reloads }

// Logs are the last thousand lines that the guest logged.
func (vm *VM) Logs() []LogLine { return vm.logs }

// TakeLogs returns the logs and forgets them.
func (vm *VM) TakeLogs() []LogLine {
	logs := vm.logs
	vm.logs = nil
	return logs
}

// Notes are the last thousand things that a careful guest does not do and that Envoy mostly ignores: a second local reply, a resume
// of what was not paused, a header with a line break, a restricted call, proc_exit.
func (vm *VM) Notes() []string { return vm.notes }

// Contexts is the number of live contexts in the guest: one for each plugin context and stream.
func (vm *VM) Contexts() int { return len(vm.cur.contexts) - 1 }

func (vm *VM) log(level, context uint32, text string) {
	if len(vm.logs) >= maxLines {
		vm.logs = append(vm.logs[:0], vm.logs[maxLines/2:]...)
	}
	vm.logs = append(vm.logs, LogLine{level, context, text})
}

func (vm *VM) note(text string) {
	if len(vm.notes) >= maxLines {
		vm.notes = append(vm.notes[:0], vm.notes[maxLines/2:]...)
	}
	vm.notes = append(vm.notes, text)
}

// enter and leave bracket what Envoy does in one turn of its event loop. At its end contexts are freed; then come the turns for what
// is due at once.
func (vm *VM) enter() { vm.depth++ }

// maxTurns bounds what may follow from one driving call without time passing: a guest that repeats a callout which is answered at once.
const maxTurns = 10000

func (vm *VM) leave() {
	for turn := 0; vm.depth == 1; turn++ {
		for len(vm.reap) > 0 {
			s := vm.reap[0]
			vm.reap = vm.reap[1:]
			s.free()
		}
		if len(vm.todo) > 0 {
			f := vm.todo[0]
			vm.todo = vm.todo[1:]
			f()
			continue
		}
		c := vm.nextCallout()
		if c == nil || c.due.After(vm.Now()) {
			break
		}
		if turn >= maxTurns {
			vm.note("a guest that never stops calling out")
			break
		}
		vm.deliver(c)
	}
	vm.cur.release()
	vm.depth--
}

// instance is one instantiated module. After a trap it is never called again.
type instance struct {
	vm     *VM
	mod    api.Module
	mem    api.Memory
	ctx    *guestContext
	fn     [exportCount]api.Function
	malloc api.Function
	stacks [][]uint64
	level  int

	failure error
	closed  bool

	contexts   map[uint32]*guestCtx
	next       uint32
	vmContext  *guestCtx
	current    *guestCtx
	effective  uint32
	restricted allowed
	stop       bool
	after      []func()
	polls      int
	nextCall   uint32
	metrics    map[uint32]*stat
	nextMetric [3]uint32
	timers     map[uint32]*timer
	roots      map[string]*guestCtx
	handles    map[string]*handle
	pending    map[string]*guestCtx // done, but not yet by proxy_done
}

func (vm *VM) instantiate() (*instance, error) {
	h := vm.host
	in := &instance{
		vm: vm, contexts: map[uint32]*guestCtx{}, next: 1, metrics: map[uint32]*stat{},
		nextMetric: [3]uint32{0, 1, 2}, timers: map[uint32]*timer{}, roots: map[string]*guestCtx{},
		handles: map[string]*handle{}, pending: map[string]*guestCtx{},
	}
	in.ctx = &guestContext{Context: h.ctx, in: in}
	in.vmContext = &guestCtx{in: in}
	in.vmContext.parent = in.vmContext
	in.contexts[0] = in.vmContext
	in.current = in.vmContext
	mod, err := h.module.runtime.InstantiateModule(in.ctx, h.module.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, fmt.Errorf("wazerohost: instantiate: %w", err)
	}
	in.mod, in.mem = mod, mod.Memory()
	for i := range guestExports {
		in.fn[i] = mod.ExportedFunction(guestExports[i].name)
	}
	if in.malloc = mod.ExportedFunction("malloc"); in.malloc == nil {
		in.malloc = mod.ExportedFunction("proxy_on_memory_allocate")
	}
	in.restricted = inInitialize
	start := []string{"_start"}
	if mod.ExportedFunction("_initialize") != nil {
		start = []string{"_initialize", "main", "__main_void"}
	}
	for _, name := range start {
		f := mod.ExportedFunction(name)
		if f == nil {
			continue
		}
		args := make([]uint64, len(f.Definition().ParamTypes()))
		if _, err := f.Call(in.ctx, args...); err != nil {
			return nil, errors.Join(fmt.Errorf("wazerohost: %s: %w", name, err), mod.Close(h.ctx))
		}
		if name == "main" {
			break
		}
	}
	in.restricted = 0
	h.mu.Lock()
	h.live[in] = struct{}{}
	h.mu.Unlock()
	return in, nil
}

func (in *instance) failed() bool { return in == nil || in.failure != nil }

func (in *instance) fail(export string, err error) {
	err = fmt.Errorf("wazerohost: %s: %w", export, err)
	if in.failure == nil {
		in.failure = err
	}
	in.vm.failures = append(in.vm.failures, err)
}

// invoke calls an export as context c. A guest without that export is not called. ok is false after a trap.
func (in *instance) invoke(c *guestCtx, export int, a ...uint64) (result uint64, ok bool) {
	f := in.fn[export]
	if f == nil {
		return 0, true
	}
	current, effective, polls := in.current, in.effective, in.polls
	in.current, in.effective, in.polls = c, 0, 0
	stack := in.stack()
	copy(stack, a)
	err := f.CallWithStack(in.ctx, stack)
	in.level--
	in.current, in.effective, in.polls = current, effective, polls
	if err != nil {
		in.fail(guestExports[export].name, err)
		return 0, false
	}
	return stack[0], true
}

func (in *instance) stack() []uint64 {
	if in.level == len(in.stacks) {
		in.stacks = append(in.stacks, make([]uint64, 8))
	}
	in.level++
	return in.stacks[in.level-1]
}

// settle is what Envoy does after each call into the guest: run what the guest asked for, in order.
func (in *instance) settle() {
	in.stop = false
	for len(in.after) > 0 {
		f := in.after[0]
		in.after = in.after[1:]
		f()
	}
}

// later defers f till the guest's call has returned.
func (in *instance) later(f func()) { in.after = append(in.after, f) }

// release closes the module of a dead instance once nothing runs in it.
func (in *instance) release() {
	if in.failure != nil && !in.closed && in.level == 0 {
		in.close()
	}
}

func (in *instance) close() error {
	in.closed = true
	h := in.vm.host
	h.mu.Lock()
	delete(h.live, in)
	h.mu.Unlock()
	return in.mod.Close(h.ctx)
}

// alloc asks the guest for size bytes. ok false: InvalidMemoryAccess.
func (in *instance) alloc(size int) (ptr uint32, buf []byte, ok bool) {
	current, effective := in.current, in.effective
	in.current, in.effective, in.restricted = in.vmContext, 0, inAllocator
	stack := in.stack()
	stack[0] = uint64(uint32(size))
	err := in.malloc.CallWithStack(in.ctx, stack)
	in.level--
	in.current, in.effective, in.restricted = current, effective, 0
	if err != nil {
		in.fail("allocator", err)
		return 0, nil, false
	}
	ptr = uint32(stack[0])
	if ptr == 0 {
		return 0, nil, false
	}
	buf, ok = in.mem.Read(ptr, uint32(size))
	return ptr, buf, ok
}

// read returns a view of guest memory; it is stale after the next call of the guest.
func (in *instance) read(ptr, size uint64) ([]byte, bool) {
	return in.mem.Read(uint32(ptr), uint32(size))
}

func (in *instance) str(ptr, size uint64) (string, bool) {
	b, ok := in.read(ptr, size)
	return string(b), ok
}

func (in *instance) word(ptr uint64, v uint32) bool { return in.mem.WriteUint32Le(uint32(ptr), v) }

// give hands data over: a copy in memory of the guest's allocator, its address and size at the two places. Nothing to copy: 0, 0.
func (in *instance) give(data string, ptrAt, sizeAt uint64) uint32 {
	var ptr uint32
	if len(data) > 0 {
		p, buf, ok := in.alloc(len(data))
		if !ok {
			return StatusInvalidMemoryAccess
		}
		copy(buf, data)
		ptr = p
	}
	if !in.word(ptrAt, ptr) || !in.word(sizeAt, uint32(len(data))) {
		return StatusInvalidMemoryAccess
	}
	return StatusOK
}

func (in *instance) context() *guestCtx {
	if in.effective != 0 {
		if c := in.contexts[in.effective]; c != nil {
			return c
		}
	}
	return in.current
}

func (in *instance) contextID() uint32 { return in.context().id }

// newContext gives a context the next id that is free.
func (in *instance) newContext(parent *guestCtx) *guestCtx {
	for in.contexts[in.next] != nil {
		in.next++
	}
	c := &guestCtx{in: in, id: in.next, parent: parent}
	if parent == nil {
		c.parent = c
	}
	in.contexts[c.id] = c
	in.next++
	return c
}
