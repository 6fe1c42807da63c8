package harness

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"strconv"
	"time"
)

// object is a JSON object of Envoy's configuration.
type object = map[string]any

// bootstrap is the configuration of one Envoy: its listeners, and clusters with the addresses that they lead to.
type bootstrap struct {
	listeners []Listener
	clusters  map[string]string // name to host:port, or "" for a cluster without a host
	admin     string            // path of the admin's Unix socket
	module    string
	discovery string // path of the file that the listeners stand in, or "": they stand in the bootstrap
}

// render gives the bootstrap, and the file with the listeners if they stand in one of their own.
func (b bootstrap) render() (text, discovery []byte, err error) {
	var listeners, clusters []object
	for _, l := range b.listeners {
		rendered, err := l.render(b)
		if err != nil {
			return nil, nil, err
		}
		listeners = append(listeners, rendered)
	}
	for name, address := range b.clusters {
		c, err := cluster(name, address)
		if err != nil {
			return nil, nil, err
		}
		clusters = append(clusters, c)
	}
	config := object{
		"admin":            object{"address": object{"pipe": object{"path": b.admin, "mode": 0o600}}},
		"static_resources": object{"listeners": listeners, "clusters": clusters},
	}
	if b.discovery != "" {
		for _, l := range listeners {
			l["@type"] = "type.googleapis.com/envoy.config.listener.v3.Listener"
		}
		if discovery, err = json.Marshal(object{"resources": listeners}); err != nil {
			return nil, nil, err
		}
		config["node"] = object{"id": "oathgate", "cluster": "oathgate"}
		config["static_resources"] = object{"clusters": clusters}
		config["dynamic_resources"] = object{"lds_config": object{
			"resource_api_version": "V3", "path_config_source": object{"path": b.discovery},
		}}
	}
	text, err = json.MarshalIndent(config, "", " ")
	return text, discovery, err
}

func cluster(name, address string) (object, error) {
	endpoints := []object{}
	if address != "" {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("cluster %s: %w", name, err)
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			return nil, fmt.Errorf("cluster %s: %w", name, err)
		}
		endpoints = []object{{"lb_endpoints": []object{{"endpoint": object{"address": socket(number)}}}}}
	}
	return object{
		"name": name, "type": "STATIC", "connect_timeout": "1s",
		"circuit_breakers": object{"thresholds": []object{{
			"max_connections": 4096, "max_pending_requests": 4096, "max_requests": 4096, "max_retries": 0,
		}}},
		"load_assignment": object{"cluster_name": name, "endpoints": endpoints},
	}, nil
}

func socket(port int) object {
	return object{"socket_address": object{"address": "127.0.0.1", "port_value": port}}
}

// extension is a named typed_config: kind is the message's name below envoy.extensions.
func extension(name, kind string, fields object) object {
	typed := object{"@type": "type.googleapis.com/envoy.extensions." + kind}
	maps.Copy(typed, fields)
	return object{"name": name, "typed_config": typed}
}

// set is a header mutation that leaves name with this value alone.
func set(name, value string) object {
	return object{"append": object{
		"header": object{"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
	}}
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}
