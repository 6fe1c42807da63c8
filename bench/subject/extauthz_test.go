package subject

import (
	"net/http"
	"testing"

	"oathgate/bench/workload"
)

// An Envoy with nobody to ask does not answer as if it had been told to refuse: a setup whose requests are denied would
// be ready, and measured, without the other program.
func TestNobodyToAsk(t *testing.T) {
	setup := workload.Setups(workload.Options{Wanted: func(name string) bool { return name == "denied" }})[0]
	envoy, upstream := startUpstream(t, []*workload.Setup{setup})
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLaunch(envoy)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	nobody := loopback(ports[0])
	filter := authzFilter(object{"http_service": object{
		"server_uri": object{"uri": "http://" + nobody, "cluster": authorizerCluster, "timeout": authorizerTimeout},
	}})
	if err := l.proxy(t.Context(), bootstrap(l.dir,
		[]object{listener(benchListener, toUpstream(), []object{filter})},
		[]object{cluster("upstream", upstream.strict, nil), cluster(authorizerCluster, nobody, nil)})); err != nil {
		t.Fatal(err)
	}
	got, err := ask(t.Context(), l.address, setup.Workloads[0].Sample)
	if err != nil || got.status != http.StatusServiceUnavailable {
		t.Errorf("answered %d, %v", got.status, err)
	}
}
