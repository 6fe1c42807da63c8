package istio

import (
	"google.golang.org/protobuf/types/known/structpb"
	extensionsv1alpha1 "istio.io/api/extensions/v1alpha1"
	typev1beta1 "istio.io/api/type/v1beta1"
)

// plugin is the filter, before anything of Istio's that looks at who sends a request.
func (o *Options) plugin(config *structpb.Struct) (object, error) {
	spec := &extensionsv1alpha1.WasmPlugin{
		Selector:     &typev1beta1.WorkloadSelector{MatchLabels: o.Selector},
		Url:          o.URL,
		Sha256:       o.SHA256,
		PluginConfig: config,
		Phase:        extensionsv1alpha1.PluginPhase_AUTHN,
		FailStrategy: extensionsv1alpha1.FailStrategy_FAIL_RELOAD,
		Type:         extensionsv1alpha1.PluginType_HTTP,
	}
	if o.Sidecar {
		// What the service itself asks of others is not for its rules to judge.
		spec.Match = []*extensionsv1alpha1.WasmPlugin_TrafficSelector{{Mode: typev1beta1.WorkloadMode_SERVER}}
	}
	return o.object(wasmPlugin, o.Name, spec), nil
}
