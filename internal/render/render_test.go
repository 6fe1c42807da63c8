package render

import (
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"oathgate/internal/treetest"
)

type object = map[string]any

// example has an origin of each kind; the paths that it names are there.
func example(t *testing.T) Config {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return Config{
		Proxy:         Listener{Host: "127.0.0.1", Port: 4455},
		API:           Listener{Host: "::1", Port: 4456},
		Prometheus:    Metrics{Host: "127.0.0.1", Port: 9000, Path: "/metrics"},
		ProxyDocument: []byte(`{"a": 1}`),
		APIDocument:   []byte(`{"b": 2}`),
		Origins: []Origin{
			{"https", "Id.Example.", 443, "name", false},
			{"http", "10.0.0.1", 80, "address", false},
			{"https", "2001:DB8:0::1", 8443, "six", true},
			{"http", "10.0.0.1", 80, "address", false},
		},
		CABundle: put("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
		Module:   put("m.wasm", nil),
		Dir:      filepath.Join(os.TempDir(), "x"),
	}
}

// tree renders and returns one file as plain JSON.
func tree(t *testing.T, c Config, name string) any {
	t.Helper()
	files, err := Render(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name == name {
			var out any
			if err := json.Unmarshal(f.Content, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

func manager0(t *testing.T, c Config, listener int) any {
	t.Helper()
	return treetest.At(tree(t, c, "bootstrap.json"), "static_resources", "listeners", listener, "filter_chains", 0, "filters", 1, "typed_config")
}

func TestOrderOfFiles(t *testing.T) {
	files, err := Render(example(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	if want := []string{"cds.json", "ecds-proxy.json", "ecds-api.json", "bootstrap.json"}; !reflect.DeepEqual(names, want) {
		t.Errorf("%v", names)
	}
}

func TestClusters(t *testing.T) {
	c := example(t)
	resources, _ := treetest.At(tree(t, c, "cds.json"), "resources").([]any)
	if len(resources) != 3 {
		t.Fatalf("%d clusters", len(resources))
	}
	for i, want := range []struct {
		name, kind, host string
		san, kindOfSAN   any
		sni              any
	}{
		{name: "address", kind: "STATIC", host: "10.0.0.1"},
		{name: "name", kind: "STRICT_DNS", host: "id.example", san: "id.example", kindOfSAN: "DNS", sni: "id.example"},
		{name: "six", kind: "STATIC", host: "2001:db8::1", san: "2001:db8::1", kindOfSAN: "IP_ADDRESS"},
	} {
		r := resources[i]
		tls := treetest.At(r, "transport_socket", "typed_config")
		check := treetest.At(tls, "common_tls_context", "validation_context")
		kind := treetest.At(r, "type")
		if kind == nil {
			kind = "STATIC"
		}
		got := []any{
			treetest.At(r, "name"), kind, treetest.At(r, "load_assignment", "endpoints", 0, "lb_endpoints", 0, "endpoint", "address", "socket_address", "address"),
			treetest.At(check, "match_typed_subject_alt_names", 0, "matcher", "exact"), treetest.At(check, "match_typed_subject_alt_names", 0, "san_type"), treetest.At(tls, "sni"),
		}
		if !reflect.DeepEqual(got, []any{want.name, want.kind, want.host, want.san, want.kindOfSAN, want.sni}) {
			t.Errorf("%v instead of %v", got, want)
		}
		if want.san != nil && treetest.At(check, "trusted_ca", "filename") != c.CABundle {
			t.Errorf("%s: %v", want.name, check)
		}
	}
}

// Only what is said to speak HTTP/2 is spoken to in it.
func TestProtocols(t *testing.T) {
	resources := treetest.At(tree(t, example(t), "cds.json"), "resources")
	for i, want := range [][2]any{{"http_protocol_options", nil}, {"http_protocol_options", "http/1.1"}, {"http2_protocol_options", "h2"}} {
		r := treetest.At(resources, i)
		config, _ := treetest.At(r, "typed_extension_protocol_options", protocolOptions, "explicit_http_config").(object)
		if alpn := treetest.At(r, "transport_socket", "typed_config", "common_tls_context", "alpn_protocols", 0); len(config) != 1 || config[want[0].(string)] == nil || alpn != want[1] {
			t.Errorf("%v: %v, %v", treetest.At(r, "name"), config, alpn)
		}
	}
}

func TestFilters(t *testing.T) {
	c := example(t)
	for file, want := range map[string]string{"ecds-proxy.json": `{"a": 1}`, "ecds-api.json": `{"b": 2}`} {
		plugin := treetest.At(tree(t, c, file), "resources", 0, "typed_config", "config")
		if treetest.At(plugin, "configuration", "value") != want || treetest.At(plugin, "vm_config", "vm_id") != "oathgate" || treetest.At(plugin, "vm_config", "code", "local", "filename") != c.Module {
			t.Errorf("%s: %v", file, plugin)
		}
	}
}

// Oathkeeper's defaults where nothing is said, and never 0, which to Envoy is no limit.
func TestTimeLimits(t *testing.T) {
	for _, c := range []struct {
		read, write, idle time.Duration
		want              []any
	}{
		{0, 0, 0, []any{"5s", "125s", "120s", "120s"}},
		{time.Second, 2 * time.Second, 3 * time.Second, []any{"1s", "3s", "2s", "3s"}},
		{1, 1, 1, []any{"0.001s", "0.002s", "0.001s", "0.001s"}},
	} {
		config := example(t)
		config.Proxy.ReadTimeout, config.Proxy.WriteTimeout, config.Proxy.IdleTimeout = c.read, c.write, c.idle
		m := manager0(t, config, 0)
		got := []any{
			treetest.At(m, "request_headers_timeout"), treetest.At(m, "request_timeout"), treetest.At(m, "stream_idle_timeout"),
			treetest.At(m, "common_http_protocol_options", "idle_timeout"),
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v instead of %v", got, c.want)
		}
		if got := treetest.At(m, "route_config", "virtual_hosts", 0, "routes", 0, "route", "timeout"); got != c.want[2] {
			t.Errorf("the route has %v", got)
		}
	}
}

func TestEveryAddress(t *testing.T) {
	c := example(t)
	c.Proxy.Host = ""
	address := treetest.At(tree(t, c, "bootstrap.json"), "static_resources", "listeners", 0, "address", "socket_address")
	if treetest.At(address, "address") != "0.0.0.0" && (treetest.At(address, "address") != "::" || treetest.At(address, "ipv4_compat") != true) {
		t.Errorf("%v", address)
	}
}

func TestCORS(t *testing.T) {
	c := example(t)
	policy := func(cors CORS) any {
		c.Proxy.CORS = &cors
		m := manager0(t, c, 0)
		if treetest.At(m, "http_filters", 1, "name") != corsName {
			t.Errorf("the second filter is %v", treetest.At(m, "http_filters", 1))
		}
		return treetest.At(m, "route_config", "virtual_hosts", 0, "typed_per_filter_config", corsName)
	}
	got := policy(CORS{
		AllowedOrigins: []string{"https://A.test", "https://*.b.test"}, AllowedMethods: []string{"GET", "PUT"},
		AllowedHeaders: []string{"X-A"}, ExposedHeaders: []string{"X-B"}, AllowCredentials: true, MaxAge: 60,
	})
	want := object{
		"@type":                     "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
		"allow_origin_string_match": []any{object{"exact": "https://a.test"}, object{"safe_regex": object{"regex": `https://[^/]*\.b\.test`}}},
		"allow_methods":             "GET,PUT", "allow_headers": "X-A", "expose_headers": "X-B", "max_age": "60",
		"allow_credentials": true, "forward_not_matching_preflights": false,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	// Envoy would answer every site by its name, and browsers would send cookies along.
	if got := policy(CORS{AllowedOrigins: []string{"*"}, AllowCredentials: true}); treetest.At(got, "allow_credentials") != false {
		t.Errorf("%v", got)
	}
}

func TestAccessLog(t *testing.T) {
	for _, l := range []struct {
		log             Log
		logs            int
		has, hasNot     []string
		failuresGranted bool
	}{
		{log: Log{}, logs: 2, has: []string{"granted=true", "granted=false"}},
		{log: Log{Format: "json"}, logs: 2, has: []string{`"granted":true`, `"rule_id":"%FILTER_STATE(wasm.oathgate.rule_id:PLAIN)%"`}},
		{log: Log{Level: "warning"}, logs: 2, failuresGranted: true},
		{log: Log{Level: "error"}, logs: 2, failuresGranted: true},
		{log: Log{Level: "fatal"}},
	} {
		c := example(t)
		c.Log = l.log
		m := manager0(t, c, 0)
		logs, _ := treetest.At(m, "access_log").([]any)
		if len(logs) != l.logs {
			t.Errorf("%+v: %d logs", l.log, len(logs))
			continue
		}
		if l.logs == 0 {
			continue
		}
		b, err := json.Marshal(logs)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range l.has {
			if !strings.Contains(string(b), part) {
				t.Errorf("%+v: no %s in %s", l.log, part, b)
			}
		}
		if (treetest.At(logs[0], "filter", "and_filter") != nil) != l.failuresGranted {
			t.Errorf("%+v: %v", l.log, treetest.At(logs[0], "filter"))
		}
	}
}

// Nothing that a client sends is logged with its query, nor are its credentials, unless somebody wants that.
func TestNothingSensitiveIsLogged(t *testing.T) {
	for leak, want := range map[bool]string{false: "http://%REQ(:AUTHORITY)%%PATH(NQ:PATH)%", true: "http://%REQ(:AUTHORITY)%%REQ(:PATH)%"} {
		c := example(t)
		c.Log.LeakSensitiveValues = leak
		m := manager0(t, c, 0)
		state := treetest.At(m, "http_filters", 0, "typed_config", "on_request_headers", 0)
		if got := treetest.At(state, "format_string", "text_format_source", "inline_string"); got != want {
			t.Errorf("%v", got)
		}
		b, err := json.Marshal(treetest.At(m, "access_log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"PATH", "AUTHORIZATION", "COOKIE", "QUERY", "REFERER"} {
			if strings.Contains(strings.ToUpper(string(b)), "("+secret) || strings.Contains(string(b), ":"+secret) {
				t.Errorf("%s is logged: %s", secret, b)
			}
		}
	}
}

func TestMistakes(t *testing.T) {
	for want, spoil := range map[string]func(*Config){
		"no CA bundle":                   func(c *Config) { c.CABundle = "" },
		"no such file or directory":      func(c *Config) { c.CABundle += ".not" },
		"no certificate in PEM":          func(c *Config) { c.CABundle = c.Module },
		"the filter's module":            func(c *Config) { c.Module += ".not" },
		"no folder":                      func(c *Config) { c.Dir = "" },
		"choose a shorter folder":        func(c *Config) { c.Dir = "/tmp/" + strings.Repeat("x", 100) },
		"neither http nor https":         func(c *Config) { c.Origins[0].Scheme = "ftp" },
		"no port 0":                      func(c *Config) { c.Origins[0].Port = 0 },
		"neither an IP address nor":      func(c *Config) { c.Origins[0].Host = "a b" },
		"have one cluster, six":          func(c *Config) { c.Origins[0].Cluster = "six" },
		`"a\r\nb" cannot be a`:           func(c *Config) { c.Origins[0].Cluster = "a\r\nb" },
		`"oathgate_admin" cannot`:        func(c *Config) { c.Origins[0].Cluster = "oathgate_admin" },
		"is not JSON":                    func(c *Config) { c.APIDocument = []byte("a: b") },
		"serve.proxy.timeout.read":       func(c *Config) { c.Proxy.ReadTimeout = -1 },
		"serve.api.tls":                  func(c *Config) { c.API.TLS = &TLS{} },
		"serve.api.cors.allowed_origins": func(c *Config) { c.API.CORS = &CORS{AllowedOrigins: []string{"*.*"}} },
		"serve.prometheus.metrics_path":  func(c *Config) { c.Prometheus.Path = "metrics?x" },
		"serve.proxy.host":               func(c *Config) { c.Proxy.Host = "not a host" },
		"log.level":                      func(c *Config) { c.Log.Level = "loud" },
		"log.format":                     func(c *Config) { c.Log.Format = "xml" },
	} {
		c := example(t)
		spoil(&c)
		if _, err := Render(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("instead of %q: %v", want, err)
		}
	}
}
