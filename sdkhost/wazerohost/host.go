//go:build !wasip1

package wazerohost

import (
	"context"
	"errors"
	"sync"
	"time"
)

// FailurePolicy is what a plugin does once its VM has trapped.
type FailurePolicy uint8

const (
	// FailReload (the zero value, and what every configuration of this project carries) answers 503 until a second
	// after the last load, then makes a new VM for the next request.
	FailReload FailurePolicy = iota
	// FailClosed answers 503 for good.
	FailClosed
	// FailOpen lets requests pass unfiltered.
	FailOpen
)

// Inject is asked before each host call (proxy_* imports; not WASI). call counts them from 0 within the VM, name is the
// import's, args are its raw arguments. With inject true the call is not made and returns status; nothing is written to the guest.
type Inject func(call int, name string, args []uint64) (status uint32, inject bool)

// ForeignFunction is what call_foreign_function runs. result nil means that nothing is handed back.
type ForeignFunction func(s *Stream, args []byte) (result []byte, status uint32)

// Options say what Envoy's configuration would. The zero value is usable.
type Options struct {
	VMConfig   []byte // vm_config.configuration
	PluginName string // plugin_name, default "oathgate"
	RootID     string // root_id
	VMID       string // vm_id
	Env        map[string]string

	// Backends by cluster name. A cluster that is not there is unknown to Envoy: BadArgument.
	Backends map[string]Backend
	// NoPoll takes poll_oneoff away, which Envoy 1.36 does not have: its answer is ENOSYS.
	NoPoll bool
	// Foreign adds foreign functions or, with nil, takes one away ("verify_signature", "sign", "clear_route_cache"
	// are there).
	Foreign map[string]ForeignFunction

	// Upstream, if set, answers every request that was forwarded whole, in the event loop's next turn. Without it a forwarded stream
	// stays open till Stream.Respond, End or Abort.
	Upstream func(*Upstream) Reply

	FailurePolicy FailurePolicy
	ReloadAfter   time.Duration // reload_config's base interval, default 1 s
	// AllowStopIteration is allow_on_headers_stop_iteration: Pause from request headers lets body callbacks come.
	AllowStopIteration bool
	StreamIdleTimeout  time.Duration // default 5 min; negative: none
	BufferLimit        int           // per_connection_buffer_limit_bytes, default 1 MiB: a body paused with "buffer" beyond it is 413
	RouteHeader        string        // the header of a cluster_header route, for Upstream.Route

	Start time.Time // where the virtual clock starts, default 2026-01-01T00:00:00Z
	// RunningClock makes the virtual clock move on with the real one. Timers still fire in Advance alone. For soak tests: Go's
	// collector reads the clock.
	RunningClock bool

	Inject   Inject
	LogLevel uint32 // what get_log_level says; 0 trace (default) … 5 critical. Logs are captured whatever it is.
	CacheDir string // keep compiled code on disk here as well; what the process has already compiled is not looked up
}

// Host is one compiled module. It is safe for concurrent use.
type Host struct {
	opt     Options
	ctx     context.Context
	module  *module
	foreign map[string]ForeignFunction

	mu     sync.Mutex
	live   map[*instance]struct{}
	shared map[string]sharedValue
	cas    uint32
	stats  map[string]*stat
}

// New compiles a module, once in a process for the same bytes. An error means that Envoy would refuse the code: it is no WebAssembly, does not declare ABI
// 0.2.1, lacks an allocator, or imports what the host has not.
func New(ctx context.Context, wasm []byte, opt Options) (*Host, error) {
	if opt.PluginName == "" {
		opt.PluginName = "oathgate"
	}
	if opt.ReloadAfter == 0 {
		opt.ReloadAfter = time.Second
	}
	if opt.StreamIdleTimeout == 0 {
		opt.StreamIdleTimeout = 5 * time.Minute
	}
	if opt.BufferLimit == 0 {
		opt.BufferLimit = 1 << 20
	}
	if opt.Start.IsZero() {
		opt.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	h := &Host{opt: opt, ctx: ctx, live: map[*instance]struct{}{}, shared: map[string]sharedValue{}, stats: map[string]*stat{}, foreign: map[string]ForeignFunction{
		"verify_signature":       foreignVerify,
		"sign":                   foreignSign,
		"clear_route_cache":      foreignClearRouteCache,
		"set_envoy_filter_state": foreignSetFilterState,
	}}
	for name, f := range opt.Foreign {
		if f == nil {
			delete(h.foreign, name)
		} else {
			h.foreign[name] = f
		}
	}
	m, err := compile(ctx, wasm, opt.CacheDir)
	if err != nil {
		return nil, err
	}
	h.module = m
	return h, nil
}

// Close frees the instances of every VM. The compiled code stays for the next Host of the same bytes.
func (h *Host) Close() error {
	h.mu.Lock()
	live := h.live
	h.live = map[*instance]struct{}{}
	h.mu.Unlock()
	var err error
	for in := range live {
		err = errors.Join(err, in.mod.Close(h.ctx))
	}
	return err
}

// Metrics returns counters and gauges of all VMs by name. A histogram appears as its count under "name.count" and its
// sum under "name.sum".
func (h *Host) Metrics() map[string]int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]int64{}
	for name, s := range h.stats {
		if s.kind == metricHistogram {
			out[name+".count"], out[name+".sum"] = s.count, s.value
		} else {
			out[name] = s.value
		}
	}
	return out
}

// SharedData returns a copy of the shared data of all VMs.
func (h *Host) SharedData() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(map[string]string, len(h.shared))
	for k, v := range h.shared {
		out[k] = v.data
	}
	return out
}
