package source

import (
	"crypto/sha256"

	"oathgate/internal/repository"
	"oathgate/rules"
	"oathgate/rules/program"
	"oathgate/rules/tree"
)

// Options says what to read.
type Options struct {
	// Files are Oathkeeper's configuration files, YAML or JSON. Later ones win key by key: objects are merged, lists
	// and everything else replaced.
	Files []string
	// Environ are environment variables as os.Environ gives them. They win over files.
	Environ []string
	// Fetch gives the rules of a repository at an http or https address. Its error is words that follow the repository's
	// name; repository.ErrNone says that the rules are to come. By default they are fetched, once and without a cache.
	Fetch func(address string) ([]byte, error)
}

// Configuration is everything that a run needs, read and checked.
type Configuration struct {
	// Proxy is serve.proxy, API serve.api.
	Proxy, API Server
	// Prometheus is serve.prometheus.
	Prometheus Prometheus
	// Log is log.
	Log Log
	// Options is the oathgate block as the filter will read it.
	Options rules.Options
	// Document is the plugin configuration: JSON text with the rules in it, without what is not the filter's. It has no
	// more in its oathgate block than the operator wrote.
	Document []byte
	// Rules are the access rules, in the order of the document.
	Rules []Rule
	// Repositories are those of access_rules.repositories whose rules are fetched, in their order.
	Repositories []Repository
	// Pending says that the rules of one of them are to come. Until then there are no rules at all, in Document neither:
	// without those that are missing the others could let in whom all of them together keep out, as where two rules for
	// one request are an error, or the one with priority denies.
	Pending bool
	// Origins are whom the rules and their handlers talk to, each once, sorted.
	Origins []Origin
	// Notes are what the configuration says and this program does not do.
	Notes []Note
	// Files are the files that were read, or would have been were they there: those to watch. Each once, in the order of
	// reading.
	Files []string
	// Read are the digests of what was read from them the first time. That of a file that was not there is zero; one that
	// could not be read has none.
	Read map[string]Digest
}

// Digest is what SHA-256 makes of a file's content.
type Digest [sha256.Size]byte

// Rule is one access rule as it was written.
type Rule struct {
	// ID is the rule's id, "" if it has none. Oathkeeper demands neither ids nor that they differ.
	ID string
	// JSON is the rule, migrated from the version that it was written for.
	JSON []byte
	// Document is the name of the file that it is from.
	Document string
	// Line and Column are where the pattern of its URLs stands in it, zero in a text without lines.
	Line, Column int
}

// Repository is where rules are fetched from.
type Repository struct {
	// Name is the address without user, password and query, which Address has and nobody is to read.
	Name, Address string
	// Content is what was there, nil if it is to come.
	Content []byte
	// Rules is the number of rules in it.
	Rules int
	// State is how it is, as who keeps its rules says; Load leaves it empty.
	State repository.State
}

// Note is something that is accepted and has no effect. It has the form of a problem.
type Note = rules.Problem

// Load reads and checks a configuration. With problems the Configuration holds nothing but Files, Read and
// Repositories. Problems and notes never quote secrets.
func Load(opt Options) (*Configuration, []rules.Problem) {
	l := &loader{config: &Configuration{Read: map[string]Digest{}}, fetch: opt.Fetch}
	if l.fetch == nil {
		l.fetch = repository.Fetch
	}
	root := l.environment(opt.Environ, l.configurations(opt.Files))
	l.sections(root)
	l.rules(root)
	l.migrate()
	plugin := l.keyFiles(l.plugin(root))
	l.compile(plugin)
	if len(l.problems) == 0 && l.config.Pending {
		l.lists = nil
		plugin = l.keyFiles(l.plugin(root))
	}
	if len(l.problems) == 0 {
		l.finish(plugin)
	}
	if len(l.problems) > 0 {
		return &Configuration{Files: l.config.Files, Read: l.config.Read, Repositories: l.config.Repositories}, l.problems
	}
	return l.config, nil
}

type loader struct {
	config   *Configuration
	texts    texts
	lists    []ruleList
	problems []rules.Problem
	fetch    func(address string) ([]byte, error)
}

// fail reports what is wrong with a text as a whole.
func (l *loader) fail(document, message string) {
	l.problems = append(l.problems, rules.Problem{Document: document, Path: "(document)", Message: message})
}

// found reports what a cursor found in what was merged.
func (l *loader) found(root *tree.Node, list []tree.Problem) {
	for _, p := range list {
		l.problems = append(l.problems, l.locate(root, rules.Problem{
			Path: p.Path, Line: p.Line, Column: p.Column, Message: p.Message,
		}))
	}
}

// note says that what stands here has no effect.
func (l *loader) note(c tree.Cursor, why string) {
	n := c.Node()
	l.config.Notes = append(l.config.Notes, l.locate(nil, Note{Path: c.Path(), Line: n.Line, Column: n.Column, Message: why}))
}

// plugin is the plugin configuration: what was merged without the sections that are not the filter's, with the rules.
func (l *loader) plugin(root *tree.Node) *tree.Node {
	access := root.Get("access_rules")
	if access != nil && access.Kind != tree.Null && access.Kind != tree.Object {
		return root
	}
	list := &tree.Node{Kind: tree.Array}
	for _, from := range l.lists {
		list.Items = append(list.Items, from.rules...)
	}
	with := without(access, "repositories", "rules")
	with.Keys, with.Items = append(with.Keys, "rules"), append(with.Items, list)
	plugin := without(root, "serve", "log", "tracing", "profiling", "access_rules")
	plugin.Keys = append([]string{"access_rules"}, plugin.Keys...)
	plugin.Items = append([]*tree.Node{with}, plugin.Items...)
	return plugin
}

// compile checks the plugin configuration as the filter will.
func (l *loader) compile(plugin *tree.Node) {
	doc, problems := rules.Decode(plugin, "")
	l.config.Options = doc.Options
	// Whatever its role, the proxy's upstreams are to be known.
	doc.Options.Role = rules.RoleProxy
	origins := origins{}
	_, problems = program.Check(doc, problems, origins.add)
	for _, p := range problems {
		l.problems = append(l.problems, l.locate(plugin, p))
	}
	for _, p := range doc.Ignored {
		l.config.Notes = append(l.config.Notes, l.locate(plugin, p))
	}
	l.config.Origins = origins.sorted()
}

// finish writes down what was found right.
func (l *loader) finish(plugin *tree.Node) {
	l.config.Document = plugin.AppendJSON(nil)
	// The text of the filter has limits that the files had each for itself.
	if _, err := tree.ParseJSON(l.config.Document, tree.Limits{}); err != nil {
		l.fail("configuration and rules together", err.Error())
	}
	for _, list := range l.lists {
		for _, n := range list.rules {
			rule := Rule{ID: text(n.Get("id")), JSON: n.AppendJSON(nil)}
			at := n
			if url := n.Get("match").Get("url"); url != nil {
				at = url
			}
			if rule.Document, rule.Line = l.texts.find(at.Line); rule.Line > 0 {
				rule.Column = at.Column
			}
			l.config.Rules = append(l.config.Rules, rule)
		}
	}
}

// text is a string's value, "" of everything else.
func text(n *tree.Node) string {
	if n == nil || n.Kind != tree.String {
		return ""
	}
	return n.Text
}
