package render

import (
	"strings"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	celv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/filters/cel/v3"
	streamv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/stream/v3"
	filterstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	setfilterstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/set_filter_state/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/structpb"
)

const urlKey = "oathgate.url"

// noteURL keeps the client's URL for the access log: the filter rewrites an allowed request's.
func noteURL(p *packer, secure bool, l Log) *hcmv3.HttpFilter {
	scheme, path := "http", "%PATH(NQ:PATH)%"
	if secure {
		scheme = "https"
	}
	if l.LeakSensitiveValues {
		path = "%REQ(:PATH)%"
	}
	return httpFilter(p, "oathgate.url", &setfilterstatev3.Config{OnRequestHeaders: []*filterstatev3.FilterStateValue{{
		Key:        &filterstatev3.FilterStateValue_ObjectKey{ObjectKey: urlKey},
		FactoryKey: "envoy.string",
		Value:      &filterstatev3.FilterStateValue_FormatString{FormatString: inline(scheme + "://%REQ(:AUTHORITY)%" + path)},
	}}})
}

func inline(s string) *corev3.SubstitutionFormatString {
	return &corev3.SubstitutionFormatString{Format: &corev3.SubstitutionFormatString_TextFormatSource{
		TextFormatSource: &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{InlineString: s}},
	}}
}

// facts are Oathkeeper's names and what they are read from. What a client or an identity server says comes last: a
// text line is not escaped, and nothing of theirs may stand where ours is looked for.
var facts = [][2]string{
	{"status", "%RESPONSE_CODE%"},
	{"rule_id", "%FILTER_STATE(wasm.oathgate.rule_id:PLAIN)%"},
	{"reason", "%FILTER_STATE(wasm.oathgate.reason:PLAIN)%"},
	{"details", "%RESPONSE_CODE_DETAILS%"},
	{"http_method", "%REQ(:METHOD)%"},
	{"subject", "%FILTER_STATE(wasm.oathgate.subject:PLAIN)%"},
	{"http_url", "%FILTER_STATE(" + urlKey + ":PLAIN)%"},
	{"http_user_agent", "%REQ(USER-AGENT)%"},
}

// Only the filter's word tells what was granted from what was not: a refusal may be a redirect, and an upstream may
// answer 403. What is answered without a decision, such as a preflight or a health check, is neither.
const (
	isGranted = "'" + decisionKey + "' in filter_state || " +
		"'wasm.oathgate.reason' in filter_state && filter_state['wasm.oathgate.reason'] == b'allowed'"
	isDenied = "!(" + isGranted + ") && ('wasm.oathgate.reason' in filter_state || response.code < 200 || response.code >= 300)"
)

// access is one log for what was granted and one for what was denied.
func (l Log) access(p *packer) []*accesslogv3.AccessLog {
	granted := l.logger(p, "info", "true", "Access request granted")
	granted.Filter = expression(p, isGranted)
	denied := l.logger(p, "warning", "false", "Access request denied")
	denied.Filter = expression(p, isDenied)
	switch l.Level {
	case "warn", "warning":
		granted.Filter = both(granted.Filter, failed())
	case "error":
		granted.Filter, denied.Filter = both(granted.Filter, failed()), both(denied.Filter, failed())
	case "fatal", "panic":
		return nil
	}
	return []*accesslogv3.AccessLog{granted, denied}
}

func (l Log) logger(p *packer, level, granted, message string) *accesslogv3.AccessLog {
	format := &corev3.SubstitutionFormatString{}
	if l.Format == "" || l.Format == "text" {
		var line strings.Builder
		line.WriteString(`time=%START_TIME% level=` + level + ` msg="` + message + `" granted=` + granted)
		for _, f := range facts {
			line.WriteString(" " + f[0] + "=" + f[1])
		}
		format = inline(line.String() + "\n")
	} else {
		fields := map[string]*structpb.Value{
			"time": structpb.NewStringValue("%START_TIME%"), "level": structpb.NewStringValue(level),
			"msg": structpb.NewStringValue(message), "granted": structpb.NewBoolValue(granted == "true"),
		}
		for _, f := range facts {
			fields[f[0]] = structpb.NewStringValue(f[1])
		}
		format.Format = &corev3.SubstitutionFormatString_JsonFormat{JsonFormat: &structpb.Struct{Fields: fields}}
	}
	return &accesslogv3.AccessLog{
		Name: "envoy.access_loggers.stdout",
		ConfigType: &accesslogv3.AccessLog_TypedConfig{TypedConfig: p.pack(&streamv3.StdoutAccessLog{
			AccessLogFormat: &streamv3.StdoutAccessLog_LogFormat{LogFormat: format},
		})},
	}
}

func expression(p *packer, cel string) *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_ExtensionFilter{
		ExtensionFilter: &accesslogv3.ExtensionFilter{
			Name: "envoy.access_loggers.extension_filters.cel",
			ConfigType: &accesslogv3.ExtensionFilter_TypedConfig{
				TypedConfig: p.pack(&celv3.ExpressionFilter{Expression: cel}),
			},
		},
	}}
}

func failed() *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_StatusCodeFilter{
		StatusCodeFilter: &accesslogv3.StatusCodeFilter{Comparison: &accesslogv3.ComparisonFilter{
			Op:    accesslogv3.ComparisonFilter_GE,
			Value: &corev3.RuntimeUInt32{DefaultValue: 500, RuntimeKey: "oathgate.log_from_status"},
		}},
	}}
}

func both(a, b *accesslogv3.AccessLogFilter) *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_AndFilter{
		AndFilter: &accesslogv3.AndFilter{Filters: []*accesslogv3.AccessLogFilter{a, b}},
	}}
}
