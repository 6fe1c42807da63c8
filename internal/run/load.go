package run

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"oathgate/internal/repository"
	"oathgate/internal/source"
	"oathgate/rules"
)

// cacheFolder is where the last good rules of repositories are kept for a start without their servers: below
// XDG_CACHE_HOME, or the user's cache folder. "" keeps none.
func cacheFolder() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "oathgate", "repositories")
}

// open reads the configuration for a start, after it has asked the servers of all repositories at once.
func open(ctx context.Context, opt *Options, set *repository.Set) (*source.Configuration, error) {
	named, problems := read(opt, func(address string) ([]byte, error) {
		_, _ = set.Latest(address)
		return nil, repository.ErrNone
	})
	if len(problems) == 0 && named.Pending {
		set.Tick(ctx, time.Now(), named.Options.RepositoryInterval)
		set.Wait()
	}
	set.Changed()
	return load(opt, set)
}

// load reads the configuration with the latest rules of every repository. Where those have mistakes the rules in force
// take their place. Mistakes are logged one by one.
func load(opt *Options, set *repository.Set) (*source.Configuration, error) {
	loaded, problems := read(opt, set.Latest)
	for _, p := range problems {
		opt.Log.Error(p.String())
	}
	if len(problems) > 0 {
		good := withoutNews(opt, set, loaded.Repositories)
		if good == nil {
			return loaded, ErrConfiguration
		}
		loaded = good
	}
	for i := range loaded.Repositories {
		r := &loaded.Repositories[i]
		r.State = set.State(r.Address, r.Content)
	}
	return loaded, nil
}

// withoutNews reads the configuration with the rules in force of those repositories whose latest have mistakes. It is
// nil if that is no better.
func withoutNews(opt *Options, set *repository.Set, repositories []source.Repository) *source.Configuration {
	accepted := map[string]bool{}
	fetch := func(address string) ([]byte, error) {
		if accepted[address] {
			return set.Latest(address)
		}
		return set.Good(address)
	}
	good, problems := read(opt, fetch)
	if len(problems) > 0 {
		return nil
	}
	for _, r := range repositories {
		if !set.News(r.Address) {
			continue
		}
		accepted[r.Address] = true
		if better, problems := read(opt, fetch); len(problems) == 0 {
			good = better
			continue
		}
		delete(accepted, r.Address)
		set.Refuse(r.Address)
		opt.Log.Error("the rules that the repository " + r.Name + " has now are refused; its last good ones stay")
	}
	return good
}

func read(opt *Options, fetch func(address string) ([]byte, error)) (*source.Configuration, []rules.Problem) {
	from := opt.Source
	from.Fetch = fetch
	return source.Load(from)
}

// inForce are the rules of repositories that a configuration serves, by address; nil of those that it waits for.
func inForce(c *source.Configuration) map[string][]byte {
	rules := map[string][]byte{}
	for _, r := range c.Repositories {
		if rules[r.Address] = r.Content; c.Pending {
			rules[r.Address] = nil
		}
	}
	return rules
}
