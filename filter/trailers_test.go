package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/sdkhost"
)

// Trailers are cleaned whether they come before the request is decided or after.
func TestTrailersAreCleaned(t *testing.T) {
	quiet(t)
	sent := [][2]string{{"x-sum", "1"}, {"x-user", "root"}, {"x_user", "root"}, {"cookie", "session=eve"}}
	names := func(pairs [][2]string) (list []string) {
		for _, p := range pairs {
			list = append(list, p[0])
		}
		return list
	}
	text := strings.Replace(document, `"methods": ["GET"]`, `"methods": ["POST"]`, 2)
	headers := func(path string) [][2]string {
		list := get(path, [2]string{"cookie", "session=1"})
		list[0][1] = "POST"
		return list
	}
	check := func(t *testing.T, late bool) {
		host, status := emulate(t, text)
		if status != types.OnPluginStartStatusOK {
			t.Fatal(host.GetErrorLogs())
		}
		id := host.InitializeHttpContext()
		path := "/me"
		if !late {
			path = "/public/a"
		}
		if action := host.CallOnRequestHeaders(id, headers(path), false); (action == types.ActionContinue) == late {
			t.Fatalf("%s: %v", path, action)
		}
		if action := host.CallOnRequestTrailers(id, slices.Clone(sent)); (action == types.ActionContinue) == late {
			t.Fatalf("%s, trailers: %v", path, action)
		}
		if late {
			calls := host.GetCalloutAttributesFromContext(id)
			host.CallOnHttpCallResponse(calls[0].CalloutID, [][2]string{{":status", "200"}}, nil, []byte(`{"subject":"alice"}`))
		}
		if host.GetCurrentHttpStreamAction(id) != types.ActionContinue {
			t.Fatalf("%s: stopped", path)
		}
		left, err := sdkhost.GetHttpRequestTrailers()
		if got := names(left); err != nil || !slices.Equal(got, []string{"x-sum"}) {
			t.Errorf("%s: %q, %v", path, got, err)
		}
		host.CompleteHttpContext(id)
	}
	t.Run("before", func(t *testing.T) { check(t, true) })
	t.Run("after", func(t *testing.T) { check(t, false) })
}
