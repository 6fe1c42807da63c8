package source

import (
	"encoding/csv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"oathgate/rules"
	"oathgate/rules/tree"
)

// environment lays environment variables over what the files say (Oathkeeper: oryx/configx/koanf_env.go). A variable
// has the name of its key, in capitals and with underscores for dots. What is no key's name is somebody else's.
func (l *loader) environment(environ []string, root *tree.Node) *tree.Node {
	if root == nil {
		root = l.texts.add("configuration", nil, true, &tree.Node{Kind: tree.Object})
	}
	files, all := root, variables()
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		name, value, ok := strings.Cut(pair, "=")
		v, known := all[strings.ToUpper(name)]
		switch {
		case !ok:
		case known:
			document := "environment variable " + name
			n, why := v.parse(value)
			if why == "" {
				why = v.leftOver(n, files)
			}
			if why != "" {
				l.problems = append(l.problems, rules.Problem{Document: document, Path: v.path, Message: why})
				continue
			}
			for _, key := range slices.Backward(strings.Split(v.path, ".")) {
				n = &tree.Node{Kind: tree.Object, Keys: []string{key}, Items: []*tree.Node{n}}
			}
			root = merge(root, l.texts.add(document, []byte(value), true, n))
		default:
			l.stray(name, all)
		}
	}
	return root
}

// parse reads a variable's value, or says why it cannot. It never repeats it: it may be a secret.
func (v variable) parse(value string) (n *tree.Node, why string) {
	switch v.kind {
	case "string":
		return &tree.Node{Kind: tree.String, Text: value}, ""
	case "bool":
		b, err := strconv.ParseBool(value)
		if err != nil {
			return nil, "must be true or false"
		}
		return &tree.Node{Kind: tree.Bool, Bool: b}, ""
	case "int", "number":
		n, err := tree.ParseJSON([]byte(value), tree.Limits{})
		if err != nil || n.Kind != tree.Number {
			return nil, "must be a number"
		}
		return n, ""
	case "list":
		if !strings.HasPrefix(strings.TrimSpace(value), "[") {
			return commaSeparated(value)
		}
	}
	n, err := tree.ParseJSON([]byte(value), tree.Limits{})
	switch {
	case v.kind == "list" && (err != nil || n.Kind != tree.Array):
		return nil, "must be strings with commas between them, or a list in JSON"
	case v.kind == "object" && (err != nil || n.Kind != tree.Object):
		return nil, "must be an object in JSON, as it sets the whole section"
	case err != nil || n.Kind != tree.Object && n.Kind != tree.Array:
		return nil, "must be an object or a list in JSON"
	}
	return n, ""
}

func commaSeparated(value string) (n *tree.Node, why string) {
	fields, err := csv.NewReader(strings.NewReader(value)).Read()
	if err != nil {
		return nil, "must be strings with commas between them; unset the variable for the list of the files"
	}
	n = &tree.Node{Kind: tree.Array}
	for _, field := range fields {
		n.Items = append(n.Items, &tree.Node{Kind: tree.String, Text: field})
	}
	return n, ""
}

// leftOver refuses a list that is shorter than the files': Oathkeeper replaces element by element and keeps the rest
// (oryx/configx/koanf_full_merge.go), which nobody who reads the variable expects, and which may be what a rule needs.
func (v variable) leftOver(n, files *tree.Node) string {
	for key := range strings.SplitSeq(v.path, ".") {
		files = files.Get(key)
	}
	if v.kind == "list" && files != nil && files.Kind == tree.Array && len(files.Items) > len(n.Items) {
		return "has fewer elements than the list in the files, of which Oathkeeper keeps the rest; write as many, or take the list out of the files"
	}
	return ""
}

// stray notes a variable that looks like a key's and is none.
func (l *loader) stray(name string, all map[string]variable) {
	upper := strings.ToUpper(name)
	section := ""
	for _, s := range []string{
		"ACCESS_RULES_", "AUTHENTICATORS_", "AUTHORIZERS_", "MUTATORS_", "ERRORS_HANDLERS_", "ERRORS_FALLBACK_",
		"SERVE_PROXY_", "SERVE_API_", "SERVE_PROMETHEUS_",
	} {
		if strings.HasPrefix(upper, s) {
			section = s
		}
	}
	if section == "" {
		return
	}
	for n, v := range all {
		if rest, ok := strings.CutPrefix(upper, n+"_"); ok && v.kind == "list" && strings.Trim(rest, "0123456789") == "" {
			l.problems = append(l.problems, rules.Problem{
				Document: "environment variable " + name, Path: v.path,
				Message: "the elements of a list have no variables here; set " + n + " to the whole list, with commas between them",
			})
			return
		}
	}
	why := "is no key of the configuration"
	if near := tree.Nearest(upper, slices.Sorted(maps.Keys(all))); near != "" {
		why += "; did you mean " + near + "?"
	}
	l.config.Notes = append(l.config.Notes, Note{Document: "environment variable " + name, Path: "(environment)", Message: why})
}
