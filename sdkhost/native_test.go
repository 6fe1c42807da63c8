//go:build !wasip1

package sdkhost

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// A filter that does what the path says, driven by the SDK's emulator.

type nativeVM struct {
	types.DefaultVMContext
	t *testing.T
}

func (v *nativeVM) OnVMStart(int) types.OnVMStartStatus {
	configuration, err := GetVMConfiguration()
	return types.OnVMStartStatus(err == nil && string(configuration) == "vm")
}

func (v *nativeVM) NewPluginContext(uint32) types.PluginContext { return &nativePlugin{t: v.t} }

type nativePlugin struct {
	types.DefaultPluginContext
	t *testing.T
}

func (p *nativePlugin) OnPluginStart(int) types.OnPluginStartStatus {
	configuration, err := GetPluginConfiguration()
	if SetTickPeriodMilliSeconds(70) != nil {
		return false
	}
	return types.OnPluginStartStatus(err == nil && string(configuration) == "plugin")
}

func (p *nativePlugin) NewHttpContext(id uint32) types.HttpContext {
	return &nativeStream{t: p.t, id: id}
}

type nativeStream struct {
	types.DefaultHttpContext
	t  *testing.T
	id uint32
}

func (s *nativeStream) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Error(err)
	}
}

func (s *nativeStream) OnHttpRequestHeaders(int, bool) types.Action {
	headers, err := GetHttpRequestHeaders()
	s.must(err)
	path := headers[0][1]
	if one, err := GetHttpRequestHeader(":path"); err != nil || one != path {
		s.t.Error(one, err)
	}
	switch path {
	case "/deny":
		s.must(SendHttpResponse(403, [][2]string{{"x", "y"}}, []byte("no"), -1))
		return types.ActionPause
	case "/deny with details":
		s.must(SendLocalReply(401, "details", nil, nil, -1))
		return types.ActionPause
	case "/headers":
		s.must(AddHttpRequestHeader("added", "1"))
		s.must(ReplaceHttpRequestHeader("replaced", "2"))
		s.must(RemoveHttpRequestHeader("removed"))
		s.must(SetProperty([]string{"oathgate.decision"}, []byte("allow")))
	case "/replace":
		s.must(ReplaceHttpRequestHeaders([][2]string{{"only", "one"}}))
	case "/callout":
		_, err := DispatchHttpCall("cluster", [][2]string{{":method", "GET"}}, []byte("body"), nil, 100, func(numHeaders, bodySize, _ int) {
			headers, err := GetHttpCallResponseHeaders()
			s.must(err)
			body, err := GetHttpCallResponseBody(0, bodySize)
			s.must(err)
			if numHeaders != 1 || headers[0] != [2]string{":status", "200"} || string(body) != "reply" {
				s.t.Errorf("%d headers %q, body %q", numHeaders, headers, body)
			}
			s.must(SetEffectiveContext(s.id))
			s.must(ResumeHttpRequest())
		})
		s.must(err)
		return types.ActionPause
	case "/metrics":
		counter, err := DefineCounterMetric("counter")
		s.must(err)
		gauge, err := DefineGaugeMetric("gauge")
		s.must(err)
		histogram, err := DefineHistogramMetric("histogram")
		s.must(err)
		s.must(IncrementMetric(counter, 3))
		s.must(IncrementMetric(gauge, -2))
		s.must(RecordHistogramMetric(histogram, 5))
		if n, err := GetMetric(counter); err != nil || n != 3 {
			s.t.Error(n, err)
		}
		if IncrementMetric(99, 1) == nil || RecordHistogramMetric(99, 1) == nil {
			s.t.Error("no error for a metric that there is not")
		}
		if _, err := GetMetric(99); err == nil {
			s.t.Error("no error for a metric that there is not")
		}
		LogTrace("trace")
		LogDebug("debug")
		LogInfo("info")
		LogWarn("warn")
		LogError("error")
		LogCritical("critical")
		if _, err := GetProperty([]string{"none"}); !errors.Is(err, types.ErrorStatusNotFound) {
			s.t.Error(err)
		}
		if result, err := CallForeignFunction("upper", []byte("a")); err != nil || string(result) != "A" {
			s.t.Error(result, err)
		}
		if Now().IsZero() {
			s.t.Error("no time")
		}
	}
	return types.ActionContinue
}

func (s *nativeStream) OnHttpRequestBody(size int, _ bool) types.Action {
	body, err := GetHttpRequestBody(0, size)
	s.must(err)
	if string(body) == "bad" {
		s.must(SendHttpResponse(400, nil, nil, -1))
		return types.ActionPause
	}
	return types.ActionContinue
}

func (s *nativeStream) OnHttpRequestTrailers(int) types.Action {
	trailers, err := GetHttpRequestTrailers()
	if err != nil || len(trailers) != 1 {
		s.t.Error(trailers, err)
	}
	return types.ActionContinue
}

func (s *nativeStream) OnHttpResponseHeaders(int, bool) types.Action {
	s.must(AddHttpResponseHeader("added", "1"))
	s.must(ReplaceHttpResponseHeader("replaced", "2"))
	s.must(RemoveHttpResponseHeader("removed"))
	if v, err := GetHttpResponseHeader("replaced"); err != nil || v != "2" {
		s.t.Error(v, err)
	}
	headers, err := GetHttpResponseHeaders()
	s.must(err)
	s.must(ReplaceHttpResponseHeaders(headers[1:]))
	return types.ActionPause
}

func (s *nativeStream) OnHttpResponseBody(size int, _ bool) types.Action {
	body, err := GetHttpResponseBody(0, size)
	if err != nil || string(body) != "body" {
		s.t.Error(body, err)
	}
	s.must(ResumeHttpResponse())
	return types.ActionContinue
}

func (s *nativeStream) OnHttpResponseTrailers(int) types.Action {
	trailers, err := GetHttpResponseTrailers()
	if err != nil || len(trailers) != 1 {
		s.t.Error(trailers, err)
	}
	return types.ActionContinue
}

func emulate(t *testing.T) proxytest.HostEmulator {
	t.Helper()
	host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(&nativeVM{t: t}).
		WithVMConfiguration([]byte("vm")).WithPluginConfiguration([]byte("plugin")))
	t.Cleanup(reset)
	if host.StartVM() != types.OnVMStartStatusOK || host.StartPlugin() != types.OnPluginStartStatusOK {
		t.Fatal("not started")
	}
	return host
}

func TestNativeForwards(t *testing.T) {
	host := emulate(t)
	if host.GetTickPeriod() != 70 {
		t.Error("the tick period was not set")
	}

	id := host.InitializeHttpContext()
	if host.CallOnRequestHeaders(id, [][2]string{{":path", "/deny"}}, true) != types.ActionPause {
		t.Error("/deny continued")
	}
	if r := host.GetSentLocalResponse(id); r == nil || r.StatusCode != 403 || string(r.Data) != "no" || r.Headers[0] != [2]string{"x", "y"} || r.GRPCStatus != -1 {
		t.Errorf("%+v", r)
	}

	id = host.InitializeHttpContext()
	host.CallOnRequestHeaders(id, [][2]string{{":path", "/deny with details"}}, true)
	if r := host.GetSentLocalResponse(id); r == nil || r.StatusCode != 401 {
		t.Errorf("%+v", r)
	}

	id = host.InitializeHttpContext()
	if host.CallOnRequestHeaders(id, [][2]string{{":path", "/headers"}, {"removed", "0"}, {"replaced", "0"}}, true) != types.ActionContinue {
		t.Error("/headers paused")
	}
	if got := host.GetCurrentRequestHeaders(id); !slices.Equal(got, [][2]string{{":path", "/headers"}, {"replaced", "2"}, {"added", "1"}}) {
		t.Errorf("%q", got)
	}
	if v, err := host.GetProperty([]string{"oathgate.decision"}); err != nil || string(v) != "allow" {
		t.Error(v, err)
	}

	id = host.InitializeHttpContext()
	host.CallOnRequestHeaders(id, [][2]string{{":path", "/replace"}}, true)
	if got := host.GetCurrentRequestHeaders(id); !slices.Equal(got, [][2]string{{"only", "one"}}) {
		t.Errorf("%q", got)
	}

	id = host.InitializeHttpContext()
	if host.CallOnRequestHeaders(id, [][2]string{{":path", "/callout"}}, true) != types.ActionPause {
		t.Error("/callout continued")
	}
	calls := host.GetCalloutAttributesFromContext(id)
	if len(calls) != 1 || calls[0].Upstream != "cluster" || string(calls[0].Body) != "body" {
		t.Fatalf("%+v", calls)
	}
	host.CallOnHttpCallResponse(calls[0].CalloutID, [][2]string{{":status", "200"}}, nil, []byte("reply"))
	if host.GetCurrentHttpStreamAction(id) != types.ActionContinue {
		t.Error("/callout stays paused")
	}

	id = host.InitializeHttpContext()
	host.RegisterForeignFunction("upper", func(p []byte) []byte { return []byte(strings.ToUpper(string(p))) })
	host.CallOnRequestHeaders(id, [][2]string{{":path", "/metrics"}}, false)
	if n, err := host.GetGaugeMetric("gauge"); err != nil || int64(n) != -2 {
		t.Error(n, err)
	}
	for _, logs := range [][]string{
		host.GetTraceLogs(), host.GetDebugLogs(), host.GetInfoLogs(), host.GetWarnLogs(), host.GetErrorLogs(), host.GetCriticalLogs(),
	} {
		if len(logs) != 1 {
			t.Errorf("logged %q", logs)
		}
	}
	if host.CallOnRequestBody(id, []byte("bad"), false) != types.ActionPause || host.GetSentLocalResponse(id).StatusCode != 400 {
		t.Error("a bad body continued")
	}
	host.CallOnRequestTrailers(id, [][2]string{{"t", "u"}})
	host.CallOnResponseHeaders(id, [][2]string{{"first", "0"}, {"removed", "0"}, {"replaced", "0"}}, false)
	if got := host.GetCurrentResponseHeaders(id); !slices.Equal(got, [][2]string{{"replaced", "2"}, {"added", "1"}}) {
		t.Errorf("%q", got)
	}
	host.CallOnResponseBody(id, []byte("body"), false)
	host.CallOnResponseTrailers(id, [][2]string{{"t", "u"}})
	host.CompleteHttpContext(id)
	PluginDone()
}

// TestSameAPI: what the guest exports is what is exported natively, so that a filter that builds for one builds for the
// other.
func TestSameAPI(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	guest, native := map[string]string{}, map[string]string{}
	for _, name := range files {
		api := guest
		switch {
		case strings.HasSuffix(name, "_test.go"):
			continue
		case name == "native.go":
			api = native
		case !strings.HasSuffix(name, "_wasip1.go"):
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			var s strings.Builder
			if err := printer.Fprint(&s, token.NewFileSet(), signature(f.Type)); err != nil {
				t.Fatal(err)
			}
			api[f.Name.Name] = s.String()
		}
	}
	if len(guest) < 30 || !maps.Equal(guest, native) {
		for name := range guest {
			if guest[name] != native[name] {
				t.Errorf("%s: guest %q, native %q", name, guest[name], native[name])
			}
		}
		for name := range native {
			if guest[name] == "" {
				t.Errorf("%s: native only", name)
			}
		}
	}
}

// signature leaves out the names of results, which are not API.
func signature(f *ast.FuncType) *ast.FuncType {
	if f.Results != nil {
		for _, r := range f.Results.List {
			r.Names = nil
		}
	}
	return f
}
