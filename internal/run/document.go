package run

import (
	"encoding/json"
	"fmt"

	"oathgate/internal/render"
	"oathgate/rules/program"
)

// document is the plugin configuration of a listener: the operator's, with what
// only the listener knows in its oathgate block. It is one that the filter takes.
func document(text []byte, role string) ([]byte, error) {
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
	for key, value := range map[string]any{
		"role":           role,
		"routing":        "rules",
		"routing_header": render.RoutingHeader,
		"peer_header":    render.PeerHeader,
		"access_log":     true,
	} {
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		block[key] = encoded
	}
	encoded, err := json.Marshal(block)
	if err != nil {
		return nil, err
	}
	root["oathgate"] = encoded
	out, err := json.Marshal(root)
	if err != nil {
		return nil, err
	}
	if _, problems := program.Load(out); len(problems) > 0 {
		return nil, fmt.Errorf("for the role %s: %s", role, problems[0])
	}
	return out, nil
}
