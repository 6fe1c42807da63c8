package main

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/sdkhost"
)

// vm is what all plugin configurations and requests of one worker share.
type vm struct {
	types.DefaultVMContext

	worker decision.Worker
	// streams are the requests that wait, by context id.
	streams map[uint32]*stream
	// waiting are the requests that wait for another one's flight.
	waiting map[memory.Key][]*stream
	// current is the stream that is being worked on, for panicked.
	current *stream
	flight  inFlight
	metrics metrics
}

func newVM() *vm {
	return &vm{
		worker:  decision.Worker{Memory: &memory.Memory{}, Now: sdkhost.Now},
		streams: make(map[uint32]*stream),
		waiting: make(map[memory.Key][]*stream),
	}
}

// NewPluginContext implements types.VMContext.
func (v *vm) NewPluginContext(uint32) types.PluginContext {
	return &plugin{vm: v}
}

// settle wakes the requests whose flight has landed, until none lands any more.
// It must not run inside a callback of a request that may go on: in Envoy 1.40 an
// answer to another request stops that one too, for good.
func (v *vm) settle() {
	for landed := v.worker.Memory.Flights.Landed(); len(landed) > 0; landed = v.worker.Memory.Flights.Landed() {
		for _, l := range landed {
			streams := v.waiting[l.Key]
			delete(v.waiting, l.Key)
			for _, s := range streams {
				s.resume(decision.Event{Seq: s.seq, Kind: decision.Landed, Value: l.Value})
			}
		}
	}
}

// settleLater lets the next tick settle.
func (v *vm) settleLater(p *plugin) {
	if v.worker.Memory.Flights.HasLanded() {
		p.tick(true)
	}
}
