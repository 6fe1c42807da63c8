package rules

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"oathgate/rules/tree"
)

// corpusCase is one document of testdata.
type corpusCase struct {
	name, text                  string
	want                        []string // the paths of the problems
	schemaAccepts, compileFails bool
}

func corpus(t testing.TB, file string) []corpusCase {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []corpusCase
	for _, part := range strings.Split("\n"+string(data), "\n=== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		c := corpusCase{name: name, text: text + "\n"}
		for _, line := range strings.Split(text, "\n") {
			switch mark, ok := strings.CutPrefix(line, "#! "); {
			case !ok:
			case mark == "(schema accepts)":
				c.schemaAccepts = true
			case mark == "(compile)":
				c.compileFails = true
			default:
				c.want = append(c.want, mark)
			}
		}
		slices.Sort(c.want)
		cases = append(cases, c)
	}
	if len(cases) < 5 {
		t.Fatalf("%s has %d documents", file, len(cases))
	}
	return cases
}

func schema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(Schema, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func paths(problems []Problem) []string {
	var list []string
	for _, p := range problems {
		list = append(list, p.Path)
	}
	slices.Sort(list)
	return list
}

func yamlTree(t *testing.T, text string) *tree.Node {
	t.Helper()
	root, err := tree.ParseYAML([]byte(text), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestGoodDocuments(t *testing.T) {
	s := schema(t)
	for _, c := range corpus(t, "good.txt") {
		t.Run(c.name, func(t *testing.T) {
			root := yamlTree(t, c.text)
			if err := s.Validate(root.Any()); err != nil {
				t.Errorf("the schema refuses: %v", err)
			}
			_, problems := Decode(root, "doc.yaml")
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
}

func TestBadDocuments(t *testing.T) {
	s := schema(t)
	for _, c := range corpus(t, "bad.txt") {
		t.Run(c.name, func(t *testing.T) {
			root := yamlTree(t, c.text)
			if err := s.Validate(root.Any()); (err == nil) != c.schemaAccepts {
				t.Errorf("the schema's verdict: %v", err)
			}
			_, problems := Decode(root, "doc.yaml")
			if got := paths(problems); !slices.Equal(got, c.want) {
				t.Errorf("problems at %q, want %q", got, c.want)
			}
			for _, p := range problems {
				if p.Document != "doc.yaml" || p.Message == "" || p.Line == 0 && p.Path != "access_rules" {
					t.Errorf("incomplete: %+v", p)
				}
			}
			if (len(c.want) == 0) != c.compileFails {
				t.Error("the case says neither a path nor (compile)")
			}
		})
	}
}
