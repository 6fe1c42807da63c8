package conformance

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/conformance"
	"oathgate/internal/corpus"
	"oathgate/internal/render"
	"oathgate/internal/supervise"
	"oathgate/rules/program"
	"oathgate/rules/token"
)

// envoys is the target that is a real Envoy. Many cases share one process: of each the listener that `oathgate run` would
// render for it, with its filter; all filters are in one VM. When a case comes that the process does not have, the next
// batch of cases gets a process of its own: Envoy tries every filter in a VM that it makes for that, and a thousand would
// take longer to start than we wait.
type envoys struct {
	t        *testing.T
	listener string // proxy or api
	module   string
	binary   supervise.Binary
	backends *backends
	batches  [][]*conformance.Prepared // those to come
	started  int
	*envoy   // the running one, nil before the first
}

// envoy is one process.
type envoy struct {
	process   *supervise.Process
	addresses map[string]string
	dir       string
}

type object = map[string]any

// batch is the number of cases in a process.
const batch = 150

func newEnvoys(t *testing.T, cases []*conformance.Prepared, listener string) *envoys {
	t.Helper()
	module, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := supervise.Find(t.Context(), supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	// Envoy 1.36 has no foreign function sign: configurations that need it are refused there.
	lack := token.Lack{Sign: strings.HasPrefix(binary.Version, "1.36.")}
	for _, p := range cases {
		if document := p.Document(); document != nil {
			if _, problems := program.LoadOn(document, lack, nil); problems != nil {
				p.Scope = "Envoy " + binary.Version + " does not sign"
			}
		}
	}
	configured := slices.DeleteFunc(slices.Clone(cases), func(p *conformance.Prepared) bool { return p.Document() == nil || p.Scope != "" })
	return &envoys{
		t: t, listener: listener, module: module, binary: binary, backends: startBackends(t),
		batches: slices.Collect(slices.Chunk(configured, batch)),
	}
}

// next stops the running Envoy and starts the one of the next batch.
func (e *envoys) next() error {
	if len(e.batches) == 0 {
		return errors.New("there are no further cases")
	}
	e.stop()
	began := time.Now()
	// Not t.TempDir: the path of a Unix socket has little room.
	dir, err := os.MkdirTemp("", "oathgate-e2e-")
	if err != nil {
		return err
	}
	cases := e.batches[0]
	e.batches = e.batches[1:]
	bootstrap, err := e.bootstrap(cases, dir)
	if err != nil {
		return err
	}
	process, err := supervise.Start(e.t.Context(), supervise.Options{
		Envoy: e.binary.Path, Config: bootstrap, Dir: dir, Concurrency: 1, LogLevel: "error", Ready: 4 * time.Minute,
	})
	if err != nil {
		return err
	}
	e.envoy = &envoy{process: process, dir: dir}
	e.started++
	if e.addresses, err = harness.Listening(e.t.Context(), process.Admin()); err != nil {
		return err
	}
	e.t.Logf("Envoy %s: %d listeners ready after %v", e.binary.Version, len(e.addresses), time.Since(began).Round(100*time.Millisecond))
	return nil
}

// stop stops the running Envoy, and fails the test if it is not as it should be after all its cases.
func (e *envoys) stop() {
	if e.envoy == nil {
		return
	}
	if err := e.process.Err(); err != nil {
		e.t.Error(err)
	}
	stats, err := e.process.Admin().Stats(e.t.Context(), "oathgate.panics")
	if err != nil || stats["oathgate.panics"] != 0 {
		e.t.Errorf("the filter panicked: %v, %v", stats, err)
	}
	e.process.Stop()
	if end := e.process.Log(20); end != "" && e.t.Failed() {
		e.t.Logf("the end of Envoy's log:\n%s", end)
	}
	os.RemoveAll(e.dir)
	e.envoy = nil
}

// close ends the target.
func (e *envoys) close() {
	e.stop()
	if len(e.backends.stray) > 0 {
		e.t.Errorf("the upstream saw requests when none was under way: %q", e.backends.stray)
	}
}

// bootstrap renders every case as `oathgate run` does, and puts the listeners into the files of one Envoy.
func (e *envoys) bootstrap(cases []*conformance.Prepared, dir string) (path string, err error) {
	var listeners []any
	common := render.Config{
		Prometheus: render.Metrics{Host: "127.0.0.1", Path: "/metrics"}, Module: e.module, Dir: dir,
		Proxy: render.Listener{Host: "127.0.0.1"}, API: render.Listener{Host: "127.0.0.1"},
		ProxyDocument: []byte("{}"), APIDocument: []byte("{}"),
	}
	for _, p := range cases {
		c := p.Config
		c.Module, c.Dir, c.Prometheus = e.module, dir, common.Prometheus
		c.Proxy.Host, c.Proxy.Port, c.API.Host, c.API.Port = "127.0.0.1", 0, "127.0.0.1", 0
		c.Log.Level = "panic" // no access log
		for i := range c.Origins {
			c.Origins[i] = e.at(c.Origins[i])
		}
		l, err := listenerOf(c, e.listener)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p.Name(), err)
		}
		l["name"] = p.Name()
		l["@type"] = "type.googleapis.com/envoy.config.listener.v3.Listener"
		listeners = append(listeners, l)
		common.Origins = append(common.Origins, c.Origins...)
	}
	files, err := rendered(common)
	if err != nil {
		return "", err
	}
	bootstrap := files["bootstrap.json"]
	resources, _ := bootstrap["static_resources"].(object)
	delete(resources, "listeners")
	clusters, _ := resources["clusters"].([]any)
	for _, c := range list(files["cds.json"], "resources") {
		cluster, _ := c.(object)
		delete(cluster, "@type")
		clusters = append(clusters, cluster)
	}
	resources["clusters"] = clusters
	discovery := filepath.Join(dir, "listeners.json")
	bootstrap["dynamic_resources"] = object{"lds_config": object{
		"resource_api_version": "V3", "path_config_source": object{"path": discovery},
	}}
	path = filepath.Join(dir, "all.json")
	if err := write(discovery, object{"resources": listeners}); err != nil {
		return "", err
	}
	return path, write(path, bootstrap)
}

// at is where an origin listens: a stub, or a port that nobody listens on.
func (e *envoys) at(o render.Origin) render.Origin {
	o.Host, o.Port = "127.0.0.1", 1
	if address, ok := e.backends.addresses[o.Cluster]; ok {
		_, port, _ := net.SplitHostPort(address)
		number, _ := strconv.ParseUint(port, 10, 16)
		o.Port = uint16(number)
	}
	return o
}

// listenerOf is a rendered listener with its filter in it, instead of in a file of its own.
func listenerOf(c render.Config, name string) (object, error) {
	files, err := rendered(c)
	if err != nil {
		return nil, err
	}
	resources, _ := files["bootstrap.json"]["static_resources"].(object)
	for _, l := range list(resources, "listeners") {
		l, _ := l.(object)
		if l["name"] != name {
			continue
		}
		filter, _ := list(files["ecds-"+name+".json"], "resources")[0].(object)
		chain, _ := list(l, "filter_chains")[0].(object)
		for _, f := range list(chain, "filters") {
			f, _ := f.(object)
			manager, _ := f["typed_config"].(object)
			for _, f := range list(manager, "http_filters") {
				f, _ := f.(object)
				if f["config_discovery"] != nil {
					delete(f, "config_discovery")
					f["typed_config"] = filter["typed_config"]
					return l, nil
				}
			}
		}
	}
	return nil, fmt.Errorf("there is no listener %s with a filter", name)
}

// rendered are the files by their names.
func rendered(c render.Config) (map[string]object, error) {
	files, err := render.Render(c)
	if err != nil {
		return nil, err
	}
	out := map[string]object{}
	for _, f := range files {
		var content object
		if err := json.Unmarshal(f.Content, &content); err != nil {
			return nil, err
		}
		out[f.Name] = content
	}
	return out, nil
}

func list(o object, key string) []any {
	l, _ := o[key].([]any)
	return l
}

func write(path string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// Open implements corpus.Target.
func (e *envoys) Open(c *corpus.Case) (corpus.Session, error) {
	if e.envoy == nil || !e.has(c.ID) {
		if err := e.next(); err != nil {
			return nil, err
		}
	}
	if !e.has(c.ID) {
		return nil, fmt.Errorf("Envoy has no listener %s; the end of its log:\n%s", c.ID, e.process.Log(10))
	}
	return &session{backends: e.backends, at: harness.Endpoint{Address: e.addresses[c.ID]}}, nil
}

func (e *envoy) has(listener string) bool { return e.addresses[listener] != "" }

type session struct {
	backends *backends
	at       harness.Endpoint
}

func (s *session) Refused() []string { return nil }

func (s *session) Close() error { return nil }

// Do sends the request's bytes on a connection of their own. A connection that ends without an answer is status 0.
func (s *session) Do(r *corpus.Request) (*corpus.Observation, error) {
	time.Sleep(r.Advance)
	var reply harness.Reply
	o, err := s.backends.during(r, func() (err error) {
		reply, err = s.ask(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	o.Status, o.Body = reply.Status, reply.Body
	for name, values := range reply.Header {
		for _, v := range values {
			o.Headers = append(o.Headers, corpus.Header{Name: strings.ToLower(name), Value: v})
		}
	}
	return o, nil
}

func (s *session) ask(r *corpus.Request) (reply harness.Reply, err error) {
	conn, err := s.at.Dial()
	if err != nil {
		return reply, err
	}
	defer conn.Close()
	// Envoy may answer before all of it is sent.
	_, _ = io.WriteString(conn, r.Wire)
	in := bufio.NewReader(conn)
	reply, err = harness.Read(in, r.Method)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return harness.Reply{Header: http.Header{}}, nil
	case err != nil:
		return reply, err
	case r.Talk != "" && reply.Status == http.StatusSwitchingProtocols:
		if _, err := io.WriteString(conn, r.Talk); err != nil {
			return reply, err
		}
		buffer := make([]byte, 4096)
		n, err := in.Read(buffer)
		reply.Body = string(buffer[:n])
		return reply, err
	}
	return reply, nil
}
