package harness

import (
	"os"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml"
)

// resources reads the file that a configuration source names, the only kind that can be looked into.
func (g *guards) resources(what string, source any) []any {
	path := text(at(source, "path_config_source", "path"))
	if path == "" {
		g.need(false, "%s do not stand in a file", what)
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		g.need(false, "%s: %v", what, err)
		return nil
	}
	var file any
	if err := yaml.Unmarshal(b, &file); err != nil {
		g.need(false, "%s: %v", what, err)
		return nil
	}
	return list(at(file, "resources"))
}

// followed is the chain with the filters that are discovered in their places. One that Envoy could do without for a
// while, or that could be another filter than ours, stays as it is and is then found missing.
func (g *guards) followed(name string, filters []any) []any {
	filters = slices.Clone(filters)
	for i, f := range filters {
		discovery := at(f, "config_discovery")
		if discovery == nil {
			continue
		}
		g.need(at(f, "is_optional") != true, "%s: the filter is optional", name)
		g.need(at(discovery, "default_config") == nil, "%s: the filter has a default", name)
		g.need(at(discovery, "apply_default_config_without_warming") != true, "%s: the filter is not waited for", name)
		g.need(reflect.DeepEqual(at(discovery, "type_urls"), []any{"type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"}),
			"%s: the filter may be of another type", name)
		for _, r := range g.resources(name+": filters", at(discovery, "config_source")) {
			if text(at(r, "name")) == text(at(f, "name")) {
				filters[i] = r
			}
		}
	}
	return filters
}
