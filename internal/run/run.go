package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"oathgate/internal/module"
	"oathgate/internal/render"
	"oathgate/internal/repository"
	"oathgate/internal/source"
	"oathgate/internal/supervise"
)

// Options is one run.
type Options struct {
	Source source.Options
	// Concurrency is the number of Envoy's workers; 0 = one for each core.
	Concurrency int
	// DryRun prints what Envoy would run from to Output, and runs nothing.
	DryRun bool
	// Hurry, once closed, ends a run that is stopping without waiting for requests.
	Hurry <-chan struct{}
	// Output gets the access log.
	Output io.Writer
	// Log gets everything else.
	Log *slog.Logger
}

// ErrConfiguration says that the configuration has mistakes; each of them has been
// logged.
var ErrConfiguration = errors.New("the configuration is refused")

// readyWithin is how long an Envoy that is ready may take to tell what it serves.
const readyWithin = 30 * time.Second

// Run runs until ctx ends, which is no error, or Envoy does, which is one. It
// leaves no process and no file behind.
func Run(ctx context.Context, opt Options) error {
	ctx, cancel := context.WithCancel(ctx)
	set := repository.NewSet(cacheFolder(), opt.Log)
	defer set.Wait()
	defer cancel()
	loaded, err := open(ctx, &opt, set)
	if err != nil {
		return err
	}
	for _, note := range loaded.Notes {
		opt.Log.Warn("no effect: " + note.String())
	}
	for _, key := range overridden(loaded.Document, loaded.Proxy.TLS != nil) {
		opt.Log.Warn("no effect: " + key + ": the listeners are this program's, and it says itself what the filter has to know of them")
	}
	c, err := Config(loaded)
	if err != nil {
		return err
	}
	dir, remove, err := supervise.Scratch()
	if err != nil {
		return err
	}
	defer remove()
	c.Dir = dir
	c.Module = filepath.Join(c.Dir, "oathgate.wasm")
	if err := module.WriteFile(c.Module); err != nil {
		return err
	}
	if opt.DryRun {
		return print(opt.Output, c)
	}
	if err := serve(ctx, &opt, set, loaded, c); ctx.Err() == nil {
		return err
	}
	return nil
}

// print writes every file that Envoy would be given.
func print(w io.Writer, c render.Config) error {
	files, err := render.Render(c)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := fmt.Fprintf(w, "# %s\n%s\n", f.Name, strings.TrimSpace(string(f.Content))); err != nil {
			return err
		}
	}
	return nil
}

// serve runs Envoy.
func serve(ctx context.Context, opt *Options, set *repository.Set, loaded *source.Configuration, c render.Config) error {
	if err := free(&c); err != nil {
		return err
	}
	binary, err := supervise.Find(ctx, supervise.FindOptions{Cache: true, Log: lines(opt.Log)})
	if err != nil {
		return err
	}
	files, err := render.Write(c)
	if err != nil {
		return err
	}
	envoy, err := supervise.Start(ctx, supervise.Options{
		Envoy: binary.Path, Config: files.Bootstrap(), Dir: c.Dir, Concurrency: opt.Concurrency,
		Output: opt.Output, LogLevel: "error",
		// Else a line of the access log may wait for ten seconds.
		Args: []string{"--file-flush-interval-msec", "1000"},
	})
	if err != nil {
		return err
	}
	defer envoy.Stop()
	limited, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := files.InForce(limited, envoy.Admin()); err != nil {
		return fmt.Errorf("%w:\n%s", err, envoy.Log(20))
	}
	set.Keep(inForce(loaded))
	at := listening(limited, envoy.Admin())
	opt.Log.Info("serving", "rules", len(loaded.Rules), "envoy", binary.Version,
		"proxy", at["proxy"], "api", at["api"], "metrics", at["prometheus"])

	r := &reloader{
		opt: opt, set: set, watched: watch(loaded), pending: loaded.Pending, interval: loaded.Options.RepositoryInterval,
		started: c, tail: envoy.Log,
		update: func(ctx context.Context, c render.Config) error { return files.Update(ctx, envoy.Admin(), c) },
	}
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			opt.Log.Info("stopping: open requests are let finish")
			drain(envoy, opt.Hurry)
			return nil
		case <-envoy.Done():
			return envoy.Err()
		case <-ticker.C:
			set.Tick(ctx, time.Now(), r.interval)
			if r.due(time.Now()) {
				r.reload(ctx)
			}
		}
	}
}

// listening says where Envoy's listeners are: a port may have been the kernel's choice.
func listening(ctx context.Context, admin render.Admin) map[string]string {
	_, body, err := admin.Do(ctx, http.MethodGet, "/listeners")
	if err != nil {
		return nil
	}
	at := map[string]string{}
	for line := range strings.Lines(body) {
		if name, address, ok := strings.Cut(strings.TrimSpace(line), "::"); ok {
			at[name] = address
		}
	}
	return at
}

// lines is a writer whose lines are logged.
func lines(log *slog.Logger) io.Writer { return lineWriter{log} }

type lineWriter struct{ log *slog.Logger }

func (w lineWriter) Write(b []byte) (int, error) {
	w.log.Info(strings.TrimSpace(string(b)))
	return len(b), nil
}
