package run

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"oathgate/internal/render"
	"oathgate/internal/source"
	"oathgate/rules/program"
)

// own is what the oathgate block of a listener says, whatever the operator's does.
func own(role string, tls bool) map[string]any {
	scheme := "http"
	if tls {
		scheme = "https"
	}
	return map[string]any{
		"scheme":         scheme,
		"role":           role,
		"routing":        "rules",
		"routing_header": render.RoutingHeader,
		"peer_state":     render.PeerState,
		"access_log":     true,
	}
}

// overridden are the keys of the operator's oathgate block that say something else than the proxy's does.
func overridden(text []byte, tls bool) (keys []string) {
	var root struct{ Oathgate map[string]any }
	if json.Unmarshal(text, &root) != nil {
		return nil
	}
	for key, value := range own("proxy", tls) {
		if said, ok := root.Oathgate[key]; ok && said != nil && said != value {
			keys = append(keys, "oathgate."+key)
		}
	}
	slices.Sort(keys)
	return keys
}

// document is the plugin configuration of a listener: the operator's, with what
// only the listener knows in its oathgate block, and how the repositories are. It is one that the filter takes.
func document(text []byte, repositories []source.Repository, role string, tls bool) ([]byte, error) {
	var root map[string]json.RawMessage
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	block := map[string]json.RawMessage{}
	if text := root["oathgate"]; len(text) > 0 {
		if err := json.Unmarshal(text, &block); err != nil {
			return nil, err
		}
	}
	for key, value := range own(role, tls) {
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		block[key] = encoded
	}
	delete(block, "repositories")
	if len(repositories) > 0 {
		encoded, err := json.Marshal(states(repositories))
		if err != nil {
			return nil, err
		}
		block["repositories"] = encoded
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

// states is oathgate.repositories as the filter is told of it.
func states(repositories []source.Repository) map[string]any {
	var list []map[string]any
	for _, r := range repositories {
		state := map[string]any{"name": r.Name, "rules": r.Rules}
		for key, at := range map[string]time.Time{"loaded": r.State.Loaded, "known": r.State.Known} {
			if !at.IsZero() {
				state[key] = at.Unix()
			}
		}
		if r.State.Error != "" {
			state["error"] = r.State.Error
		}
		list = append(list, state)
	}
	return map[string]any{"state": list}
}
