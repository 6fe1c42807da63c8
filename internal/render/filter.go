package render

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	wasmfilterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	wasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const wasmType = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"

// filter is the Wasm filter as the ECDS file has it. Proxy and API share a VM in each worker: vm_id, module and its
// configuration are the same.
func (c *Config) filter(p *packer, name string, document []byte) *corev3.TypedExtensionConfig {
	return &corev3.TypedExtensionConfig{
		Name: name,
		TypedConfig: p.pack(&wasmfilterv3.Wasm{Config: &wasmv3.PluginConfig{
			Name:                        name,
			FailurePolicy:               wasmv3.FailurePolicy_FAIL_RELOAD,
			AllowOnHeadersStopIteration: wrapperspb.Bool(true),
			Vm: &wasmv3.PluginConfig_VmConfig{VmConfig: &wasmv3.VmConfig{
				VmId:    "oathgate",
				Runtime: "envoy.wasm.runtime.v8",
				Code: &corev3.AsyncDataSource{Specifier: &corev3.AsyncDataSource_Local{Local: &corev3.DataSource{
					Specifier: &corev3.DataSource_Filename{Filename: c.Module},
				}}},
			}},
			Configuration: p.pack(wrapperspb.String(string(document))),
		}}),
	}
}

// discovered is the filter's place in a chain. Without a default a listener waits for the filter before it listens.
func (c *Config) discovered(name, file string) *hcmv3.HttpFilter {
	return &hcmv3.HttpFilter{Name: name, ConfigType: &hcmv3.HttpFilter_ConfigDiscovery{ConfigDiscovery: &corev3.ExtensionConfigSource{
		ConfigSource: c.watched(file),
		TypeUrls:     []string{wasmType},
	}}}
}

const decisionKey = "wasm.oathgate.decision"

// allowed matches what has the filter's word in the filter state, and nothing else.
func allowed() []*matcherv3.FilterStateMatcher {
	return []*matcherv3.FilterStateMatcher{{
		Key: decisionKey,
		Matcher: &matcherv3.FilterStateMatcher_StringMatch{StringMatch: &matcherv3.StringMatcher{
			MatchPattern: &matcherv3.StringMatcher_Exact{Exact: "allow"},
		}},
	}}
}

func httpFilter(p *packer, name string, config message) *hcmv3.HttpFilter {
	return &hcmv3.HttpFilter{Name: name, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: p.pack(config)}}
}
