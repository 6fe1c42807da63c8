package run

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"oathgate/internal/render"
	"oathgate/internal/repository"
	"oathgate/internal/source"
)

func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "oathkeeper.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("log: {level: info}")
	var log bytes.Buffer
	opt := &Options{Source: source.Options{Files: []string{path}}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	set := repository.NewSet("", opt.Log)
	loaded, err := load(opt, set)
	if err != nil {
		t.Fatal(err)
	}
	started, err := Config(loaded)
	if err != nil {
		t.Fatal(err)
	}
	var answer error
	updates := 0
	r := &reloader{
		opt: opt, set: set, watched: watch(loaded), started: started,
		update: func(context.Context, render.Config) error { updates++; return answer },
		tail:   func(int) string { return "the end of its log" },
	}
	slow := errors.New("Envoy is slow")
	soon, late := time.Duration(0), retry+time.Second
	for _, step := range []struct {
		about, text string
		after       time.Duration
		answer      error
		due         bool
		updates     int
		says        string
	}{
		{"nothing", "", late, nil, false, 0, ""},
		{"a good one", "log: {}", soon, nil, true, 1, "is in force"},
		{"a mistake", "log: {levl: info}", soon, nil, true, 0, "last good one goes on serving"},
		{"the mistake is old", "", late, nil, false, 0, ""},
		{"Envoy is slow", "{}", soon, slow, true, 1, "Envoy is slow"},
		{"it is not asked at once", "", soon, nil, false, 0, ""},
		{"it still is", "", late, slow, true, 1, ""},
		{"no more", "", late, nil, true, 1, "is in force"},
		{"all is well", "", late, nil, false, 0, ""},
		{"Envoy refuses", "log: {}", soon, render.ErrRefused, true, 1, "the end of its log"},
		{"it would again", "", late, nil, false, 0, ""},
		{"another listener", "serve: {api: {port: 1}}", soon, nil, true, 1, "takes a restart"},
	} {
		if step.text != "" {
			write(step.text)
		}
		log.Reset()
		updates, answer = 0, step.answer
		due := r.due(time.Now().Add(step.after))
		if due {
			r.reload(t.Context())
		}
		if due != step.due || updates != step.updates {
			t.Errorf("%s: due is %v, %d updates", step.about, due, updates)
		}
		if got := log.String(); !strings.Contains(got, step.says) || step.says == "" && got != "" {
			t.Errorf("%s: %s", step.about, got)
		}
	}
}
