package istio

import (
	"errors"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	filterstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	rbacfilterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	setfilterstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/set_filter_state/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"oathgate/internal/source"
)

const (
	managerName = "envoy.filters.network.http_connection_manager"
	routerName  = "envoy.filters.http.router"
)

// guards are what the filter cannot see to itself, in one EnvoyFilter. The interlock stands right before the router
// rather than behind the filter: Istio leaves out what is to stand beside a filter that is not there, and then it is
// that the interlock is wanted. The peer is noted whether or not a rule asks for it today: it takes another listener,
// and rules are to change without a connection lost.
func (o *Options) guards(t source.Timeout) (object, error) {
	b := &patches{context: networkingv1alpha3.EnvoyFilter_GATEWAY}
	if o.Sidecar {
		b.context = networkingv1alpha3.EnvoyFilter_SIDECAR_INBOUND
	}
	b.add(networkingv1alpha3.EnvoyFilter_NETWORK_FILTER, "", networkingv1alpha3.EnvoyFilter_Patch_MERGE, managerName, limits(t))
	b.add(networkingv1alpha3.EnvoyFilter_NETWORK_FILTER, "", networkingv1alpha3.EnvoyFilter_Patch_INSERT_BEFORE, peerState, peer())
	b.add(networkingv1alpha3.EnvoyFilter_HTTP_FILTER, routerName, networkingv1alpha3.EnvoyFilter_Patch_INSERT_BEFORE, "oathgate.interlock", interlock())
	return o.object(envoyFilter, o.Name, &networkingv1alpha3.EnvoyFilter{
		WorkloadSelector: &networkingv1alpha3.WorkloadSelector{Labels: o.Selector},
		ConfigPatches:    b.list,
	}), b.err
}

// interlock passes what has the filter's word in the filter state, and nothing else. An AuthorizationPolicy could not:
// its conditions look at dynamic metadata, and a Wasm filter writes none.
func interlock() proto.Message {
	return &rbacfilterv3.RBAC{Rules: &rbacv3.RBAC{
		Action: rbacv3.RBAC_ALLOW,
		Policies: map[string]*rbacv3.Policy{"allowed-by-oathgate": {
			Permissions: []*rbacv3.Permission{{Rule: &rbacv3.Permission_Any{Any: true}}},
			Principals: []*rbacv3.Principal{{Identifier: &rbacv3.Principal_FilterState{FilterState: &matcherv3.FilterStateMatcher{
				Key: "wasm.oathgate.decision",
				Matcher: &matcherv3.FilterStateMatcher_StringMatch{StringMatch: &matcherv3.StringMatcher{
					MatchPattern: &matcherv3.StringMatcher_Exact{Exact: "allow"},
				}},
			}}}},
		}},
	}}
}

// peer notes who is at the connection's other end; nothing that a request says changes it.
func peer() proto.Message {
	return &setfilterstatev3.Config{OnNewConnection: []*filterstatev3.FilterStateValue{{
		Key:        &filterstatev3.FilterStateValue_ObjectKey{ObjectKey: peerState},
		FactoryKey: "envoy.string",
		Value: &filterstatev3.FilterStateValue_FormatString{FormatString: &corev3.SubstitutionFormatString{
			Format: &corev3.SubstitutionFormatString_TextFormatSource{TextFormatSource: &corev3.DataSource{
				Specifier: &corev3.DataSource_InlineString{InlineString: "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"},
			}},
		}},
	}}}
}

// limits are serve.proxy.timeout, and that an upstream gets the path that was judged.
func limits(t source.Timeout) proto.Message {
	m := &hcmv3.HttpConnectionManager{
		NormalizePath: wrapperspb.Bool(true), MergeSlashes: true,
		RequestHeadersTimeout: lasting(t.Read), StreamIdleTimeout: lasting(t.Write),
	}
	if t.Read > 0 && t.Write > 0 {
		m.RequestTimeout = lasting(t.Read + t.Write)
	}
	if t.Idle > 0 {
		m.CommonHttpProtocolOptions = &corev3.HttpProtocolOptions{IdleTimeout: lasting(t.Idle)}
	}
	return m
}

// lasting leaves what is not bounded as Istio has it. Envoy counts in milliseconds, and 0 of them would be no limit.
func lasting(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(max(d, time.Millisecond))
}

// patches keeps the first error.
type patches struct {
	context networkingv1alpha3.EnvoyFilter_PatchContext
	list    []*networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch
	err     error
}

// add patches the chains that have a connection manager: at it, or at one of its filters.
func (b *patches) add(to networkingv1alpha3.EnvoyFilter_ApplyTo, at string, how networkingv1alpha3.EnvoyFilter_Patch_Operation, name string, config proto.Message) {
	match := &networkingv1alpha3.EnvoyFilter_ListenerMatch_FilterMatch{Name: managerName}
	if at != "" {
		match.SubFilter = &networkingv1alpha3.EnvoyFilter_ListenerMatch_SubFilterMatch{Name: at}
	}
	value, err := extension(name, config)
	b.err = errors.Join(b.err, err)
	b.list = append(b.list, &networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch{
		ApplyTo: to,
		Match: &networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectMatch{
			Context: b.context,
			ObjectTypes: &networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectMatch_Listener{Listener: &networkingv1alpha3.EnvoyFilter_ListenerMatch{
				FilterChain: &networkingv1alpha3.EnvoyFilter_ListenerMatch_FilterChainMatch{Filter: match},
			}},
		},
		Patch: &networkingv1alpha3.EnvoyFilter_Patch{Operation: how, Value: value},
	})
}

// extension is a filter as a patch has it.
func extension(name string, config proto.Message) (*structpb.Struct, error) {
	packed, err := anypb.New(config)
	if err != nil {
		return nil, err
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(packed)
	if err != nil {
		return nil, err
	}
	typed := &structpb.Struct{}
	if err := protojson.Unmarshal(text, typed); err != nil {
		return nil, err
	}
	return &structpb.Struct{Fields: map[string]*structpb.Value{
		"name": structpb.NewStringValue(name), "typed_config": structpb.NewStructValue(typed),
	}}, nil
}
