package source

import (
	"errors"
	"strings"
	"testing"

	"oathgate/internal/repository"
)

// fetchedFrom loads a configuration whose fetched repositories have these rules; a missing one is still to come.
func fetchedFrom(t *testing.T, list string, there map[string]string) (*Configuration, []string) {
	t.Helper()
	dir := folder(t, "a.yaml", handlersOn+"access_rules: {repositories: ["+list+"]}", "rules.yaml", one)
	c, problems := Load(Options{Files: []string{dir + "/a.yaml"}, Fetch: func(address string) ([]byte, error) {
		switch text, ok := there[address]; {
		case !ok:
			return nil, repository.ErrNone
		case text == "gone":
			return nil, errors.New("is gone")
		default:
			return []byte(text), nil
		}
	}})
	var got []string
	for _, p := range problems {
		got = append(got, strings.ReplaceAll(p.String(), dir+"/", ""))
	}
	return c, got
}

const (
	first  = "https://me:secret@r.test/a?key=secret"
	second = "HTTP://r.test:81/b.json"
	both   = `"` + first + `", "file://DIR/rules.yaml", "` + second + `", "` + first + `"`
)

func named(id string) string { return strings.ReplaceAll(one, "id: one", "id: "+id) }

// Rules of several repositories stand in the order of the list, whatever kind they are; one that stands twice counts once.
func TestFetched(t *testing.T) {
	c, problems := fetchedFrom(t, both, map[string]string{first: named("a") + named("b"), second: `[]`})
	if len(problems) > 0 || c.Pending {
		t.Fatal(problems, c.Pending)
	}
	var ids []string
	for _, r := range c.Rules {
		ids = append(ids, r.ID+" of "+r.Document[strings.LastIndex(r.Document, "/")+1:])
	}
	if got := strings.Join(ids, ", "); got != "a of a?..., b of a?..., one of rules.yaml" {
		t.Error(got)
	}
	if len(c.Repositories) != 2 || c.Repositories[0].Rules != 2 || c.Repositories[0].Name != "https://r.test/a?..." || c.Repositories[0].Address != first ||
		c.Repositories[1].Rules != 0 || string(c.Repositories[1].Content) != "[]" {
		t.Errorf("%+v", c.Repositories)
	}
	if strings.Contains(string(c.Document), "secret") {
		t.Errorf("the filter is told of the address: %s", c.Document)
	}
}

// While a repository's rules are to come there are none at all, and mistakes are found all the same.
func TestPending(t *testing.T) {
	c, problems := fetchedFrom(t, both, map[string]string{second: named("b")})
	if len(problems) > 0 || !c.Pending || len(c.Rules) > 0 || !strings.Contains(string(c.Document), `"rules":[]`) {
		t.Errorf("%q %v %s", problems, c.Pending, c.Document)
	}
	_, problems = fetchedFrom(t, both, map[string]string{second: named("b") + "  nix: 1"})
	if len(problems) != 1 || !strings.HasPrefix(problems[0], "http://r.test:81/b.json:8:3: rule \"b\": [0].nix: unknown key") {
		t.Errorf("%q", problems)
	}
}

func TestFetchedProblems(t *testing.T) {
	for text, want := range map[string]string{
		"gone":                "a.yaml:5:31: access_rules.repositories[0]: the repository https://r.test/a?... is gone",
		" ":                   "https://r.test/a?...: (document): is empty; let it have []",
		"<html>":              "https://r.test/a?...: (document): must be a list of rules, not a string",
		"{":                   "https://r.test/a?...:1:",
		`{"id": "a"}`:         "https://r.test/a?...: (document): must be a list of rules, not an object",
		named("a") + "  b: 1": "https://r.test/a?...:8:3: rule \"a\": [0].b: unknown key",
	} {
		c, problems := fetchedFrom(t, both, map[string]string{first: text, second: "[]"})
		if len(problems) != 1 || !strings.HasPrefix(problems[0], want) || strings.Contains(problems[0], "secret") || c.Document != nil || len(c.Repositories) != 2 {
			t.Errorf("%q: %q, want %s", text, problems, want)
		}
	}
}
