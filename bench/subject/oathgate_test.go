package subject

import (
	"strings"
	"testing"

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
