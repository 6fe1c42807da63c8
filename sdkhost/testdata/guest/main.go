//go:build wasip1

// Command guest is a filter that does what the sizes that it is called with say: see run. Built by the tests.
package main

import (
	"strconv"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/sdkhost"
)

func main() {}

func init() {
	sdkhost.SetVMContext(&vm{})
	sdkhost.OnPanic(func(id uint32, where string) bool {
		say("hook", id, where)
		switch hook {
		case "panics":
			panic("hook")
		case "resumes":
			say("resume", sdkhost.ResumeHttpRequest())
		}
		return hook == "handles"
	})
}

var hook string

func say(words ...any) {
	line := ""
	for i, word := range words {
		if i > 0 {
			line += " "
		}
		switch w := word.(type) {
		case string:
			line += w
		case int:
			line += strconv.Itoa(w)
		case uint32:
			line += strconv.Itoa(int(w))
		case uint64:
			line += strconv.Itoa(int(w))
		case error:
			line += "(" + w.Error() + ")"
		case nil:
			line += "ok"
		}
	}
	sdkhost.LogInfo(line)
}

type vm struct{ types.DefaultVMContext }

func (*vm) OnVMStart(size int) types.OnVMStartStatus {
	if size == 666 {
		panic("start")
	}
	return true
}

func (*vm) NewPluginContext(id uint32) types.PluginContext {
	say("plugin", id)
	if id == 666 {
		panic("plugin")
	}
	return &plugin{id: id}
}

type plugin struct {
	types.DefaultPluginContext
	id    uint32
	ticks int
}

func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	switch size {
	case 666:
		panic("configure")
	case 1:
		return false
	case 2:
		hook = "handles"
	case 3:
		hook = "panics"
	case 4:
		hook = "resumes"
	}
	return true
}

func (p *plugin) OnTick() {
	p.ticks++
	say("tick", p.id, p.ticks)
	if p.ticks == 2 {
		panic("tick")
	}
	call("tick")
}

func (p *plugin) OnQueueReady(queue uint32) {
	say("queue", queue)
	panic("queue")
}

func (p *plugin) OnPluginDone() bool {
	say("plugin done", p.id)
	if p.id == 13 {
		panic("done")
	}
	return p.id != 14
}

func (p *plugin) NewHttpContext(id uint32) types.HttpContext {
	switch id {
	case 666:
		panic("create")
	case 667:
		return nil
	}
	return &stream{id: id}
}

type stream struct {
	id         uint32
	panicsDone bool
	kept       [][2]string
	body       []byte
}

func (s *stream) OnHttpRequestHeaders(n int, _ bool) types.Action  { return s.run(n) }
func (s *stream) OnHttpRequestBody(n int, _ bool) types.Action     { return s.run(n) }
func (s *stream) OnHttpRequestTrailers(n int) types.Action         { return s.run(n) }
func (s *stream) OnHttpResponseHeaders(n int, _ bool) types.Action { return s.run(n) }
func (s *stream) OnHttpResponseBody(n int, _ bool) types.Action    { return s.run(n) }
func (s *stream) OnHttpResponseTrailers(n int) types.Action        { return s.run(n) }

func (s *stream) OnHttpStreamDone() {
	say("done", s.id)
	if s.panicsDone {
		panic("done")
	}
}

func call(who string) {
	token, err := sdkhost.DispatchHttpCall("cluster", [][2]string{{":method", "GET"}, {"a", "b"}}, []byte("body"), [][2]string{{"t", "u"}}, 7,
		func(numHeaders, bodySize, numTrailers int) {
			say("callback", who, numHeaders, bodySize, numTrailers)
			switch numHeaders {
			case 666:
				panic("callback")
			case 2:
				headers, err := sdkhost.GetHttpCallResponseHeaders()
				sayPairs(headers, err)
				body, err := sdkhost.GetHttpCallResponseBody(0, bodySize)
				say("body", string(body), err)
			case 3:
				say("resume", sdkhost.ResumeHttpRequest())
			}
		})
	say("token", token, err)
}

func sayPairs(pairs [][2]string, err error) {
	if err != nil {
		say("pairs", err)
		return
	}
	line := "pairs"
	for _, p := range pairs {
		line += " [" + p[0] + "=" + p[1] + "]"
	}
	say(line)
}

type boom struct{ next *boom }

func (s *stream) run(what int) types.Action {
	switch what {
	case 0:
		return types.ActionContinue
	case 1:
		sayPairs(sdkhost.GetHttpRequestHeaders())
	case 2:
		panic("secret")
	case 3:
		call(strconv.Itoa(int(s.id)))
	case 4:
		say("reply", sdkhost.SendLocalReply(403, "why", [][2]string{{"x", "y"}}, []byte("no"), -1))
		say("reply", sdkhost.SendHttpResponse(403, nil, nil, -1))
		say("resume", sdkhost.ResumeHttpRequest())
	case 5:
		say("reply", sdkhost.SendHttpResponse(403, nil, nil, -1))
		panic("after the reply")
	case 6:
		value, err := sdkhost.GetProperty([]string{"connection", "tls_version"})
		say("property", string(value), err)
		say("property", sdkhost.SetProperty([]string{"oathgate.decision"}, []byte("allow")))
		value, err = sdkhost.CallForeignFunction("verify", []byte("argument"))
		say("foreign", string(value), err)
		id, err := sdkhost.DefineCounterMetric("metric")
		say("metric", id, err)
		say("metric", sdkhost.IncrementMetric(id, -2), sdkhost.RecordHistogramMetric(id, 3))
		n, err := sdkhost.GetMetric(id)
		say("metric", n, err)
		say("now", uint64(sdkhost.Now().UnixNano()))
		v, err := sdkhost.GetHttpRequestHeader("name")
		say("value", v, err)
	case 7:
		// A nil dereference.
		var b *boom
		b.next.next = nil
	case 8:
		many := make([][2]string, 1025)
		say("set", sdkhost.ReplaceHttpRequestHeaders(many))
		say("set", sdkhost.ReplaceHttpRequestHeaders(many[:1024]))
		say("set", sdkhost.ReplaceHttpRequestHeaders([][2]string{{"a", string(make([]byte, 1<<20))}}))
		say("reply", sdkhost.SendHttpResponse(403, many, nil, -1))
		_, err := sdkhost.DispatchHttpCall("cluster", many, nil, nil, 1, nil)
		say("call", err)
	case 9:
		s.kept, _ = sdkhost.GetHttpRequestHeaders()
		s.body, _ = sdkhost.GetHttpRequestBody(0, 100)
	case 10:
		sayPairs(s.kept, nil)
		say("kept", string(s.body))
	case 11:
		s.panicsDone = true
	case 12:
		say("effective", sdkhost.SetEffectiveContext(s.id+1))
		panic("as another")
	case 13:
		// Stack exhaustion cannot be recovered from, an index can.
		var a []int
		a[what] = 1
	case 14:
		for i := range 6 {
			_, err := sdkhost.GetHttpRequestBody([]int{-1, 0, 1 << 40, 0, 5, 0}[i], []int{1, -1, 1, 0, 1 << 40, 10}[i])
			say("body", err)
		}
		_, err := sdkhost.GetProperty(nil)
		say("property", err, sdkhost.SetProperty(nil, []byte("a")), sdkhost.SetProperty([]string{"a"}, nil))
	case 15:
		say("resume", sdkhost.ResumeHttpRequest())
	case 16:
		garbage = nil
		for range 64 {
			garbage = append(garbage, make([]byte, 64<<10))
		}
		headers, err := sdkhost.GetHttpRequestHeaders()
		if err != nil || len(headers) != 2 {
			say("lost", err)
		}
		return types.ActionContinue
	case 17:
		say("effective", sdkhost.SetEffectiveContext(77))
		call("nobody")
	}
	return types.ActionPause
}

var garbage [][]byte
