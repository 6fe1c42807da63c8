package source

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"oathgate/rules/tree"
)

// migrate brings rules for old versions of Oathkeeper up to date (Oathkeeper: rule/rule_migrator.go). What it does
// to hydrators of 0.32 and before is left out: it changes keys at a place where none may be.
func (l *loader) migrate() {
	for _, list := range l.lists {
		for i, rule := range list.rules {
			if upTo037(text(rule.Get("version"))) {
				list.rules[i] = migrateKeto(rule)
			}
		}
	}
}

// upTo037 reports whether a version is 0.37.0 or before, as semantic versions go; a rule that says none is for this one.
func upTo037(version string) bool {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "+")
	version, _, _ = strings.Cut(version, "-")
	parts := strings.Split(version, ".")
	if len(parts) != 3 {
		return false
	}
	var n [3]int
	for i, p := range parts {
		var err error
		if n[i], err = strconv.Atoi(p); err != nil {
			return false
		}
	}
	return slices.Compare(n[:], []int{0, 37, 0}) <= 0
}

var dollar = regexp.MustCompile(`\$([0-9]+)`)

// migrateKeto writes $1 of a keto_engine_acp_ory authorizer as a template.
func migrateKeto(rule *tree.Node) *tree.Node {
	authorizer := rule.Get("authorizer")
	if text(authorizer.Get("handler")) != "keto_engine_acp_ory" {
		return rule
	}
	config := authorizer.Get("config")
	for _, key := range []string{"required_action", "required_resource"} {
		if old := config.Get(key); text(old) != "" {
			migrated := *old
			migrated.Text = dollar.ReplaceAllString(old.Text, "{{ printIndex .MatchContext.RegexpCaptureGroups (sub $1 1 | int)}}")
			config = with(config, key, &migrated)
		}
	}
	if config == nil {
		return rule
	}
	return with(rule, "authorizer", with(authorizer, "config", config))
}

// with is an object in which a member that it has is another.
func with(n *tree.Node, key string, item *tree.Node) *tree.Node {
	out := *n
	out.Items = slices.Clone(n.Items)
	out.Items[slices.Index(n.Keys, key)] = item
	return &out
}
