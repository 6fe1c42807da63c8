package subject

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"oathgate/bench/workload"
)

// An envoy.yaml that is not what it was is an error, never an Envoy without the filter.
func TestConfigWantsTheFilter(t *testing.T) {
	setup := workload.Setups(workload.Options{Wanted: func(name string) bool { return name == "anonymous" }})[0]
	for _, c := range []struct{ text, problem string }{
		{"{}", "no object at [static_resources listeners 0]"},
		{"static_resources: {listeners: [{filter_chains: [{filters: [{name: peer}]}]}]}", "no object at [filters 0 typed_config]"},
		{"static_resources: {listeners: [{filter_chains: [{filters: [{typed_config: {http_filters: [{name: router}]}}]}]}]}", "no filter oathgate"},
	} {
		o := &oathgate{text: []byte(c.text), opt: Options{Upstream: &Upstream{}}}
		if config, err := o.config(t.TempDir(), setup); err == nil || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v, %v", c.text, config, err)
		}
	}
}

func TestConfigured(t *testing.T) {
	got := configured(`[info][wasm] wasm log oathgate: oathgate: 1000 rules in force, read in 71 ms
[warning][main] something else
[info][wasm] wasm log oathgate: oathgate: 1000 rules in force, read in 1069 ms`)
	if !slices.Equal(got, []time.Duration{71 * time.Millisecond, 1069 * time.Millisecond}) {
		t.Error(got)
	}
	if got := configured("oathgate: 7 of 8 rules"); got != nil {
		t.Error(got)
	}
}

// What is left of envoy.yaml without the filter has nothing that is there for it, and everything else.
func TestUnfiltered(t *testing.T) {
	setup := workload.Setups(workload.Options{Wanted: func(name string) bool { return name == "anonymous" }})[0]
	upstream := &Upstream{strict: "127.0.0.1:1", open: "127.0.0.1:2", identity: "127.0.0.1:3"}
	text, err := os.ReadFile("../../envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	o := &oathgate{text: text, opt: Options{Upstream: upstream}}
	config, err := o.config(t.TempDir(), setup)
	if err != nil {
		t.Fatal(err)
	}
	if err := unfilter(config, upstream); err != nil {
		t.Fatal(err)
	}
	left, err := yaml.Marshal(config["static_resources"])
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"wasm", "x-oathgate", "filter_state", "early_header_mutation", "direct_response", "identity"} {
		if strings.Contains(string(left), gone) {
			t.Errorf("%s is left in\n%s", gone, left)
		}
	}
	for _, kept := range []string{"normalize_path: true", "merge_slashes: true", "request_timeout: 60s", "stream_idle_timeout: 60s", "circuit_breakers", "http.router", "cluster: upstream"} {
		if !strings.Contains(string(left), kept) {
			t.Errorf("%s is not left in\n%s", kept, left)
		}
	}
	if err := unfilter(object{}, upstream); err == nil {
		t.Error("nothing can be unfiltered")
	}
}
