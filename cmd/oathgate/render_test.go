package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// deploy/istio/oathgate.yaml is what its README says to render.
func TestRenderIstio(t *testing.T) {
	example, err := filepath.Abs("../../deploy/istio")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(example, "oathgate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(example, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(readme), "\noathgate ")
	line, _, _ = strings.Cut(line, " > oathgate.yaml\n")
	site := strings.Fields(strings.ReplaceAll(line, "\\\n", ""))
	in := func(file string) []string {
		args := slices.Clone(site)
		args[slices.Index(args, "oathkeeper.yaml")] = file
		return args
	}
	for _, c := range []struct {
		name           string
		args           []string
		ok             bool
		stdout, stderr string
	}{
		{"the example", in(filepath.Join(example, "oathkeeper.yaml")), true, string(want), ""},
		// It has a rule that reads the body, and servers by address.
		{"another site", in("site.yaml"), false, "", "look at the request body"},
		{"mistakes", in("wrong.yaml"), false, "", "wrong.yaml:"},
		{"no selector", []string{"render", "istio", "--url", "oci://r.test/a:1", "-c", filepath.Join(example, "oathkeeper.yaml")}, false, "", "no selector"},
		{"no configuration", []string{"render", "istio"}, false, "", "no selector"},
		{"no system", []string{"render"}, true, "istio", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, ok := oathgate(t, c.args...)
			if ok != c.ok || !strings.Contains(stdout, c.stdout) || !c.ok && stdout != "" || !strings.Contains(stderr, c.stderr) || c.ok && stderr != "" {
				t.Errorf("%v\n%s\n%s", ok, stdout, stderr)
			}
			if strings.Contains(stderr, "hush") {
				t.Errorf("a secret is told:\n%s", stderr)
			}
		})
	}
}
