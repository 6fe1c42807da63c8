package subject

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"sigs.k8s.io/yaml"

	"oathgate/bench/workload"
	"oathgate/internal/supervise"
)

// oathgate is Envoy with a build of the filter, in the configuration that envoy.yaml shows: all that stands around the
// filter there is measured with it.
type oathgate struct {
	opt    Options
	module string
	name   string
	// text is envoy.yaml, and sum the module's SHA-256.
	text, sum []byte
	size      int
	missing   string
}

func newOathgate(opt Options, module, name string) *oathgate {
	o := &oathgate{opt: opt, module: module, name: name}
	wasm, err := os.ReadFile(module)
	if err == nil {
		o.text, err = os.ReadFile(filepath.Join(supervise.Root(), "envoy.yaml"))
	}
	if err != nil {
		o.missing = err.Error()
		return o
	}
	sum := sha256.Sum256(wasm)
	o.sum, o.size = sum[:], len(wasm)
	return o
}

func (o *oathgate) Name() string    { return o.name }
func (o *oathgate) Missing() string { return o.missing }

func (o *oathgate) Title() string {
	if o.name == oathgateName {
		return "Envoy with Oathgate"
	}
	return "Envoy with " + filepath.Base(o.module)
}

func (o *oathgate) Version() string {
	if o.missing != "" {
		return ""
	}
	return fmt.Sprintf("Envoy %s, module of %d bytes, SHA-256 %.6x", o.opt.Envoy.Version, o.size, o.sum)
}

func (o *oathgate) Serves(*workload.Setup, *workload.Workload) bool { return true }

func (o *oathgate) Start(ctx context.Context, setup *workload.Setup) (*Running, error) {
	r, err := started(ctx, o.opt, o, setup, byRule, func(l *launch) error {
		config, err := o.config(l.dir, setup)
		if err != nil {
			return err
		}
		// The filter says what it has read, and nothing of requests.
		l.envoyArgs = []string{"--component-log-level", "wasm:info"}
		return l.proxy(ctx, config)
	})
	if err == nil {
		r.configured = configured(r.processes[0].Log(math.MaxInt))
	}
	return r, err
}

var inForce = regexp.MustCompile(`oathgate: [0-9]+ rules in force, read in ([0-9]+) ms`)

// configured is what the filter's VMs say in Envoy's log of how long they took in on_configure.
func configured(log string) (took []time.Duration) {
	for _, found := range inForce.FindAllStringSubmatch(log, -1) {
		if ms, err := strconv.Atoi(found[1]); err == nil {
			took = append(took, time.Duration(ms)*time.Millisecond)
		}
	}
	return took
}

// config is envoy.yaml with this module, a setup's document, and the addresses of the benchmark.
func (o *oathgate) config(dir string, setup *workload.Setup) (object, error) {
	var config object
	if err := yaml.Unmarshal(o.text, &config); err != nil {
		return nil, err
	}
	u := o.opt.Upstream
	var d digger
	listener := d.object(config, "static_resources", "listeners", 0)
	plugin := d.object(d.filter(listener), "typed_config", "config")
	machine := d.object(plugin, "vm_config")
	configuration := d.object(plugin, "configuration")
	own := d.object(configuration, "value", "oathgate")
	static := d.object(config, "static_resources")
	breakers := []object{d.object(static, "clusters", 0, "circuit_breakers"), d.object(static, "clusters", 1, "circuit_breakers")}
	if d.err != nil {
		return nil, d.err
	}
	config["admin"] = admin(dir)
	listener["name"], listener["address"] = benchListener, socket("127.0.0.1:0")
	machine["code"] = object{"local": object{"filename": o.module}}
	static["clusters"] = list{
		cluster("upstream", u.strict, object{"circuit_breakers": breakers[0]}),
		cluster("identity", u.identity, object{"circuit_breakers": breakers[1]}),
	}
	own["clusters"] = object{"http://" + u.strict: "upstream", "http://" + u.identity: "identity"}
	doc := document(setup, u)
	doc["access_rules"] = object{"matching_strategy": "regexp", "rules": accessRules(setup, u)}
	doc["oathgate"] = own
	configuration["value"] = doc
	return config, nil
}

// digger finds objects in a configuration, and keeps why it did not.
type digger struct{ err error }

// object follows keys (string) and indices (int).
func (d *digger) object(node any, path ...any) object {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			o, _ := node.(object)
			node = o[step]
		case int:
			l, _ := node.(list)
			if node = nil; 0 <= step && step < len(l) {
				node = l[step]
			}
		}
	}
	found, ok := node.(object)
	if !ok && d.err == nil {
		d.err = fmt.Errorf("envoy.yaml: no object at %v", path)
	}
	return found
}

// filter is the HTTP filter "oathgate" of a listener.
func (d *digger) filter(listener object) object {
	chain := d.object(listener, "filter_chains", 0)
	filters := asList(chain["filters"])
	for i := range filters {
		manager := d.object(chain, "filters", i, "typed_config")
		for j := range asList(manager["http_filters"]) {
			if f := d.object(manager, "http_filters", j); f["name"] == "oathgate" {
				return f
			}
		}
	}
	if d.err == nil {
		d.err = errors.New("envoy.yaml: no filter oathgate")
	}
	return nil
}
