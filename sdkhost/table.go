package sdkhost

import (
	"math"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// export is a function that the host calls.
type export uint8

const (
	onContextCreate export = iota
	onVMStart
	onConfigure
	onTick
	onQueueReady
	onHTTPCallResponse
	onRequestHeaders
	onRequestBody
	onRequestTrailers
	onResponseHeaders
	onResponseBody
	onResponseTrailers
	onDone
	onLog
	onDelete
)

var exportNames = [...]string{
	onContextCreate:    "proxy_on_context_create",
	onVMStart:          "proxy_on_vm_start",
	onConfigure:        "proxy_on_configure",
	onTick:             "proxy_on_tick",
	onQueueReady:       "proxy_on_queue_ready",
	onHTTPCallResponse: "proxy_on_http_call_response",
	onRequestHeaders:   "proxy_on_request_headers",
	onRequestBody:      "proxy_on_request_body",
	onRequestTrailers:  "proxy_on_request_trailers",
	onResponseHeaders:  "proxy_on_response_headers",
	onResponseBody:     "proxy_on_response_body",
	onResponseTrailers: "proxy_on_response_trailers",
	onDone:             "proxy_on_done",
	onLog:              "proxy_on_log",
	onDelete:           "proxy_on_delete",
}

// host is what a table asks of the host by itself.
type host interface {
	// setEffectiveContext makes the host calls that follow be about a context.
	setEffectiveContext(contextID uint32) error
	// refuse answers the stream of the effective context with 500.
	refuse() error
	// reset ends that stream without an answer.
	reset(response bool)
	log(text string)
}

// table dispatches what the host calls to the contexts of the filter.
type table struct {
	host     host
	vm       types.VMContext
	plugins  map[uint32]types.PluginContext
	streams  map[uint32]*stream
	callouts map[uint32]callout
	// latest is the stream looked up last, latestID its id: a stream is created and has its headers in one go.
	latest   *stream
	latestID uint32
	// loose says that the latest one has just been created and is not in streams yet: most are dismissed before another
	// stream is looked up.
	loose bool
	// spare is a stream that was dismissed, to be used again.
	spare *stream
	// highest is the highest id of a plugin there has been: hosts count up, so that most streams are beyond it.
	highest uint32
	// parent is the plugin that a stream was created for last, parentID its id; nil if that is not known.
	parent   types.PluginContext
	parentID uint32
	// asked are the plugins whose OnPluginDone has been called.
	asked map[uint32]bool
	// active is the context that host calls are about.
	active uint32
}

// stream is one HttpContext.
type stream struct {
	// context is nil if the filter gave none: then the stream is refused.
	context types.HttpContext
	plugin  uint32
	// ended says that OnHttpStreamDone has been called.
	ended bool
	// replied says that it has been answered by the filter, or for it.
	replied bool
	// failed says that a callback panicked: the request is never let go on.
	failed bool
	// cut says that one panicked after the response had begun.
	cut bool
}

// callout is a callout in flight.
type callout struct {
	callback func(numHeaders, bodySize, numTrailers int)
	plugin   uint32
	// context made the call: a stream or plugin.
	context uint32
	// doubtful says that the host gave its token to another callout, too: whose reply comes is not known.
	doubtful bool
}

func newTable(h host) *table {
	return &table{
		host:     h,
		plugins:  make(map[uint32]types.PluginContext),
		streams:  make(map[uint32]*stream),
		callouts: make(map[uint32]callout),
	}
}

// plugin returns a plugin, nil if there is none of that id.
func (t *table) plugin(id uint32) types.PluginContext {
	if id > t.highest {
		return nil
	}
	return t.plugins[id]
}

// find returns a stream, nil if there is none of that id.
func (t *table) find(id uint32) *stream {
	if t.latest == nil || t.latestID != id {
		t.settle()
		t.latest, t.latestID = t.streams[id], id
	}
	return t.latest
}

// settle puts the latest stream where all are.
func (t *table) settle() {
	if t.loose {
		t.streams[t.latestID] = t.latest
		t.loose = false
	}
}

// live returns a stream that has not ended, nil if there is none of that id.
func (t *table) live(id uint32) *stream {
	if s := t.find(id); s != nil && !s.ended {
		return s
	}
	return nil
}

// forget drops a stream.
func (t *table) forget(id uint32) {
	if !t.loose || t.latestID != id {
		t.settle()
		delete(t.streams, id)
	}
	t.latest, t.loose = nil, false
}

// dismiss drops a stream without calling it any more.
func (t *table) dismiss(id uint32) bool {
	s := t.live(id)
	if s == nil || s.failed || s.replied {
		return false
	}
	t.forget(id)
	// What the filter hung on it may be a configuration's that is gone before the next stream comes.
	s.context = nil
	t.spare = s
	return true
}

// create takes a new context: of a plugin if parent is 0, otherwise a stream's.
func (t *table) create(id, parent uint32) {
	if t.plugin(id) != nil {
		return
	}
	// What a former stream of this id was allowed is not the new one's.
	if t.find(id) != nil {
		t.delete(id)
	}
	t.active = id
	defer t.rescue(id, onContextCreate)
	if parent == 0 {
		if t.vm == nil {
			return
		}
		if p := t.vm.NewPluginContext(id); p != nil {
			t.plugins[id] = p
			t.highest = max(t.highest, id)
		}
		return
	}
	s := t.spare
	if s == nil {
		s = &stream{}
	}
	*s, t.spare = stream{plugin: parent}, nil
	t.latest, t.latestID, t.loose = s, id, true
	if t.parent == nil || t.parentID != parent {
		t.parent, t.parentID = t.plugin(parent), parent
	}
	if t.parent != nil {
		s.context = t.parent.NewHttpContext(id)
	}
}

// start starts the VM.
func (t *table) start(id, size uint32) (ok bool) {
	if t.vm == nil {
		return t.ask(id, onVMStart)
	}
	t.active = id
	defer t.rescueStart(id, onVMStart, &ok)
	return bool(t.vm.OnVMStart(clamp(size)))
}

// configure starts a plugin.
func (t *table) configure(id, size uint32) (ok bool) {
	p := t.plugins[id]
	if p == nil {
		return t.ask(id, onConfigure)
	}
	t.active = id
	defer t.rescueStart(id, onConfigure, &ok)
	return bool(p.OnPluginStart(clamp(size)))
}

func (t *table) tick(id uint32) {
	if p := t.plugins[id]; p != nil {
		t.active = id
		defer t.rescue(id, onTick)
		p.OnTick()
	}
}

func (t *table) queueReady(id, queue uint32) {
	if p := t.plugins[id]; p != nil {
		t.active = id
		defer t.rescue(id, onQueueReady)
		p.OnQueueReady(queue)
	}
}

// stream runs one of the six callbacks on headers, bodies and trailers. Its result is a types.Action: Continue only if
// the context says so, and ActionHold for headers alone.
func (t *table) stream(id uint32, at export, size uint32, endOfStream bool) (action types.Action) {
	s := t.live(id)
	t.active = id
	if s == nil {
		if t.host.refuse() != nil {
			t.host.reset(at >= onResponseHeaders)
		}
		return types.ActionPause
	}
	if s.cut || s.failed && at < onResponseHeaders {
		return types.ActionPause
	}
	action = types.ActionPause
	if s.context == nil {
		return t.refused(id, s, at)
	}
	defer t.rescue(id, at)
	n := clamp(size)
	var said types.Action
	switch at {
	case onRequestHeaders:
		said = s.context.OnHttpRequestHeaders(n, endOfStream)
	case onRequestBody:
		said = s.context.OnHttpRequestBody(n, endOfStream)
	case onRequestTrailers:
		said = s.context.OnHttpRequestTrailers(n)
	case onResponseHeaders:
		said = s.context.OnHttpResponseHeaders(n, endOfStream)
	case onResponseBody:
		said = s.context.OnHttpResponseBody(n, endOfStream)
	case onResponseTrailers:
		said = s.context.OnHttpResponseTrailers(n)
	default:
		said = types.ActionPause
	}
	if said == types.ActionContinue || said == ActionHold && at == onRequestHeaders {
		action = said
	}
	return action
}

// refused is what the callbacks of a stream without a context return: its request is answered at once, and that answer
// may pass.
func (t *table) refused(id uint32, s *stream, at export) types.Action {
	if at >= onResponseHeaders {
		return types.ActionContinue
	}
	if at == onRequestHeaders {
		t.deny(id, s, false)
	}
	return types.ActionPause
}

// done ends a stream, or asks a plugin whether it has ended.
func (t *table) done(id uint32, at export) (ok bool) {
	if s := t.find(id); s != nil {
		t.end(id, s, at)
		return true
	}
	p := t.plugins[id]
	if p == nil || at != onDone {
		return true
	}
	return t.pluginDone(id, p, at)
}

// pluginDone asks a plugin whether it is done.
func (t *table) pluginDone(id uint32, p types.PluginContext, at export) (ok bool) {
	if t.asked == nil {
		t.asked = make(map[uint32]bool)
	}
	t.asked[id] = true
	t.active = id
	// A plugin that cannot say when it is done is done.
	ok = true
	defer t.rescue(id, at)
	return p.OnPluginDone()
}

func (t *table) end(id uint32, s *stream, at export) {
	if s.ended {
		return
	}
	s.ended = true
	t.active = id
	if s.context == nil {
		return
	}
	defer t.rescue(id, at)
	s.context.OnHttpStreamDone()
}

// delete forgets a context. It reports whether it knew it.
func (t *table) delete(id uint32) bool {
	if s := t.find(id); s != nil {
		t.end(id, s, onDelete)
		t.forget(id)
		return true
	}
	p := t.plugin(id)
	if p == nil {
		return false
	}
	t.settle()
	for child, s := range t.streams {
		if s.plugin == id {
			t.end(child, s, onDelete)
			t.forget(child)
		}
	}
	if !t.asked[id] {
		t.pluginDone(id, p, onDelete)
	}
	delete(t.asked, id)
	delete(t.plugins, id)
	t.parent = nil
	for token, c := range t.callouts {
		if c.plugin == id {
			delete(t.callouts, token)
			t.active = id
			t.call(c, onDelete, 0, 0, 0)
		}
	}
	return true
}

// root is the plugin of the active context, 0 if there is none.
func (t *table) root() uint32 {
	id := t.active
	if s := t.find(id); s != nil {
		id = s.plugin
	}
	if _, ok := t.plugins[id]; !ok {
		return 0
	}
	return id
}

// dispatched notes a callout that the active context has made.
func (t *table) dispatched(token uint32, callback func(numHeaders, bodySize, numTrailers int)) error {
	if former, ok := t.callouts[token]; ok {
		former.doubtful = true
		t.callouts[token] = former
		return types.ErrorInternalFailure
	}
	t.callouts[token] = callout{callback: callback, plugin: t.root(), context: t.active}
	return nil
}

// reply hands the reply of a callout to whom it belongs.
func (t *table) reply(plugin, token, numHeaders, bodySize, numTrailers uint32) {
	c, ok := t.callouts[token]
	if !ok || c.plugin != plugin {
		return
	}
	delete(t.callouts, token)
	if c.doubtful {
		numHeaders, bodySize, numTrailers = 0, 0, 0
	}
	t.active = plugin
	if t.live(c.context) != nil && t.host.setEffectiveContext(c.context) == nil {
		t.active = c.context
	}
	t.call(c, onHTTPCallResponse, numHeaders, bodySize, numTrailers)
}

func (t *table) call(c callout, at export, numHeaders, bodySize, numTrailers uint32) {
	defer t.rescue(c.context, at)
	if c.callback != nil {
		c.callback(clamp(numHeaders), clamp(bodySize), clamp(numTrailers))
	}
}

// rescue is deferred: a panic is the end of the stream that it belongs to.
func (t *table) rescue(id uint32, at export) {
	v := recover()
	if v == nil {
		return
	}
	t.host.log("sdkhost: " + exportNames[at] + ": " + describePanic(v))
	s := t.live(id)
	if s != nil && at != onContextCreate {
		s.failed = true
		s.cut = s.cut || at >= onResponseHeaders
		t.enter(id)
	}
	if handled := t.ask(id, at); !handled && s != nil && at != onContextCreate {
		t.deny(id, s, at >= onResponseHeaders)
	}
}

// enter makes a live stream the one that host calls are about.
func (t *table) enter(id uint32) bool {
	if t.active != id {
		if t.host.setEffectiveContext(id) != nil {
			return false
		}
		t.active = id
	}
	return true
}

// deny answers a stream with 500, or resets it if it has an answer that did not come through.
func (t *table) deny(id uint32, s *stream, response bool) {
	if !t.enter(id) {
		return
	}
	if s.replied {
		if response {
			t.host.reset(true)
		}
		return
	}
	s.replied = true
	if t.host.refuse() != nil {
		t.host.reset(response)
	}
}

// mayContinue says that the request of the active context may be let go on: it is alive, and has neither failed nor been
// answered.
func (t *table) mayContinue() bool {
	s := t.live(t.active)
	return s != nil && !s.failed && !s.replied
}

// mayReply says that the active context is alive and has not been answered.
func (t *table) mayReply() bool {
	s := t.live(t.active)
	return s != nil && !s.replied
}

// answered notes that the active context has been answered.
func (t *table) answered() {
	if s := t.find(t.active); s != nil {
		s.replied = true
	}
}

// rescueStart is deferred where a VM or plugin is started.
func (t *table) rescueStart(id uint32, at export, ok *bool) {
	v := recover()
	if v == nil {
		return
	}
	t.host.log("sdkhost: " + exportNames[at] + ": " + describePanic(v))
	*ok = t.ask(id, at)
}

// ask lets the filter deal with a panic.
func (t *table) ask(id uint32, at export) (handled bool) {
	if panicHook == nil {
		return false
	}
	defer func() {
		if v := recover(); v != nil {
			t.host.log("sdkhost: OnPanic: " + describePanic(v))
			handled = false
		}
	}()
	return panicHook(id, exportNames[at])
}

// clamp makes a size of the host an int that is not negative, also where int has 32 bits.
func clamp(size uint32) int { return int(min(size, math.MaxInt32)) }
