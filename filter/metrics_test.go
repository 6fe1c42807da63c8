package main

import (
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules"
)

// How each repository is stands in gauges of its own; those of repositories that are no more are 0.
func TestRepositoryGauges(t *testing.T) {
	host, status := emulate(t, strings.Replace(document, "{", `{"oathgate": {"repositories": {"state": [
		{"name": "a", "rules": 2, "loaded": 1764000000}, {"name": "b", "rules": 3, "loaded": 1764000001, "error": "timeout"}]}},`, 1))
	if status != types.OnPluginStartStatusOK {
		t.Fatal(host.GetErrorLogs())
	}
	expect := func(want map[string]uint64) {
		t.Helper()
		for name, want := range want {
			if n, err := host.GetGaugeMetric("oathgate.repository." + name); err != nil || n != want {
				t.Errorf("%s: %d %v, want %d", name, n, err, want)
			}
		}
	}
	expect(map[string]uint64{
		"0.rules": 2, "0.loaded_timestamp_seconds": 1764000000, "0.failing": 0,
		"1.rules": 3, "1.loaded_timestamp_seconds": 1764000001, "1.failing": 1,
	})
	if _, err := host.GetGaugeMetric("oathgate.repository.2.rules"); err == nil {
		t.Error("a gauge for nobody")
	}
	m := &metrics{}
	m.show(make([]rules.Repository, 2))
	m.show(nil)
	expect(map[string]uint64{"0.rules": 0, "0.loaded_timestamp_seconds": 0, "1.rules": 0, "1.failing": 0})
}
