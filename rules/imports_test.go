package rules

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// edges are the imports between packages of this module (DESIGN section 1), from
// the importing package to the imported ones; both without the module's path.
// Data flows one way: document, program, decision, filter.
var edges = map[string]string{
	"rules/tree":             "",
	"rules/ip":               "",
	"rules/request":          "rules/ip",
	"rules/pattern":          "",
	"rules/template":         "rules/ip rules/re2 rules/template/syntax",
	"rules/re2":              "",
	"rules/template/syntax":  "",
	"rules/token":            "rules/tree",
	"rules/memory":           "",
	"rules/pipeline/callout": "rules/ip rules/memory rules/request",
	"rules/pipeline":         "rules/memory rules/pipeline/callout rules/request rules/template rules/token rules/tree",
	"rules/pipeline/jwks":    "rules/memory rules/pipeline rules/pipeline/callout rules/token rules/tree",
	"rules":                  "rules/pattern rules/pipeline/callout rules/request rules/tree",
	"rules/authn":            "rules/memory rules/pipeline rules/pipeline/callout rules/pipeline/jwks rules/request rules/token rules/tree",
	"rules/authz":            "rules/pipeline rules/pipeline/callout rules/request rules/template rules/tree",
	"rules/mutator":          "rules/memory rules/pipeline rules/pipeline/callout rules/pipeline/jwks rules/request rules/template rules/token rules/tree",
	"rules/errorhandler":     "rules/ip rules/pipeline rules/request rules/tree",
	"rules/program": "rules rules/authn rules/authz rules/errorhandler rules/mutator rules/pattern rules/pipeline " +
		"rules/pipeline/callout rules/pipeline/jwks rules/request rules/token rules/tree",
	"rules/decision": "rules/errorhandler rules/memory rules/pipeline rules/pipeline/callout rules/program rules/request rules/template rules/token",
	"rules/api":      "rules rules/decision rules/errorhandler rules/pipeline rules/program rules/request",

	"sdkhost":            "",
	"sdkhost/wazerohost": "",
	"filter":             "rules rules/api rules/decision rules/memory rules/pipeline rules/pipeline/callout rules/program rules/request rules/token sdkhost",
}

// std are the packages of others that the module under rules may hold. Each one is
// start-up time (DESIGN section 2), and none knows the time, the network, the
// system or chance.
const std = "bytes errors hash iter maps math math/bits path slices sort strconv strings time " +
	"crypto crypto/ed25519 crypto/hmac crypto/sha256 crypto/sha512 crypto/subtle encoding/base32 encoding/base64 encoding/binary encoding/hex unicode unicode/utf16 unicode/utf8 " +
	"github.com/tidwall/gjson"

// clock are the names of package time that read the clock or wait for it.
const clock = "After AfterFunc NewTicker NewTimer Now Since Sleep Tick Until"

const module = "oathgate/"

// source is a file that is not a test.
type source struct {
	pkg, name string // "rules/tree", "json.go"
	native    bool   // it is not part of the module that Envoy loads
	file      *ast.File
}

func parseSource(t *testing.T, pkg, name string, text []byte) source {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	s := source{pkg: pkg, name: name, file: file}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && c.Pos() < file.Package {
				s.native = !expr.Eval(func(tag string) bool { return tag == "wasip1" || tag == "wasm" })
			}
		}
	}
	return s
}

// sources are the files of this module under some folders, whatever their build
// tags are.
func sources(t *testing.T, folders ...string) (list []source) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("..", folder), func(file string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
				return nil
			}
			text, err := os.ReadFile(file)
			pkg, _ := filepath.Rel("..", filepath.Dir(file))
			list = append(list, parseSource(t, filepath.ToSlash(pkg), entry.Name(), text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func imports(s source) (list []string) {
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		list = append(list, name)
	}
	return list
}

func TestImportEdges(t *testing.T) {
	found := map[string]map[string]bool{}
	for _, s := range sources(t, "rules", "sdkhost", "filter") {
		allowed, known := edges[s.pkg]
		if !known {
			t.Errorf("%s is a package that this table lacks", s.pkg)
			continue
		}
		if found[s.pkg] == nil {
			found[s.pkg] = map[string]bool{}
		}
		for _, name := range imports(s) {
			if to, ours := strings.CutPrefix(name, module); ours {
				found[s.pkg][to] = true
				if !slices.Contains(strings.Fields(allowed), to) {
					t.Errorf("%s/%s imports %s", s.pkg, s.name, to)
				}
			}
		}
	}
	for pkg, allowed := range edges {
		for to := range strings.FieldsSeq(allowed) {
			if !found[pkg][to] {
				t.Errorf("%s no longer imports %s: take the edge out of the table", pkg, to)
			}
		}
	}
}

// The table itself: no cycle, and what DESIGN section 1 says in words.
func TestEdgesPointDown(t *testing.T) {
	var reach func(pkg string, seen map[string]bool)
	reach = func(pkg string, seen map[string]bool) {
		for to := range strings.FieldsSeq(edges[pkg]) {
			if !seen[to] {
				seen[to] = true
				reach(to, seen)
			}
		}
	}
	for pkg := range edges {
		seen := map[string]bool{}
		reach(pkg, seen)
		if seen[pkg] {
			t.Errorf("%s imports itself", pkg)
		}
		for to := range seen {
			if strings.HasPrefix(pkg, "sdkhost") || strings.HasPrefix(pkg, "rules") && !strings.HasPrefix(to, "rules") {
				t.Errorf("%s imports %s", pkg, to)
			}
		}
	}
}

// Programs are for running: what two of them share has a package of its own.
func TestNobodyImportsTheFilter(t *testing.T) {
	for _, s := range sources(t, ".") {
		for _, name := range imports(s) {
			to, ours := strings.CutPrefix(name, module)
			if ours && (to == "filter" || to == "e2e" || strings.HasPrefix(to, "cmd/")) {
				t.Errorf("%s/%s imports %s", s.pkg, s.name, to)
			}
		}
	}
}

// What is under rules asks nobody for time, chance, files or the network.
func TestRulesArePure(t *testing.T) {
	var list []source
	for _, s := range sources(t, "rules") {
		if !s.native {
			list = append(list, s)
		}
	}
	if len(list) < 80 {
		t.Fatalf("looked at %d files only", len(list))
	}
	for _, fault := range impurities(list) {
		t.Error(fault)
	}
}

// No goroutine runs between callbacks of Envoy's.
func TestFilterStartsNoGoroutine(t *testing.T) {
	for _, fault := range impurities(sources(t, "filter")) {
		if strings.Contains(fault, "go statement") {
			t.Error(fault)
		}
	}
}

func TestImpuritiesAreFound(t *testing.T) {
	const other = "package p\nvar table = []string{}\nvar n int\nvar m = map[string]int{}\ntype s struct{ n int }\nvar one s\n"
	for text, want := range map[string]string{
		`import "fmt"`:                                        "imports fmt",
		`import _ "crypto/rand"`:                              "imports crypto/rand",
		`import "oathgate/sdkhost"`:                           "",
		`func f() { go f() }`:                                 "go statement",
		`import "time"; var t = time.Now()`:                   "time.Now",
		`import clock "time"; var f = clock.Since`:            "time.Since",
		`import "time"; func f() { time.Unix(0, 0) }`:         "",
		`func f() { table = nil }`:                            "writes table",
		`func f() { table[0] = "a" }`:                         "writes table",
		`func f() { table = append(table, "a") }`:             "writes table",
		`func f() { table := 1; table = 2 }`:                  "",
		`func f(table []string) { table[0] = "a" }`:           "",
		`func f() { n++ }`:                                    "writes n",
		`func f() { one.n = 1 }`:                              "writes one",
		`func f() *s { return &one }`:                         "writes one",
		`func f() { delete(m, "a") }`:                         "writes m",
		`func f() { clear(m) }`:                               "writes m",
		`func f() { for n = range 3 {} }`:                     "writes n",
		`func f() { for n := range 3 { _ = n } }`:             "",
		`func f() { var n int; n++ }`:                         "",
		`var x = 1; func f() { func() { x++ }() }`:            "writes x",
		`type t struct{ n int }; func (v *t) f() { v.n = 1 }`: "",
	} {
		list := []source{parseSource(t, "p", "other.go", []byte(other)), parseSource(t, "p", "file.go", []byte("package p; "+text))}
		switch got := impurities(list); {
		case want == "" && len(got) > 0, want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if s := parseSource(t, "p", "a.go", []byte("//go:build !wasip1\n\npackage p\n")); !s.native {
		t.Error("a native file is not told apart")
	}
	if s := parseSource(t, "p", "a.go", []byte("// Package p.\n\n//go:build wasip1\npackage p\n")); s.native {
		t.Error("a guest's file is taken for a native one")
	}
}

// impurities are the places where files that belong to whole packages reach out of
// their arguments.
func impurities(list []source) (faults []string) {
	vars := map[string]map[string]bool{}
	for _, s := range list {
		if vars[s.pkg] == nil {
			vars[s.pkg] = map[string]bool{}
		}
		for _, spec := range packageVars(s.file) {
			for _, name := range spec.Names {
				vars[s.pkg][name.Name] = true
			}
		}
	}
	for _, s := range list {
		p := purity{source: s, vars: vars[s.pkg], times: map[string]bool{}}
		for i, name := range imports(s) {
			if !strings.HasPrefix(name, module) && !slices.Contains(strings.Fields(std), name) {
				p.fault("imports " + name)
			}
			if name == "time" {
				local := path.Base(name)
				if as := s.file.Imports[i].Name; as != nil {
					local = as.Name
				}
				p.times[local] = true
			}
		}
		ast.Inspect(s.file, p.visit)
		faults = append(faults, slices.Sorted(maps.Keys(p.faults))...)
	}
	return faults
}

func packageVars(f *ast.File) (specs []*ast.ValueSpec) {
	for _, decl := range f.Decls {
		if decl, ok := decl.(*ast.GenDecl); ok && decl.Tok == token.VAR {
			for _, spec := range decl.Specs {
				specs = append(specs, spec.(*ast.ValueSpec))
			}
		}
	}
	return specs
}

type purity struct {
	source
	vars   map[string]bool // of the package
	times  map[string]bool // the names of package time in this file
	faults map[string]bool
}

func (p *purity) fault(what string) {
	if p.faults == nil {
		p.faults = map[string]bool{}
	}
	p.faults[p.pkg+"/"+p.name+": "+what] = true
}

func (p *purity) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		p.fault("go statement")
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && p.times[x.Name] && slices.Contains(strings.Fields(clock), n.Sel.Name) {
			p.fault("time." + n.Sel.Name)
		}
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, to := range n.Lhs {
				p.write(to)
			}
		}
	case *ast.IncDecStmt:
		p.write(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			p.write(n.Key)
			p.write(n.Value)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			p.write(n.X)
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear" || f.Name == "copy") {
			p.write(n.Args[0])
		}
	}
	return true
}

// write notes a package's variable that to is, or is a part of.
func (p *purity) write(to ast.Expr) {
	for {
		switch x := to.(type) {
		case *ast.IndexExpr:
			to = x.X
		case *ast.SelectorExpr:
			to = x.X
		case *ast.StarExpr:
			to = x.X
		case *ast.ParenExpr:
			to = x.X
		case *ast.SliceExpr:
			to = x.X
		case *ast.Ident:
			if p.vars[x.Name] && p.isPackages(x) {
				p.fault("writes " + x.Name)
			}
			return
		default:
			return
		}
	}
}

// isPackages reports whether a name is the package's, not a local one.
func (p *purity) isPackages(x *ast.Ident) bool {
	if x.Obj == nil {
		return true
	}
	spec, ok := x.Obj.Decl.(*ast.ValueSpec)
	return ok && slices.Contains(packageVars(p.file), spec)
}
