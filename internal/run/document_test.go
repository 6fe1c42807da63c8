package run

import (
	"encoding/json"
	"reflect"
	"testing"

	"oathgate/internal/render"
)

func TestOverridden(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`: nil,
		`{"oathgate": {"clusters": {}, "role": "proxy", "routing": "rules", "access_log": true, "scheme": "http", "peer_state": "` + render.PeerState + `"}}`: nil,
		`{"oathgate": {"role": "decision", "access_log": false, "peer_state": "other", "routing_header": "x-to", "scheme": "https"}}`: {
			"oathgate.access_log", "oathgate.peer_state", "oathgate.role", "oathgate.routing_header", "oathgate.scheme",
		},
	} {
		if got := overridden([]byte(text), false); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestDocumentIsTheListeners(t *testing.T) {
	text, err := document([]byte(`{"access_rules": {"rules": []}, "oathgate": {"role": "proxy", "peer_state": "other", "trusted_proxies": ["10.0.0.0/8"]}}`), nil, "decision", true)
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Oathgate struct {
			Role    string
			Scheme  string
			Peer    string   `json:"peer_state"`
			Trusted []string `json:"trusted_proxies"`
		}
	}
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if o := root.Oathgate; o.Role != "decision" || o.Peer != render.PeerState || o.Scheme != "https" || len(o.Trusted) != 1 {
		t.Errorf("%+v", o)
	}
}
