package istio

import (
	"bytes"
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	typev1beta1 "istio.io/api/type/v1beta1"
	"sigs.k8s.io/yaml"
)

// kind is an object's kind in a version of its group.
type kind struct{ version, name string }

var (
	serviceEntry    = kind{"networking.istio.io/v1", "ServiceEntry"}
	destinationRule = kind{"networking.istio.io/v1", "DestinationRule"}
	envoyFilter     = kind{"networking.istio.io/v1alpha3", "EnvoyFilter"}
	wasmPlugin      = kind{"extensions.istio.io/v1alpha1", "WasmPlugin"}
)

// object is one of Kubernetes' objects. What Istio's modules have for that takes Kubernetes' client along.
type object struct {
	kind
	metadata map[string]any
	spec     proto.Message
}

func (o *Options) object(k kind, name string, spec proto.Message) object {
	metadata := map[string]any{"name": name, "labels": map[string]string{"app.kubernetes.io/managed-by": "oathgate"}}
	if o.Namespace != "" {
		metadata["namespace"] = o.Namespace
	}
	return object{k, metadata, spec}
}

func (o *Options) workload() *typev1beta1.WorkloadSelector {
	return &typev1beta1.WorkloadSelector{MatchLabels: o.Selector}
}

// print writes the objects by the library that kubectl reads them with: versions of YAML differ in what is a string.
func print(list []object) ([]byte, error) {
	var out bytes.Buffer
	for i, o := range list {
		spec, err := protojson.Marshal(o.spec)
		if err != nil {
			return nil, err
		}
		var fields any
		if err := json.Unmarshal(spec, &fields); err != nil {
			return nil, err
		}
		text, err := yaml.Marshal(map[string]any{"apiVersion": o.version, "kind": o.name, "metadata": o.metadata, "spec": fields})
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(text)
	}
	return out.Bytes(), nil
}
