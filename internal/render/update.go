package render

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Admin asks an Envoy's admin interface: *supervise.Admin.
type Admin interface {
	Do(ctx context.Context, method, target string) (status int, body string, err error)
}

// ErrRefused says that Envoy does not take a discovery file: its log says why.
var ErrRefused = errors.New("refused by Envoy")

const (
	// clustersWait bounds how long rules wait for their clusters, whose names may take time to resolve: a rule that
	// denies is not to wait for them.
	clustersWait = time.Second
	filtersWait  = 10 * time.Second
	poll         = 10 * time.Millisecond
)

// InForce waits until Envoy has the files as they were written last. The error is ErrRefused, the context's or the
// admin interface's.
func (f *Files) InForce(ctx context.Context, admin Admin) error {
	return f.await(ctx, admin, slices.Collect(maps.Keys(f.written)), nil)
}

// Update puts the documents and origins of c, and the bundle they are checked with, in force in a running Envoy,
// without a connection lost. The rest of c is as it was at Write, since only a restart could change it.
//
// New clusters come before the rules that name them, and old ones go with the next Update. If Envoy refuses a
// document, all of c is taken back, the last configuration keeps serving, and the error is ErrRefused.
func (f *Files) Update(ctx context.Context, admin Admin, c Config) error {
	next := f.config
	next.ProxyDocument, next.APIDocument, next.Origins, next.CABundle = c.ProxyDocument, c.APIDocument, c.Origins, c.CABundle
	next, err := next.checked()
	if err != nil {
		return err
	}
	files, clusters, err := next.discovery(f.serving)
	if err != nil {
		return err
	}
	before := maps.Clone(f.written)
	known, err := discovered(ctx, admin)
	if err != nil {
		return err
	}
	if err := f.write(files[:1]); err != nil {
		return err
	}
	short, cancel := context.WithTimeout(ctx, clustersWait)
	defer cancel()
	if err := f.await(short, admin, []string{cdsFile}, known); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(err, f.write([]File{before[cdsFile]}))
	}

	// Until Envoy says which rules are in force, the clusters of both must stay.
	was := f.serving
	f.serving = ordered(append(slices.Clone(clusters), was...))
	if err := f.write(files[1:]); err != nil {
		return err
	}
	long, cancel := context.WithTimeout(ctx, filtersWait)
	defer cancel()
	err = f.await(long, admin, []string{files[1].Name, files[2].Name}, known)
	if errors.Is(err, ErrRefused) {
		f.serving = was
		return errors.Join(err, f.write([]File{before[files[1].Name], before[files[2].Name], before[cdsFile]}))
	}
	if err == nil {
		f.config, f.serving = next, clusters
	}
	return err
}

// await waits until Envoy has these files. known is what it said before they were written.
func (f *Files) await(ctx context.Context, admin Admin, names []string, known map[string]string) error {
	for {
		now, err := discovered(ctx, admin)
		if err != nil {
			return err
		}
		waiting := now["cluster_manager.warming_clusters"] != "0" && slices.Contains(names, cdsFile)
		for _, name := range names {
			version, stats := f.written[name].version, statistics(name)
			if version == "" || now[stats+".version_text"] == `"`+version+`"` {
				continue
			}
			rejected := stats + ".update_rejected"
			if now[rejected] != "" && now[rejected] != "0" && now[rejected] != known[rejected] {
				return fmt.Errorf("%s: %w", name, ErrRefused)
			}
			waiting = true
		}
		if !waiting {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for Envoy to take its configuration: %w", ctx.Err())
		case <-time.After(poll):
		}
	}
}

// statistics is where Envoy counts what became of a discovery file.
func statistics(file string) string {
	if file == cdsFile {
		return "cluster_manager.cds"
	}
	listener := strings.TrimSuffix(strings.TrimPrefix(file, "ecds-"), ".json")
	return "extension_config_discovery.http_filter." + filterName(listener)
}

// discovered is what Envoy says of its discovery files: values by statistic, text in quotes.
func discovered(ctx context.Context, admin Admin) (map[string]string, error) {
	const target = "/stats?filter=(warming_clusters|version_text|update_rejected)$"
	status, body, err := admin.Do(ctx, http.MethodGet, target)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("asked for %s, Envoy's admin interface answers %d", target, status)
	}
	out := map[string]string{}
	for line := range strings.Lines(body) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			out[name] = value
		}
	}
	return out, nil
}
