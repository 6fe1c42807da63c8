package source

import (
	"strings"

	"oathgate/rules/tree"
)

// Log is the log section.
type Log struct {
	// Level is panic, fatal, error, warn, info, debug or trace; by default info.
	Level string
	// Format is text, json, json_pretty or gelf; by default text.
	Format string
	// LeakSensitiveValues lets queries into the log.
	LeakSensitiveValues bool
}

// Prometheus is where metrics are served, serve.prometheus.
type Prometheus struct {
	// Host is the address to listen on, "" for all.
	Host string
	// Port is by default 9000; 0 is one that is free.
	Port uint16
	// Path is metrics_path, by default /metrics. Oathkeeper answers at every path.
	Path string
}

// sections reads those sections of Oathkeeper's configuration that the filter does not.
func (l *loader) sections(root *tree.Node) {
	var found tree.Problems
	o := tree.NewCursor(root, "", &found).Object()
	serve := o.Field("serve").NullAsAbsent().Object()
	l.config.Proxy = l.server(serve.Field("proxy"), 4455, true)
	l.config.API = l.server(serve.Field("api"), 4456, false)
	l.config.Prometheus = l.prometheus(serve.Field("prometheus"))
	serve.Done()
	l.config.Log = l.logging(o.Field("log"))
	tracing := o.Field("tracing").NullAsAbsent()
	checkTracing(tracing)
	if tracing.Len() > 0 {
		l.note(tracing, "traces are Envoy's to send: configure them there")
	}
	profiling := o.Field("profiling")
	if profiling.Enum("", "cpu", "mem", "") != "" {
		l.note(profiling, "this program writes no profiles: Envoy's admin interface has /cpuprofiler and /heapprofiler")
	}
	l.found(root, found.List())
}

func (l *loader) logging(c tree.Cursor) (log Log) {
	o := c.NullAsAbsent().Object()
	log = Log{
		Level:               o.Field("level").Enum("info", "panic", "fatal", "error", "warn", "info", "debug", "trace"),
		Format:              o.Field("format").Enum("text", "text", "json", "json_pretty", "gelf"),
		LeakSensitiveValues: o.Field("leak_sensitive_values").Bool(false),
	}
	redaction, headers := o.Field("redaction_text"), o.Field("additional_redacted_headers")
	if redaction.StringOr("") != "" {
		l.note(redaction, "what is sensitive is left out of the log, so nothing stands in its place")
	}
	if headers.Strings() != nil {
		l.note(headers, "the log has no headers")
	}
	o.Done()
	return log
}

func (l *loader) prometheus(c tree.Cursor) (p Prometheus) {
	o := c.NullAsAbsent().Object()
	path := o.Field("metrics_path")
	p = Prometheus{
		Host: host(o.Field("host")),
		Port: port(o.Field("port"), 9000),
		Path: path.StringOr("/metrics"),
	}
	if path.Kind() == tree.String && (p.Path == "" || p.Path[0] != '/') {
		path.Fail("must start with a slash, such as /metrics")
	}
	prefix, hide, collapse := o.Field("metric_name_prefix"), o.Field("hide_request_paths"), o.Field("collapse_request_paths")
	if prefix.StringOr("") != "" {
		l.note(prefix, "the metrics are Envoy's and have its names")
	}
	if hide.Bool(false) {
		l.note(hide, "no metric has a request's path in it")
	}
	if !collapse.Bool(true) {
		l.note(collapse, "no metric has a request's path in it")
	}
	o.Done()
	return p
}

// checkTracing reads what has no effect here: a misspelt key is a mistake all the same.
func checkTracing(c tree.Cursor) {
	o := c.Object()
	o.Field("provider").Enum("", "jaeger", "otel", "zipkin")
	o.Field("service_name").StringOr("")
	o.Field("deployment_environment").StringOr("")
	providers := o.Field("providers").NullAsAbsent().Object()
	jaeger := providers.Field("jaeger").NullAsAbsent().Object()
	jaeger.Field("local_agent_address").StringOr("")
	sampling := jaeger.Field("sampling").NullAsAbsent().Object()
	sampling.Field("server_url").StringOr("")
	number(sampling.Field("trace_id_ratio"))
	sampling.Done()
	jaeger.Done()
	zipkin := providers.Field("zipkin").NullAsAbsent().Object()
	zipkin.Field("server_url").StringOr("")
	ratio(zipkin.Field("sampling"))
	zipkin.Done()
	otlp := providers.Field("otlp").NullAsAbsent().Object()
	otlp.Field("server_url").StringOr("")
	otlp.Field("insecure").Bool(false)
	ratio(otlp.Field("sampling"))
	otlp.Field("authorization_header").StringOr("")
	otlp.Done()
	providers.Done()
	o.Done()
}

func ratio(c tree.Cursor) {
	o := c.NullAsAbsent().Object()
	number(o.Field("sampling_ratio"))
	o.Done()
}

func number(c tree.Cursor) {
	if c.Present() && c.Kind() != tree.Number {
		c.Fail("must be a number, not " + c.Kind().String())
	}
}

func port(c tree.Cursor, def uint16) uint16 { return uint16(c.Int(int(def), 0, 65535)) }

// host reads an address to listen on: it must not hold the port, which has a key of its own. IPv6 may stand in brackets:
// Oathkeeper needs them.
func host(c tree.Cursor) string {
	h := c.StringOr("")
	for _, r := range h {
		if r <= ' ' || r == '/' || r > '~' {
			c.Fail("must be an address or a name to listen on, without scheme and path; leave it out for all addresses")
			return ""
		}
	}
	if inner, ok := strings.CutPrefix(h, "["); ok && strings.HasSuffix(inner, "]") {
		return strings.TrimSuffix(inner, "]")
	}
	return h
}
