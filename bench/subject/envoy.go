package subject

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"

	"oathgate/internal/supervise"
)

// object is a JSON object of a configuration.
type object = map[string]any

// list is a JSON array.
type list = []any

// benchListener is the name of a subject's listener.
const benchListener = "bench"

// bootstrap is an Envoy without anything that nothing asks for. Its files are in dir.
func bootstrap(dir string, listeners, clusters []object) object {
	return object{
		"admin":            admin(dir),
		"static_resources": object{"listeners": listeners, "clusters": clusters},
	}
}

// admin is a socket in dir that only its owner may open.
func admin(dir string) object {
	return object{"address": object{"pipe": object{"path": filepath.Join(dir, "admin.sock"), "mode": 0o600}}}
}

// listener has one virtual host. The kernel chooses its port.
func listener(name string, routes, filters []object) object {
	return object{
		"name":    name,
		"address": socket("127.0.0.1:0"),
		"filter_chains": list{object{"filters": list{extension(
			"envoy.filters.network.http_connection_manager", "filters.network.http_connection_manager.v3.HttpConnectionManager", object{
				"stat_prefix":  name,
				"route_config": object{"virtual_hosts": list{object{"name": name, "domains": list{"*"}, "routes": routes}}},
				"http_filters": append(filters[:len(filters):len(filters)], extension("envoy.filters.http.router", "filters.http.router.v3.Router", nil)),
			})}}},
	}
}

// toUpstream sends everything to the cluster of that name.
func toUpstream() []object {
	return []object{{"match": object{"prefix": "/"}, "route": object{"cluster": "upstream"}}}
}

func cluster(name, address string, fields object) object {
	c := object{
		"name": name, "type": "STATIC", "connect_timeout": "1s",
		"load_assignment": object{"cluster_name": name, "endpoints": list{object{"lb_endpoints": list{object{
			"endpoint": object{"address": socket(address)},
		}}}}},
	}
	maps.Copy(c, fields)
	return c
}

// socket is an address of the form IP:port.
func socket(address string) object {
	host, port, _ := strings.Cut(address, ":")
	return object{"socket_address": object{"address": host, "port_value": port}}
}

// extension is a named typed_config: kind is the message's name below envoy.extensions.
func extension(name, kind string, fields object) object {
	typed := object{"@type": "type.googleapis.com/envoy.extensions." + kind}
	maps.Copy(typed, fields)
	return object{"name": name, "typed_config": typed}
}

// listeners are the addresses of an Envoy's listeners, by their names.
func listeners(ctx context.Context, admin *supervise.Admin) (map[string]string, error) {
	status, body, err := admin.Do(ctx, http.MethodGet, "/listeners")
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("envoy's admin answered %d to /listeners", status)
	}
	at := map[string]string{}
	for line := range strings.Lines(body) {
		if name, address, ok := strings.Cut(strings.TrimSpace(line), "::"); ok {
			at[name] = address
		}
	}
	return at, nil
}
