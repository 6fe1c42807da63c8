package main

import (
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/sdkhost"
)

// vm is what all plugin configurations and requests of one worker share.
type vm struct {
	types.DefaultVMContext

	worker decision.Worker
	// time is when the running callback began, zero until somebody asks.
	time time.Time
	// streams are the requests that wait, by context id.
	streams map[uint32]*stream
	// waiting are the requests that wait for a flight, each in the await that does.
	waiting map[memory.Key][]wake
	// woken are those whose flight has landed and who have not been told.
	woken []wake
	// current is the stream that is being worked on, for panicked.
	current *stream
	// spare is a stream that was dismissed, to be used again.
	spare   *stream
	reader  reader
	flight  inFlight
	metrics metrics
}

// wake is what a request is to be told of the flight it waits for.
type wake struct {
	stream *stream
	seq    uint32
	value  any
}

func newVM() *vm {
	v := &vm{
		worker:  decision.Worker{Memory: &memory.Memory{}, Random: sdkhost.Random, Host: envoyCrypto{}},
		streams: make(map[uint32]*stream),
		waiting: make(map[memory.Key][]wake),
	}
	v.worker.Now = v.now
	v.worker.Send = v.send
	return v
}

// now is the time, asked for once in a callback.
func (v *vm) now() time.Time {
	if v.time.IsZero() {
		v.time = sdkhost.Now()
	}
	return v.time
}

// NewPluginContext implements types.VMContext.
func (v *vm) NewPluginContext(id uint32) types.PluginContext {
	return &plugin{vm: v, id: id}
}

// reuse keeps a stream that was dismissed, without the configuration that it was
// for: that may be gone long before the next request comes.
func (v *vm) reuse(s *stream) {
	s.plugin = nil
	v.spare = s
}

// collect notes who is to be told of the flights that have landed. It runs after
// every step of an evaluation: who waits for a later flight must not be told what
// an earlier one brought.
func (v *vm) collect() {
	if v.worker.Memory.Flights.HasLanded() {
		v.land()
	}
}

//go:noinline
func (v *vm) land() {
	for _, l := range v.worker.Memory.Flights.Landed() {
		for _, w := range v.waiting[l.Key] {
			w.value = l.Value
			v.woken = append(v.woken, w)
		}
		delete(v.waiting, l.Key)
	}
}

// settle wakes the requests whose flight has landed, until none lands any more.
// It must not run inside a callback of a request that may go on: in Envoy 1.40 an
// answer to another request stops that one too, for good.
func (v *vm) settle() {
	for len(v.woken) > 0 {
		w := v.woken[0]
		v.woken = v.woken[1:]
		w.stream.resume(decision.Event{Seq: w.seq, Kind: decision.Landed, Value: w.value})
	}
	v.woken = nil
}

// settleLater lets the next tick settle: of the plugin of a request that is to be
// woken, since another plugin may be gone by then. It must come last in a callback.
func (v *vm) settleLater() {
	for len(v.woken) > 0 {
		s := v.woken[0].stream
		if s.state == undecided && sdkhost.SetEffectiveContext(s.id) == nil {
			s.plugin.tick(true)
			return
		}
		v.woken = v.woken[1:]
	}
}
