package istio

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	goccy "github.com/goccy/go-yaml"
	"sigs.k8s.io/yaml"

	"oathgate/internal/source"
	"oathgate/internal/treetest"
	"oathgate/rules/program"
)

type tree = map[string]any

const site = `
access_rules:
  rules:
    - {id: me, match: {url: "<https?>://app.test/me", methods: [GET]}, upstream: {url: "http://app.test:8080/v1"},
       authenticators: [{handler: cookie_session}, {handler: oauth2_introspection}], authorizer: {handler: remote_json}, mutators: [{handler: header}]}
    - {id: open, match: {url: "<https?>://app.test/open", methods: [GET]},
       authenticators: [{handler: anonymous}], authorizer: {handler: remote_json, config: {remote: "http://policy.example.com:8181/"}}, mutators: [{handler: header}]}
authenticators:
  anonymous: {enabled: true}
  cookie_session: {enabled: true, config: {check_session_url: "http://kratos.identity.svc.cluster.local:4433/sessions/whoami"}}
  oauth2_introspection: {enabled: true, config: {introspection_url: "https://id.example.com/introspect"}}
authorizers:
  allow: {enabled: true}
  remote: {enabled: true, config: {remote: "http://policy.example.com:8181/"}}
  remote_json: {enabled: true, config: {remote: "http://id.example.com:8080/check", payload: "{}"}}
mutators:
  header: {enabled: true, config: {headers: {X-A: "yes", X-B: "0x10", X-C: "1_000", X-D: "12:30", X-E: "~", X-F: "é \U0001F511", X-G: "null", X-H: "- a: b #"}}}
`

func load(t *testing.T, text string, more ...string) *source.Configuration {
	t.Helper()
	var files []string
	for i, text := range append([]string{text}, more...) {
		files = append(files, filepath.Join(t.TempDir(), string(rune('a'+i))+".yaml"))
		if err := os.WriteFile(files[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, problems := source.Load(source.Options{Files: files})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c
}

func gateway() Options {
	return Options{Name: "guard", Namespace: "edge", Selector: map[string]string{"istio": "gw"}, URL: "oci://r.test/oathgate:1"}
}

// render gives the objects by kind and name, as kubectl reads them.
func render(t *testing.T, c *source.Configuration, o Options) (map[string]tree, []string) {
	t.Helper()
	text, notes, err := Render(c, o)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]tree{}
	for part := range strings.SplitSeq(string(text), "\n---\n") {
		var object, other tree
		if err := yaml.UnmarshalStrict([]byte(part), &object); err != nil {
			t.Fatal(err)
		}
		// A reader of YAML 1.2 finds the same.
		if err := goccy.Unmarshal([]byte(part), &other); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(plain(t, object), plain(t, other)) {
			t.Errorf("two readings of\n%s", part)
		}
		list[object["kind"].(string)+" "+treetest.At(object, "metadata", "name").(string)] = object
	}
	return list, notes
}

func plain(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestObjects(t *testing.T) {
	list, notes := render(t, load(t, site), gateway())
	for _, name := range []string{
		"ServiceEntry guard-id.example.com", "DestinationRule guard-id.example.com", "DestinationRule guard-kratos.identity.svc.cluster.local",
		"ServiceEntry guard-policy.example.com", "DestinationRule guard-policy.example.com", "EnvoyFilter guard", "WasmPlugin guard",
	} {
		if treetest.At(list[name], "metadata", "namespace") != "edge" {
			t.Errorf("no %s: %v", name, list[name])
		}
	}
	if len(list) != 7 {
		t.Errorf("%d objects", len(list))
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "upstream") {
		t.Errorf("%q", notes)
	}
}

// What Istio hands to the filter is the operator's configuration, and the filter takes it.
func TestPluginConfig(t *testing.T) {
	c := load(t, site, "oathgate: {scheme: https, access_log: true, peer_state: mine, cluster_naming: oathgate}")
	list, _ := render(t, c, gateway())
	spec := list["WasmPlugin guard"]["spec"].(tree)
	if spec["phase"] != "AUTHN" || spec["failStrategy"] != "FAIL_RELOAD" || spec["url"] != "oci://r.test/oathgate:1" || treetest.At(spec, "selector", "matchLabels", "istio") != "gw" || spec["match"] != nil {
		t.Errorf("%v", spec)
	}
	config := spec["pluginConfig"].(tree)
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	p, problems := program.Load(text)
	if len(problems) > 0 || p.Rules() != 2 || p.RulesRoute() || p.PeerState() != "oathgate.peer" || p.Scheme() != "https" || !p.AccessLog() {
		t.Fatalf("%v %+v", problems, p)
	}
	var was tree
	if err := json.Unmarshal(c.Document, &was); err != nil {
		t.Fatal(err)
	}
	delete(was, "oathgate")
	delete(config, "oathgate")
	if !reflect.DeepEqual(plain(t, config), plain(t, was)) {
		t.Errorf("%v\ninstead of\n%v", config, was)
	}
}

func TestServers(t *testing.T) {
	list, _ := render(t, load(t, site), gateway())
	entry := treetest.At(list["ServiceEntry guard-id.example.com"], "spec")
	want := tree{"hosts": []any{"id.example.com"}, "resolution": "DNS", "exportTo": []any{"."}, "ports": []any{
		tree{"number": 8080.0, "name": "http-8080", "protocol": "HTTP"}, tree{"number": 443.0, "name": "https-443", "protocol": "HTTPS"},
	}}
	if !reflect.DeepEqual(entry, any(want)) {
		t.Errorf("%v", entry)
	}
	for name, ports := range map[string]int{"id.example.com": 1, "policy.example.com": 0, "kratos.identity.svc.cluster.local": 0} {
		rule := treetest.At(list["DestinationRule guard-"+name], "spec")
		policy := treetest.At(rule, "trafficPolicy")
		settings, _ := treetest.At(policy, "portLevelSettings").([]any)
		if treetest.At(rule, "host") != name || treetest.At(policy, "tls") != nil || len(settings) != ports || treetest.At(rule, "workloadSelector", "matchLabels", "istio") != "gw" {
			t.Errorf("%s: %v", name, rule)
		}
		for _, policy := range append(settings, policy) {
			pool := treetest.At(policy, "connectionPool")
			if treetest.At(pool, "tcp", "maxConnections") != 4096.0 || treetest.At(pool, "http", "http1MaxPendingRequests") != 4096.0 || treetest.At(pool, "tcp", "connectTimeout") != "2s" {
				t.Errorf("%s: no circuit breakers: %v", name, policy)
			}
		}
	}
	secure := treetest.At(list["DestinationRule guard-id.example.com"], "spec", "trafficPolicy", "portLevelSettings", 0)
	tls := tree{"mode": "SIMPLE", "sni": "id.example.com", "subjectAltNames": []any{"id.example.com"}, "caCertificates": "system", "insecureSkipVerify": false}
	if treetest.At(secure, "port", "number") != 443.0 || !reflect.DeepEqual(treetest.At(secure, "tls"), any(tls)) {
		t.Errorf("%v", secure)
	}
	o := gateway()
	o.CACertificates = "/etc/identity/ca.pem"
	list, _ = render(t, load(t, site), o)
	if got := treetest.At(list["DestinationRule guard-id.example.com"], "spec", "trafficPolicy", "portLevelSettings", 0, "tls", "caCertificates"); got != "/etc/identity/ca.pem" {
		t.Errorf("%v", got)
	}
}

// A cluster that the operator names is the operator's.
func TestOwnCluster(t *testing.T) {
	list, _ := render(t, load(t, site, `oathgate: {clusters: {"https://id.example.com": mine, "http://policy.example.com:8181": other}}`), gateway())
	ports, _ := treetest.At(list["ServiceEntry guard-id.example.com"], "spec", "ports").([]any)
	if len(ports) != 1 || list["ServiceEntry guard-policy.example.com"] != nil {
		t.Errorf("%v", list)
	}
}

func TestGuards(t *testing.T) {
	for context, sidecar := range map[string]bool{"GATEWAY": false, "SIDECAR_INBOUND": true} {
		o := gateway()
		o.Sidecar = sidecar
		list, _ := render(t, load(t, site, "serve: {proxy: {timeout: {read: 1s, write: 2s, idle: 3s}}}"), o)
		if mode := treetest.At(list["WasmPlugin guard"], "spec", "match", 0, "mode"); (mode == "SERVER") != sidecar {
			t.Errorf("%s: %v", context, mode)
		}
		spec := list["EnvoyFilter guard"]["spec"]
		patches, _ := treetest.At(spec, "configPatches").([]any)
		if len(patches) != 3 || treetest.At(spec, "workloadSelector", "labels", "istio") != "gw" {
			t.Fatalf("%v", spec)
		}
		for i, want := range []struct{ to, how, name, before string }{
			{"NETWORK_FILTER", "MERGE", "envoy.filters.network.http_connection_manager", ""},
			{"NETWORK_FILTER", "INSERT_BEFORE", "oathgate.peer", ""},
			{"HTTP_FILTER", "INSERT_BEFORE", "oathgate.interlock", "envoy.filters.http.router"},
		} {
			filter := treetest.At(patches[i], "match", "listener", "filterChain", "filter")
			before, _ := treetest.At(filter, "subFilter", "name").(string)
			if treetest.At(patches[i], "applyTo") != want.to || treetest.At(patches[i], "patch", "operation") != want.how || treetest.At(patches[i], "patch", "value", "name") != want.name ||
				before != want.before || treetest.At(filter, "name") != managerName || treetest.At(patches[i], "match", "context") != context {
				t.Errorf("%+v: %v", want, patches[i])
			}
		}
		limits := tree{
			"@type":          "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
			"normalize_path": true, "merge_slashes": true, "request_headers_timeout": "1s", "request_timeout": "3s",
			"stream_idle_timeout": "2s", "common_http_protocol_options": tree{"idle_timeout": "3s"},
		}
		if got := treetest.At(patches[0], "patch", "value", "typed_config"); !reflect.DeepEqual(got, any(limits)) {
			t.Errorf("%v", got)
		}
		state := treetest.At(patches[1], "patch", "value", "typed_config", "on_new_connection", 0)
		if treetest.At(state, "object_key") != "oathgate.peer" || treetest.At(state, "factory_key") != "envoy.string" ||
			treetest.At(state, "format_string", "text_format_source", "inline_string") != "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%" {
			t.Errorf("%v", state)
		}
		rules := tree{"policies": tree{"allowed-by-oathgate": tree{
			"permissions": []any{tree{"any": true}},
			"principals":  []any{tree{"filter_state": tree{"key": "wasm.oathgate.decision", "string_match": tree{"exact": "allow"}}}},
		}}}
		if got := treetest.At(patches[2], "patch", "value", "typed_config", "rules"); !reflect.DeepEqual(got, any(rules)) {
			t.Errorf("%v", got)
		}
	}
}

func TestNoBound(t *testing.T) {
	list, _ := render(t, load(t, site, "serve: {proxy: {timeout: {read: 0s, write: 0s, idle: 0s}}}"), gateway())
	got := treetest.At(list["EnvoyFilter guard"], "spec", "configPatches", 0, "patch", "value", "typed_config").(tree)
	for key := range got {
		if strings.HasSuffix(key, "_timeout") || key == "common_http_protocol_options" {
			t.Errorf("%s: %v", key, got[key])
		}
	}
}

func TestSameAgain(t *testing.T) {
	first, _, err := Render(load(t, site), gateway())
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if again, _, _ := Render(load(t, site), gateway()); !bytes.Equal(first, again) {
			t.Fatal("the same configuration gives another text")
		}
	}
}

func TestRefused(t *testing.T) {
	elsewhere := func(url string) string {
		return `authorizers: {remote_json: {enabled: true, config: {remote: "` + url + `", payload: "{}"}}}`
	}
	for want, more := range map[string]string{
		"oathgate.role: decision":                       "oathgate: {role: decision}",
		"serve.proxy.cors":                              "serve: {proxy: {cors: {enabled: true}}}",
		`the rules ["up"] look at the request body`:     `access_rules: {rules: [{id: up, match: {url: "http://app.test/up", methods: [POST]}, authenticators: [{handler: anonymous}], authorizer: {handler: remote}, mutators: [{handler: header}]}]}`,
		"http://10.0.0.1:80: Istio's clusters are":      elsewhere("http://10.0.0.1/"),
		"http://[::1]:8080: Istio's clusters are":       elsewhere("http://[::1]:8080/"),
		"http://kratos:80: write the name in full":      elsewhere("http://kratos/"),
		"http://kratos.identity.svc:80: write the name": elsewhere("http://kratos.identity.svc/"),
		"http://a_b.example.com:80: Istio takes no":     elsewhere("http://a_b.example.com/"),
		"a port speaks TLS or it does not":              elsewhere("http://id.example.com:443/"),
	} {
		text, _, err := Render(load(t, site, more), gateway())
		if err == nil || !strings.Contains(err.Error(), want) || text != nil {
			t.Errorf("instead of %q: %v", want, err)
		}
	}
	for want, spoil := range map[string]func(*Options){
		"the name":            func(o *Options) { o.Name = "A" },
		"the namespace":       func(o *Options) { o.Namespace = "a.b" },
		"no selector":         func(o *Options) { o.Selector = nil },
		"the selector":        func(o *Options) { o.Selector = map[string]string{"a": "*"} },
		"the selector =":      func(o *Options) { o.Selector = map[string]string{"": "a"} },
		"no URL":              func(o *Options) { o.URL = "" },
		"is not one":          func(o *Options) { o.URL = "oci://%zz" },
		"SHA-256 digest":      func(o *Options) { o.SHA256 = strings.Repeat("A", 64) },
		"over http://":        func(o *Options) { o.URL = "http://r.test/oathgate.wasm" },
		"three slashes":       func(o *Options) { o.URL = "file://opt/oathgate.wasm" },
		"loaded from s3":      func(o *Options) { o.URL = "s3://a/b" },
		"the CA certificates": func(o *Options) { o.CACertificates = "ca.pem" },
	} {
		o := gateway()
		spoil(&o)
		if text, _, err := Render(load(t, site), o); err == nil || !strings.Contains(err.Error(), want) || text != nil {
			t.Errorf("instead of %q: %v", want, err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	rule := `{id: "` + strings.Repeat("x", 1000) + `", match: {url: "http://a.test/", methods: [GET]}, authenticators: [{handler: anonymous}], authorizer: {handler: allow}, mutators: [{handler: header}]}, `
	text, _, err := Render(load(t, site, "access_rules: {rules: ["+strings.Repeat(rule, 1000)+"]}"), gateway())
	if err == nil || !strings.Contains(err.Error(), "1.5 MiB") || text != nil {
		t.Errorf("%v", err)
	}
}
