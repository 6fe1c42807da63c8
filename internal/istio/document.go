package istio

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"oathgate/internal/source"
	"oathgate/rules"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
)

// peerState is the filter state in which the guards note who is at the connection's other end.
const peerState = "oathgate.peer"

// document is the plugin configuration, found right.
type document struct {
	config *structpb.Struct
	// endpoints are whom handlers ask, one for each origin, in the order of scheme, host and port.
	endpoints []callout.Endpoint
	notes     []string
}

// prepare makes the plugin configuration and compiles it as the filter will get it.
func prepare(c *source.Configuration) (*document, error) {
	if c.Options.Role == rules.RoleDecision {
		return nil, errors.New("oathgate.role: decision is for a listener of its own, and under Istio the filter stands in the traffic's way: remove it, or let `oathgate run` serve the decision API")
	}
	if c.Proxy.CORS != nil {
		return nil, errors.New("serve.proxy.cors: Istio's CORS filter stands behind this one, so that preflights come to the rules: remove it, and write a corsPolicy in the VirtualService and a rule for the method OPTIONS")
	}
	d := &document{}
	text, err := plugin(c.Document)
	if err != nil {
		return nil, err
	}
	d.config = &structpb.Struct{}
	if err := protojson.Unmarshal(text, d.config); err != nil {
		return nil, err
	}
	// Istio hands over what it makes of the Struct.
	if text, err = protojson.Marshal(d.config); err != nil {
		return nil, err
	}
	asked := map[string]callout.Endpoint{}
	doc, problems := rules.ParseGuest(text)
	p, problems := program.Check(doc, problems, func(e callout.Endpoint, upstream bool) {
		if !upstream {
			asked[e.Origin()] = e
		}
	})
	if len(problems) > 0 {
		var list []error
		for _, problem := range problems {
			list = append(list, problem)
		}
		return nil, errors.Join(list...)
	}
	if ids := p.BodyReaders(); len(ids) > 0 {
		return nil, fmt.Errorf("the rules %q look at the request body (authorizer remote). A WasmPlugin cannot have Envoy wait for it: it has no allow_on_headers_stop_iteration. Use remote_json for them, or guard them by `oathgate run`", ids)
	}
	for _, origin := range slices.Sorted(maps.Keys(asked)) {
		d.endpoints = append(d.endpoints, asked[origin])
	}
	d.notes = notes(c, doc)
	return d, nil
}

// plugin is the operator's configuration with what Istio's proxies are: somebody else's routes, clusters by Istio's
// names, connections whose peer is noted. Whether they are TLS each is asked, unless the operator says it.
func plugin(text []byte) ([]byte, error) {
	var root map[string]json.RawMessage
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	block := map[string]json.RawMessage{}
	if own := root["oathgate"]; len(own) > 0 {
		if err := json.Unmarshal(own, &block); err != nil {
			return nil, err
		}
	}
	for key, value := range map[string]string{"routing": "envoy", "cluster_naming": "istio", "peer_state": peerState} {
		block[key] = json.RawMessage(`"` + value + `"`)
	}
	var err error
	if root["oathgate"], err = json.Marshal(block); err != nil {
		return nil, err
	}
	return json.Marshal(root)
}

// notes are what Istio does otherwise.
func notes(c *source.Configuration, doc *rules.Document) (list []string) {
	upstreams := 0
	for _, r := range doc.Rules {
		if r.Upstream.URL != "" {
			upstreams++
		}
	}
	if upstreams > 0 {
		list = append(list, fmt.Sprintf("the upstream of %d rules: Istio's routes say where requests go, and with which path and host", upstreams))
	}
	if c.Proxy.TLS != nil {
		list = append(list, "serve.proxy.tls: the certificates are those of the Gateway")
	}
	if doc.Mutators["id_token"].Enabled {
		list = append(list, "mutators.id_token: nobody serves /.well-known/jwks.json here; have `oathgate run` serve it, or publish the keys")
	}
	return list
}
