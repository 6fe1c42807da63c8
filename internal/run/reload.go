package run

import (
	"context"
	"reflect"

	"oathgate/internal/render"
	"oathgate/internal/supervise"
)

// reloader puts changed files in force.
type reloader struct {
	opt     *Options
	files   *render.Files
	envoy   *supervise.Process
	watched *watcher
	// started is what Envoy was started with.
	started render.Config
}

// reload reads the configuration again. One with a mistake is logged and changes
// nothing.
func (r *reloader) reload(ctx context.Context) {
	loaded, err := load(r.opt)
	// Also files that a refused configuration names: the next change may be there.
	r.watched.add(loaded.Files, err == nil)
	if err != nil {
		r.opt.Log.Error(err.Error() + "; the last good one goes on serving")
		return
	}
	c, err := config(loaded)
	if err != nil {
		r.opt.Log.Error(err.Error() + "; the last good configuration goes on serving")
		return
	}
	if !reflect.DeepEqual(listeners(&c), listeners(&r.started)) {
		r.opt.Log.Warn("serve and log have changed: that takes a restart; everything else is put in force")
	}
	if err := r.files.Update(ctx, r.envoy.Admin(), c); err != nil {
		if ctx.Err() != nil {
			return
		}
		r.opt.Log.Error("the changed configuration is not in force: " + err.Error() + "\n" + r.envoy.Log(5))
		return
	}
	r.opt.Log.Info("the changed configuration is in force", "rules", len(loaded.Rules))
}

// listeners is what of a configuration only a restart can change.
func listeners(c *render.Config) []any { return []any{c.Proxy, c.API, c.Prometheus, c.Log} }

// add watches these files from now on, and if only, no others.
func (w *watcher) add(paths []string, only bool) {
	files := make(map[string]snapshot, len(paths))
	for _, path := range paths {
		before, known := w.files[path]
		if !known {
			before = take(path)
		}
		files[path] = before
	}
	if !only {
		for path, before := range w.files {
			if _, known := files[path]; !known {
				files[path] = before
			}
		}
	}
	w.files = files
}
