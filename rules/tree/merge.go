package tree

// Merge lays a rule's handler configuration over the global one as Oathkeeper
// does (driver/configuration/provider_koanf.go, PipelineConfig): objects are
// merged member by member, everything else is replaced. Members of both keep
// the global order, the rule's own follow. What comes from the global side is
// as Inherit gives it; either side may be nil.
func Merge(global, rule *Node) *Node {
	if rule == nil {
		return Inherit(global)
	}
	if global == nil || global.Kind != Object || rule.Kind != Object {
		return rule
	}
	m := *rule
	m.Keys = make([]string, 0, len(global.Keys)+len(rule.Keys))
	m.Items = make([]*Node, 0, len(global.Keys)+len(rule.Keys))
	for i, key := range global.Keys {
		m.Keys = append(m.Keys, key)
		m.Items = append(m.Items, Merge(global.Items[i], rule.Get(key)))
	}
	for i, key := range rule.Keys {
		if global.Get(key) == nil {
			m.Keys = append(m.Keys, key)
			m.Items = append(m.Items, rule.Items[i])
		}
	}
	return &m
}

// Inherit gives a copy of n with Inherited set throughout. What has it already is given as it is.
func Inherit(n *Node) *Node {
	if n == nil || n.Inherited {
		return n
	}
	c := *n
	c.Inherited = true
	if len(n.Items) > 0 {
		c.Items = make([]*Node, len(n.Items))
		for i, item := range n.Items {
			c.Items[i] = Inherit(item)
		}
	}
	return &c
}
