package sdkhost

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// model is a host, and a filter whose callbacks do something at random.
type model struct {
	types.DefaultVMContext

	t     *testing.T
	r     *rand.Rand
	table *table
	// failing is how many of 10 callbacks panic and host calls fail.
	failing int
	token   uint32
	// effective is the host's effective context, created the contexts that it has.
	effective uint32
	created   map[uint32]bool
	// done counts the OnHttpStreamDone of each stream, called the callbacks of each callout.
	done   map[*modelStream]int
	called map[uint32]int
	// panicked says that the last callback panicked, said what one of a stream returned last.
	panicked bool
	said     types.Action
	// dismissals counts the streams that the filter has dismissed.
	dismissals int
	// refused and reset are what was done about streams.
	refused, reset map[uint32]int
}

var errModel = errors.New("model")

func (m *model) setEffectiveContext(id uint32) error {
	if !m.created[id] || m.r.IntN(10) < m.failing/3 {
		return errModel
	}
	m.effective = id
	return nil
}

func (m *model) refuse() error {
	m.refused[m.effective]++
	if m.r.IntN(10) < m.failing {
		return errModel
	}
	return nil
}
func (m *model) reset_(bool) { m.reset[m.effective]++ }
func (m *model) log(string)  {}

type modelHost struct{ *model }

func (h modelHost) reset(response bool) { h.reset_(response) }

func (m *model) act() {
	for range m.r.IntN(3) {
		switch m.r.IntN(4) {
		case 0, 1:
			if m.table.root() == 0 {
				continue
			}
			m.token += 4
			token := m.token
			if m.table.dispatched(token, func(int, int, int) {
				m.called[token]++
				m.act()
			}) != nil {
				m.t.Fatal("a new token is refused")
			}
			m.called[token] += 0
		case 2:
			if id := m.id(); m.setEffectiveContext(id) == nil {
				m.table.active = id
			}
		case 3:
			if m.table.mayReply() {
				m.table.answered()
			}
			if m.table.mayContinue() || m.table.mayReply() {
				m.t.Error("a request that is answered or gone may go on, or be answered")
			}
		}
	}
	if m.r.IntN(10) < m.failing {
		m.panicked = true
		panic(m.table)
	}
	m.panicked = false
}

// has looks for a stream without moving it.
func (m *model) has(id uint32) bool {
	return m.table.streams[id] != nil || m.table.loose && m.table.latestID == id
}

// id is a small context id: plugins are 1 and 2, mostly.
func (m *model) id() uint32 { return uint32(m.r.IntN(12)) }

func (m *model) NewPluginContext(uint32) types.PluginContext {
	m.act()
	return &modelPlugin{model: m}
}

type modelPlugin struct {
	types.DefaultPluginContext
	model *model
}

func (p *modelPlugin) OnPluginStart(int) types.OnPluginStartStatus { p.model.act(); return true }
func (p *modelPlugin) OnTick()                                     { p.model.act() }
func (p *modelPlugin) OnQueueReady(uint32)                         { p.model.act() }
func (p *modelPlugin) OnPluginDone() bool                          { p.model.act(); return true }
func (p *modelPlugin) NewHttpContext(id uint32) types.HttpContext {
	p.model.act()
	s := &modelStream{model: p.model, id: id}
	p.model.done[s] = 0
	return s
}

type modelStream struct {
	model *model
	id    uint32
	over  bool
}

func (s *modelStream) run() types.Action {
	if s.over {
		s.model.t.Error("a callback after OnHttpStreamDone")
	}
	s.model.act()
	s.model.said = types.Action(s.model.r.IntN(4))
	if s.model.said == types.ActionContinue && s.model.table.dismiss(s.id) {
		// The end that it will not be told of.
		s.over = true
		s.model.done[s]++
		s.model.dismissals++
	}
	return s.model.said
}
func (s *modelStream) OnHttpRequestHeaders(int, bool) types.Action  { return s.run() }
func (s *modelStream) OnHttpRequestBody(int, bool) types.Action     { return s.run() }
func (s *modelStream) OnHttpRequestTrailers(int) types.Action       { return s.run() }
func (s *modelStream) OnHttpResponseHeaders(int, bool) types.Action { return s.run() }
func (s *modelStream) OnHttpResponseBody(int, bool) types.Action    { return s.run() }
func (s *modelStream) OnHttpResponseTrailers(int) types.Action      { return s.run() }
func (s *modelStream) OnHttpStreamDone() {
	s.over = true
	s.model.done[s]++
	s.model.act()
}

// TestTableModel calls exports in orders that no host has, on a filter that panics and a host that fails: nothing
// escapes, a panic never lets a request go on, each stream ends once, each callout is called back once, nothing stays.
func TestTableModel(t *testing.T) {
	defer OnPanic(panicHook)
	runs := 2000
	if testing.Short() {
		runs = 200
	}
	dismissals := 0
	for seed := range runs {
		m := &model{
			t: t, r: rand.New(rand.NewPCG(uint64(seed), 0)), failing: seed % 5, created: map[uint32]bool{}, done: map[*modelStream]int{},
			called: map[uint32]int{}, refused: map[uint32]int{}, reset: map[uint32]int{},
		}
		OnPanic(func(uint32, string) bool {
			m.act()
			return m.r.IntN(2) == 0
		})
		tab := newTable(modelHost{m})
		tab.vm, m.table = m, tab
		for range 200 {
			id := m.id()
			m.effective = id
			switch m.r.IntN(12) {
			case 0:
				parent := uint32(m.r.IntN(3))
				if id == 1 || id == 2 {
					parent = 0
				}
				m.created[id] = true
				tab.create(id, parent)
			case 1:
				tab.start(id, 1)
			case 2:
				tab.configure(id, 1)
			case 3:
				tab.tick(id)
			case 4:
				tab.queueReady(id, 1)
			case 5:
				tab.reply(uint32(1+m.r.IntN(2)), uint32(m.r.IntN(int(m.token)+8)), 1, 1, 1)
			case 6:
				tab.done(id, []export{onDone, onLog}[m.r.IntN(2)])
			case 7:
				tab.delete(id)
				if m.has(id) || tab.plugins[id] != nil {
					t.Fatalf("seed %d: context %d stays", seed, id)
				}
			default:
				at := onRequestHeaders + export(m.r.IntN(6))
				s := tab.live(id)
				m.panicked, m.said = false, types.ActionContinue
				action := tab.stream(id, at, 1, true)
				switch {
				case action != types.ActionContinue && action != types.ActionPause:
					t.Fatalf("seed %d: action %d", seed, action)
				case action == types.ActionContinue && (s == nil || m.panicked || m.said != types.ActionContinue):
					t.Fatalf("seed %d: a stream went on that must not", seed)
				case action == types.ActionContinue && s.failed && at < onResponseHeaders:
					t.Fatalf("seed %d: a stream went on after a panic", seed)
				}
			}
			if m.has(id) && tab.plugins[id] != nil {
				t.Fatalf("seed %d: %d is a stream and a plugin", seed, id)
			}
		}
		for id := range uint32(12) {
			if m.has(id) {
				tab.delete(id)
			}
		}
		// Callbacks that are told of the end may call out through plugins that are still there.
		for id := range uint32(12) {
			tab.delete(id)
		}
		for _, n := range m.done {
			if n != 1 {
				t.Fatalf("seed %d: OnHttpStreamDone was called %d times", seed, n)
			}
		}
		for token, n := range m.called {
			if n != 1 {
				t.Fatalf("seed %d: callout %d was called back %d times", seed, token, n)
			}
		}
		if len(tab.streams)+len(tab.plugins)+len(tab.callouts) != 0 {
			t.Fatalf("seed %d: left %d streams, %d plugins, %d callouts", seed, len(tab.streams), len(tab.plugins), len(tab.callouts))
		}
		dismissals += m.dismissals
	}
	if dismissals < runs/10 {
		t.Errorf("%d streams were dismissed", dismissals)
	}
}

// Without a filter nothing is let go on, and nothing panics.
func TestTableWithoutVM(t *testing.T) {
	defer OnPanic(panicHook)
	OnPanic(nil)
	m := &model{r: rand.New(rand.NewPCG(0, 0)), created: map[uint32]bool{}, refused: map[uint32]int{}, reset: map[uint32]int{}}
	tab := newTable(modelHost{m})
	tab.create(1, 0)
	if tab.start(1, 0) || tab.configure(1, 0) {
		t.Error("started")
	}
	tab.create(2, 1)
	if tab.stream(2, onRequestHeaders, 1, true) != types.ActionPause {
		t.Error("continued")
	}
	tab.delete(2)
	tab.delete(1)
}

// What is kept of a dismissed stream holds nothing of the filter's.
func TestDismissedStreamIsLetGo(t *testing.T) {
	m := &model{r: rand.New(rand.NewPCG(0, 0)), created: map[uint32]bool{}, refused: map[uint32]int{}, reset: map[uint32]int{}}
	tab := newTable(modelHost{m})
	tab.vm = &types.DefaultVMContext{}
	tab.create(1, 0)
	tab.create(2, 1)
	tab.find(2).context = &types.DefaultHttpContext{}
	if !tab.dismiss(2) || tab.dismiss(2) {
		t.Fatal("a stream is dismissed once")
	}
	if tab.spare == nil || tab.spare.context != nil {
		t.Errorf("kept: %+v", tab.spare)
	}
	if tab.stream(2, onRequestHeaders, 1, true) != types.ActionPause {
		t.Error("a dismissed stream went on")
	}
}
