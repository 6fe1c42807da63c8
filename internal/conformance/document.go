package conformance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"oathgate/internal/corpus"
	"oathgate/rules/tree"
)

// document is the plugin configuration that a case's configuration and rules make: what oathgate run will make of
// the files.
type document struct {
	config map[string]any
	rules  []any
}

// refusal is a file that cannot be read as YAML.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func parse(name, text string) (any, error) {
	n, err := tree.ParseYAML([]byte(text), tree.Limits{})
	if err != nil {
		return nil, &refusal{name + ": " + err.Error()}
	}
	return n.Any(), nil
}

func (c *Case) document() (*document, error) {
	var inline []string
	config := c.Config
	for placeholder, value := range map[string]string{
		"@PROXY_HOST@": "127.0.0.1", "@API_HOST@": "127.0.0.1", "@PROXY_PORT@": "4455", "@API_PORT@": "4456", "@PROM_PORT@": "9000",
		"@RULES_FILE@": "/rules", "@KEYS@": "/keys", "@INLINE_RULES@": base64.StdEncoding.EncodeToString([]byte(c.Rules)),
	} {
		config = strings.ReplaceAll(config, placeholder, value)
	}
	root, err := parse("config", config)
	if err != nil {
		return nil, err
	}
	d := &document{}
	var ok bool
	if d.config, ok = root.(map[string]any); !ok {
		return nil, &refusal{"config: is no object"}
	}
	delete(d.config, "serve")
	delete(d.config, "log")
	access, _ := d.config["access_rules"].(map[string]any)
	if access == nil {
		access = map[string]any{}
		d.config["access_rules"] = access
	}
	repositories, _ := access["repositories"].([]any)
	delete(access, "repositories")
	for _, r := range repositories {
		switch s, _ := r.(string); {
		case s == "file:///rules":
			inline = append(inline, c.Rules)
		case strings.HasPrefix(s, "inline://"):
			text, err := base64.StdEncoding.DecodeString(s[len("inline://"):])
			if err != nil {
				return nil, err
			}
			inline = append(inline, string(text))
		default:
			return nil, fmt.Errorf("%w: a repository %v", errScope, r)
		}
	}
	d.rules = []any{}
	for _, text := range inline {
		if strings.TrimSpace(text) == "" {
			continue
		}
		root, err := parse("rules", text)
		if err != nil {
			return nil, err
		}
		list, ok := root.([]any)
		if !ok {
			return nil, &refusal{"rules: is no list"}
		}
		d.rules = append(d.rules, list...)
	}
	access["rules"] = d.rules
	clusters := map[string]any{"http://dead.test": "dead"}
	for name := range stubs {
		clusters["http://"+name+".test"] = name
	}
	d.config["oathgate"] = map[string]any{
		"clusters": clusters, "routing_header": corpus.RoutingHeader, "peer_header": corpus.PeerHeader,
	}
	if c.asks {
		d.config["oathgate"].(map[string]any)["role"] = "decision"
	}
	return d, nil
}

func (d *document) text() ([]byte, error) { return json.Marshal(d.config) }
