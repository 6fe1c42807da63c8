package conformance

import (
	"bytes"
	_ "embed" // rows.yaml
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// row is a deliberate difference: which case or cases it covers, and what of them may differ. rows.yaml says what its
// keys mean.
type row struct {
	Cases      []string `yaml:"cases"`
	Differs    []Part   `yaml:"differs"`
	Row        string   `yaml:"row"`
	Reason     string   `yaml:"reason"`
	Mode       Mode     `yaml:"mode"`
	Target     string   `yaml:"target"`
	Unrecorded bool     `yaml:"unrecorded"`
}

const (
	// stricter is a row's Row if DESIGN section 3 has none.
	stricter = "stricter"
	// hosts is the one row by which something may be let through.
	hosts = "host compared with case and default port"
)

//go:embed rows.yaml
var rowsText []byte

// rows are those of rows.yaml, each with one pattern for cases. They are not changed.
var rows = func() []row {
	var list, each []row
	if err := yaml.NewDecoder(bytes.NewReader(rowsText), yaml.Strict()).Decode(&list); err != nil {
		panic(err)
	}
	for _, r := range list {
		for _, pattern := range r.Cases {
			r.Cases = []string{pattern}
			each = append(each, r)
		}
	}
	return each
}()

func (r *row) concerns(m Mode, target string) bool {
	return (r.Mode == "" || r.Mode == m) && (r.Target == "" || r.Target == target)
}

// covers says whether this difference of a case is deliberate.
func (r *row) covers(c *Case, target string, part Part) bool {
	m := ProxyMode
	if c.asks {
		m = DecisionMode
	}
	if part == Permissive && (r.Row != hosts || !c.spelled()) {
		return false
	}
	ok, _ := path.Match(r.Cases[0], c.ID)
	return ok && r.concerns(m, target) && slices.Contains(r.Differs, part)
}

var ruleHost = regexp.MustCompile(`url: "?https?://[^/<"]*[A-Z]`)

// spelled says whether the request, or a rule, names a host in another way than in lower case, without a dot at its
// end and without the default port: only then may we allow what Oathkeeper does not.
func (c *Case) spelled() bool {
	for _, h := range c.Request.Headers {
		if strings.EqualFold(h[0], "Host") && h[1] != strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(h[1]), ":80"), ".") {
			return true
		}
	}
	return ruleHost.MatchString(c.Rules)
}
