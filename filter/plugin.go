package main

import (
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/program"
	"oathgate/rules/token"
	"oathgate/sdkhost"
)

// tickMillis is how often timers are looked at while there are any.
const tickMillis = 50

// plugin is one plugin configuration.
type plugin struct {
	types.DefaultPluginContext

	vm *vm
	id uint32
	// program is nil if the configuration could not be read: every request is
	// denied.
	program *program.Program
	// peer is request.Raw.Peer of the stream that host calls are about; nil if the
	// listener does not say it.
	peer    func() string
	ticking bool
}

// OnPluginStart compiles the configuration. It refuses only a document that every
// worker refuses alike, so that Envoy refuses it before it reaches a worker.
// Anything unexpected leaves a program that denies all: a refusal by one worker
// would make Envoy let everything through there (DESIGN §2).
func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	began := sdkhost.Now()
	p.vm.metrics.define()
	if size == 0 {
		sdkhost.LogError("oathgate: the plugin configuration is empty; write an object with access_rules and the handlers")
		return types.OnPluginStartStatusFailed
	}
	text, err := sdkhost.GetPluginConfiguration()
	if err != nil {
		sdkhost.LogCritical("oathgate: the plugin configuration cannot be read; every request is denied")
		return types.OnPluginStartStatusOK
	}
	compiled, problems := load(text, token.Probe(p.vm.worker.Host))
	p.program = compiled
	p.peer = peerReader(compiled)
	for _, problem := range problems {
		sdkhost.LogError("oathgate: " + problem.String())
	}
	if len(problems) > 0 {
		return types.OnPluginStartStatusFailed
	}
	p.vm.metrics.show(compiled.Repositories())
	sayLoaded(compiled.Rules(), sdkhost.Now().Sub(began))
	return types.OnPluginStartStatusOK
}

// NewHttpContext implements types.PluginContext.
func (p *plugin) NewHttpContext(id uint32) types.HttpContext {
	s := p.vm.spare
	if s == nil {
		s = &stream{}
	}
	*s, p.vm.spare = stream{plugin: p, vm: p.vm, id: id}, nil
	return s
}

// OnTick resumes the requests whose time has come.
func (p *plugin) OnTick() {
	p.vm.time = time.Time{}
	now := p.vm.worker.Now()
	for _, s := range p.vm.streams {
		if s.plugin == p && !s.until.IsZero() && !now.Before(s.until) {
			s.timeUp()
		}
	}
	p.vm.settle()
	p.vm.metrics.flush()
	// The streams that were woken may be another plugin's.
	if !p.timed() && sdkhost.SetEffectiveContext(p.id) == nil {
		p.tick(false)
	}
}

// timed reports whether a request of the plugin's waits for a time: maybe one that
// has just been resumed and waits again.
func (p *plugin) timed() bool {
	for _, s := range p.vm.streams {
		if s.plugin == p && !s.until.IsZero() {
			return true
		}
	}
	return false
}

// tick switches the timer on or off. The effective context must be the plugin's or
// one of its streams'.
func (p *plugin) tick(on bool) {
	if on == p.ticking {
		return
	}
	period := uint32(0)
	if on {
		period = tickMillis
	}
	if sdkhost.SetTickPeriodMilliSeconds(period) == nil {
		p.ticking = on
	}
}

// OnPluginDone tells Envoy what has been counted: no tick follows.
func (p *plugin) OnPluginDone() bool {
	p.vm.metrics.flush()
	return true
}
