package run

import (
	"context"
	"errors"
	"reflect"
	"time"

	"oathgate/internal/render"
	"oathgate/internal/repository"
)

// retry is how long after a good change could not be put in force it is tried again.
const retry = 10 * time.Second

// reloader puts changed files in force.
type reloader struct {
	opt     *Options
	set     *repository.Set
	watched *watcher
	// pending says that no rules are in force, as those of a repository are still to come.
	pending bool
	// interval is how often the servers of repositories are asked.
	interval time.Duration
	// started is what Envoy was started with.
	started render.Config
	update  func(context.Context, render.Config) error
	// tail gives the last lines of Envoy's log.
	tail func(lines int) string

	// failed is when and why a good change was not put in force, for a reason that may pass.
	failed struct {
		at  time.Time
		why string
	}
}

// due reports whether there is something to put in force.
func (r *reloader) due(now time.Time) bool {
	files, repositories := r.watched.changed(), r.set.Changed()
	return files || repositories || r.failed.why != "" && now.Sub(r.failed.at) >= retry
}

// reload reads the configuration again. One with a mistake is logged and changes
// nothing.
func (r *reloader) reload(ctx context.Context) {
	loaded, err := load(r.opt, r.set)
	// Also files that a refused configuration names: the next change may be there.
	r.watched.loaded(loaded, err == nil)
	if err != nil {
		r.failed.why = ""
		r.opt.Log.Error(err.Error() + "; the last good one goes on serving")
		return
	}
	if loaded.Pending && !r.pending {
		r.failed.why = ""
		r.opt.Log.Warn("the changed configuration waits for the rules of a repository; the last good one goes on serving")
		return
	}
	c, err := Config(loaded)
	if err != nil {
		r.fail(err.Error() + "; the last good configuration goes on serving")
		return
	}
	again := r.failed.why != ""
	if !again && !reflect.DeepEqual(listeners(&c), listeners(&r.started)) {
		r.opt.Log.Warn("serve and log have changed: that takes a restart; everything else is put in force")
	}
	switch err := r.update(ctx, c); {
	case ctx.Err() != nil:
	case errors.Is(err, render.ErrRefused):
		r.failed.why = ""
		r.opt.Log.Error("the changed configuration is not in force: " + err.Error() + "\n" + r.tail(5))
	case err != nil:
		r.fail("the changed configuration is not in force: " + err.Error())
	default:
		r.failed.why = ""
		r.pending, r.interval = loaded.Pending, loaded.Options.RepositoryInterval
		r.set.Keep(inForce(loaded))
		r.opt.Log.Info("the changed configuration is in force", "rules", len(loaded.Rules))
	}
}

// fail says why, once, and that it is to be tried again.
func (r *reloader) fail(why string) {
	if why != r.failed.why {
		r.opt.Log.Error(why)
	}
	r.failed.at, r.failed.why = time.Now(), why
}

// listeners is what of a configuration only a restart can change.
func listeners(c *render.Config) []any { return []any{c.Proxy, c.API, c.Prometheus, c.Log} }
