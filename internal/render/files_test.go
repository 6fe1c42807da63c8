package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// envoy answers as an Envoy that has read the files of dir, and does not take those in refuses.
type envoy struct {
	t        *testing.T
	dir      string
	refuses  string
	rejected int
	taken    map[string]string
	seen     []string // each change that it saw, with the clusters of that moment
}

func (e *envoy) Do(_ context.Context, _, _ string) (int, string, error) {
	var out strings.Builder
	out.WriteString("cluster_manager.warming_clusters: 0\n")
	for _, name := range []string{"cds.json", "ecds-proxy.json", "ecds-api.json"} {
		content, err := os.ReadFile(filepath.Join(e.dir, name))
		if err != nil {
			e.t.Fatal(err)
		}
		var file struct {
			Version   string `json:"version_info"`
			Resources []any
		}
		if err := json.Unmarshal(content, &file); err != nil {
			e.t.Fatal(err)
		}
		if file.Version != e.taken[name] {
			if name == e.refuses {
				e.rejected++
			} else {
				e.taken[name] = file.Version
				e.seen = append(e.seen, name)
			}
		}
		fmt.Fprintf(&out, "%s.version_text: %q\n", statistics(name), e.taken[name])
		rejected := 0
		if name == e.refuses {
			rejected = e.rejected
		}
		fmt.Fprintf(&out, "%s.update_rejected: %d\n", statistics(name), rejected)
	}
	return 200, out.String(), nil
}

func written(t *testing.T) (Config, *Files, *envoy) {
	t.Helper()
	return start(t, example(t))
}

func start(t *testing.T, c Config) (Config, *Files, *envoy) {
	t.Helper()
	dir, err := os.MkdirTemp("", "render-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c.Dir = filepath.Join(dir, "envoy")
	files, err := Write(c)
	if err != nil {
		t.Fatal(err)
	}
	admin := &envoy{t: t, dir: c.Dir, taken: map[string]string{}}
	if err := files.InForce(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	admin.seen = nil
	return c, files, admin
}

func clusterNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "cds.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Resources []struct{ Name string } }
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	for _, r := range file.Resources {
		names = append(names, r.Name)
	}
	return names
}

func TestOnlyTheOwnerReadsTheFiles(t *testing.T) {
	c, files, _ := written(t)
	err := filepath.WalkDir(c.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if files.Bootstrap() != filepath.Join(c.Dir, "bootstrap.json") {
		t.Error(files.Bootstrap())
	}
	if err := os.Chmod(c.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(c); err == nil || !strings.Contains(err.Error(), "mode 0700") {
		t.Errorf("a folder that others read: %v", err)
	}
}

func TestUpdateWritesClustersFirst(t *testing.T) {
	c, files, admin := written(t)
	c.ProxyDocument = []byte(`{"a": 2}`)
	c.Origins = []Origin{{"http", "10.0.0.2", 80, "new", false}}
	if err := files.Update(t.Context(), admin, c); err != nil {
		t.Fatal(err)
	}
	if want := []string{"cds.json", "ecds-proxy.json"}; !reflect.DeepEqual(admin.seen, want) {
		t.Errorf("Envoy saw %v", admin.seen)
	}
	// The old rules were in force until then, and their clusters go with the next change.
	if got, want := clusterNames(t, c.Dir), []string{"address", "name", "new", "six"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	c.APIDocument = []byte(`{"b": 3}`)
	if err := files.Update(t.Context(), admin, c); err != nil {
		t.Fatal(err)
	}
	if got, want := clusterNames(t, c.Dir), []string{"new"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// Who starts without an https server needs no bundle until there is one.
func TestUpdateBringsTheFirstBundle(t *testing.T) {
	c := example(t)
	bundle := c.CABundle
	c.Origins, c.CABundle = nil, ""
	c, files, admin := start(t, c)
	c.Origins, c.CABundle = []Origin{{"https", "id.test", 443, "secure", false}}, bundle
	if err := files.Update(t.Context(), admin, c); err != nil {
		t.Error(err)
	}
}

func TestUpdateLeavesAloneWhatIsTheSame(t *testing.T) {
	c, files, admin := written(t)
	before, err := os.Stat(filepath.Join(c.Dir, "ecds-api.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.ProxyDocument = []byte(`{"a": 2}`)
	if err := files.Update(t.Context(), admin, c); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(filepath.Join(c.Dir, "ecds-api.json"))
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("ecds-api.json was written again, %v", err)
	}
}

// What Envoy refuses is taken back, in both listeners, and the clusters of what serves stay.
func TestUpdateTakesBackWhatIsRefused(t *testing.T) {
	c, files, admin := written(t)
	proxy := filepath.Join(c.Dir, "ecds-proxy.json")
	before, err := os.ReadFile(proxy)
	if err != nil {
		t.Fatal(err)
	}
	clusters, err := os.ReadFile(filepath.Join(c.Dir, cdsFile))
	if err != nil {
		t.Fatal(err)
	}
	admin.refuses = "ecds-api.json"
	bad := c
	bad.ProxyDocument, bad.APIDocument = []byte(`{"a": 2}`), []byte(`{"b": 3}`)
	bad.Origins = []Origin{{"http", "10.0.0.2", 80, "new", false}, {"http", "10.0.0.3", 80, "address", false}}
	for range 2 {
		if err := files.Update(t.Context(), admin, bad); !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(proxy); err != nil || string(after) != string(before) {
			t.Errorf("the proxy's filter is now %s, %v", after, err)
		}
		if after, err := os.ReadFile(filepath.Join(c.Dir, cdsFile)); err != nil || string(after) != string(clusters) {
			t.Errorf("what serves has other clusters: %s, %v", after, err)
		}
	}
	admin.refuses = ""
	if err := files.Update(t.Context(), admin, c); err != nil {
		t.Error(err)
	}
}

func TestUpdateRefusesMistakesBeforeItWrites(t *testing.T) {
	c, files, admin := written(t)
	c.ProxyDocument = []byte(`{`)
	if err := files.Update(t.Context(), admin, c); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("%v", err)
	}
	admin.Do(t.Context(), "", "")
	if admin.seen != nil {
		t.Errorf("Envoy saw %v", admin.seen)
	}
}
