package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"oathgate/internal/render"
	"oathgate/internal/repository"
	"oathgate/internal/source"
)

const handlersOn = `
authenticators: {noop: {enabled: true}}
authorizers: {allow: {enabled: true}}
mutators: {noop: {enabled: true}}
access_rules: {repositories: [%s]}
`

func ruleCalled(id string) string {
	return fmt.Sprintf(`[{"id": %q, "match": {"url": "http://app.test/%[1]s", "methods": ["GET"]}, "authenticators": [{"handler": "noop"}],
"authorizer": {"handler": "allow"}, "mutators": [{"handler": "noop"}], "upstream": {"url": "http://%[1]s.test"}}]`, id)
}

// bench is a reloader on a configuration file and two servers of rules, whose update notes what it is given.
type bench struct {
	*reloader
	file   string
	texts  [2]string // of the servers; "" answers 500
	listed []string  // the repositories, as the file lists them
	log    bytes.Buffer
	given  *render.Config
}

func newBench(t *testing.T, cache string) *bench {
	t.Helper()
	b := &bench{file: filepath.Join(t.TempDir(), "a.yaml")}
	for i := range b.texts {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if b.texts[i] == "" {
				w.WriteHeader(http.StatusInternalServerError)
			}
			io.WriteString(w, b.texts[i])
		}))
		t.Cleanup(server.Close)
		b.listed = append(b.listed, server.URL+"/rules")
	}
	opt := &Options{Source: source.Options{Files: []string{b.file}}, Log: slog.New(slog.NewTextHandler(&b.log, nil))}
	b.reloader = &reloader{
		opt: opt, set: repository.NewSet(cache, opt.Log), interval: time.Hour,
		update: func(_ context.Context, c render.Config) error { b.given = &c; return nil },
		tail:   func(int) string { return "" },
	}
	return b
}

func (b *bench) write(t *testing.T, repositories ...string) {
	t.Helper()
	if err := os.WriteFile(b.file, fmt.Appendf(nil, handlersOn, `"`+strings.Join(repositories, `", "`)+`"`), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start is a start as Run's.
func (b *bench) start(t *testing.T) {
	t.Helper()
	loaded, err := open(t.Context(), b.opt, b.set)
	if err != nil {
		t.Fatal(err, b.log.String())
	}
	c, err := Config(loaded)
	if err != nil {
		t.Fatal(err)
	}
	b.given, b.started, b.pending, b.watched = &c, c, loaded.Pending, watch(loaded)
	b.set.Keep(inForce(loaded))
}

// hour lets an hour pass, in which servers are asked once and what has changed is put in force.
func (b *bench) hour(t *testing.T) {
	b.log.Reset()
	b.set.Tick(t.Context(), time.Now().Add(time.Hour), b.interval)
	b.set.Wait()
	for b.due(time.Now()) {
		b.reload(t.Context())
		// A repository that has just been named is asked at once.
		b.set.Tick(t.Context(), time.Now(), b.interval)
		b.set.Wait()
	}
}

// served are the ids of the rules in force, and the failures of repositories.
func (b *bench) served(t *testing.T) string {
	t.Helper()
	var root struct {
		Rules struct{ Rules []struct{ ID string } } `json:"access_rules"`
		Block struct {
			Repositories struct {
				State []struct {
					Name          string
					Rules         int
					Loaded, Known int64
					Error         string
				}
			}
		} `json:"oathgate"`
	}
	if err := json.Unmarshal(b.given.APIDocument, &root); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range root.Rules.Rules {
		list = append(list, r.ID)
	}
	for _, s := range root.Block.Repositories.State {
		if s.Error != "" {
			list = append(list, s.Error)
		}
		if (s.Loaded == 0) != (s.Rules == 0) || s.Error == "" && s.Known != 0 || !strings.HasPrefix(s.Name, "http://127.0.0.1:") {
			t.Errorf("%+v", s)
		}
	}
	return strings.Join(list, " ")
}

// Until the rules of every repository have been had there are none; from then on each has its last good ones.
func TestRepositories(t *testing.T) {
	b := newBench(t, filepath.Join(t.TempDir(), "cache"))
	b.write(t, b.listed...)
	b.texts = [2]string{ruleCalled("a"), ""}
	b.start(t)
	for i, step := range []struct {
		about        string
		first, other string
		do           func()
		served, says string
	}{
		{"one is missing", ruleCalled("a"), "", nil, "status", ""},
		{"it is there, with a mistake", ruleCalled("a"), `[{"id": "b"}]`, nil, "refused", "b\\\": [0].match: is missing"},
		{"it is there", ruleCalled("a"), ruleCalled("b"), nil, "a b", "is in force\" rules=2"},
		{"nothing", ruleCalled("a"), ruleCalled("b"), nil, "a b", ""},
		{"one changes", ruleCalled("c"), ruleCalled("b"), nil, "c b", "is in force"},
		{"both fail", "", "", nil, "c b status status", "its last good rules stay in force"},
		{"one is garbage, one is back", "<html>", ruleCalled("d"), nil, "c d refused", "must be a list of rules"},
		{"one has a mistake, one changes", strings.Replace(ruleCalled("e"), "match", "mtch", 1), ruleCalled("f"), nil, "c f refused", "did you mean match"},
		{"it is mended", ruleCalled("e"), ruleCalled("f"), nil, "e f", "is in force"},
		{"it is gone", ruleCalled("e"), ruleCalled("f"), func() { b.write(t, b.listed[0]) }, "e", "is in force"},
		{"another is named, which cannot be had", ruleCalled("e"), "", func() { b.write(t, b.listed[0], strings.Replace(b.listed[1], "rules", "new", 1)) }, "e", "waits for the rules of a repository"},
		{"it can", ruleCalled("e"), ruleCalled("g"), nil, "e g", "is in force"},
	} {
		b.texts = [2]string{step.first, step.other}
		if step.do != nil {
			step.do()
		}
		b.hour(t)
		if got := b.served(t); got != step.served {
			t.Errorf("%d, %s: %q is in force, want %q: %s", i, step.about, got, step.served, b.log.String())
		}
		if said := b.log.String(); !strings.Contains(said, step.says) || step.says == "" && said != "" {
			t.Errorf("%d, %s: %s", i, step.about, said)
		}
	}
}

// Whatever of a server's rules is refused, a start has those that were kept.
func TestStartWithoutServers(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	b := newBench(t, cache)
	b.write(t, b.listed...)
	b.texts = [2]string{ruleCalled("a"), ruleCalled("b")}
	b.start(t)
	if got := b.served(t); got != "a b" {
		t.Fatal(got)
	}
	for text, want := range map[string]string{"": "a b status", "[{}]": "a b refused", "{": "a b refused"} {
		again := newBench(t, cache)
		again.file, again.opt.Source.Files = b.file, []string{b.file}
		b.texts[1] = text
		again.start(t)
		if got := again.served(t); got != want {
			t.Errorf("%q: %q is in force, want %q: %s", text, got, want, again.log.String())
		}
	}
}

// A mistake in a file is one at a start, whatever servers do.
func TestMistakeBesideRepositories(t *testing.T) {
	b := newBench(t, "")
	b.write(t, append(b.listed, "file:///nonexistent")...)
	b.texts = [2]string{ruleCalled("a"), ""}
	if _, err := open(t.Context(), b.opt, b.set); err != ErrConfiguration || !strings.Contains(b.log.String(), "does not exist") {
		t.Errorf("%v: %s", err, b.log.String())
	}
}
