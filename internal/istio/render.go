package istio

import (
	"fmt"

	"oathgate/internal/source"
)

// Render gives the objects as YAML, in the order in which they are to be applied: whom the filter asks, what guards it,
// the filter itself. notes are what the configuration says and Istio's proxies do otherwise or not at all; the error
// joins everything for which there is no way.
func Render(c *source.Configuration, o Options) (text []byte, notes []string, err error) {
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	d, err := prepare(c)
	if err != nil {
		return nil, nil, err
	}
	servers, err := o.servers(d.endpoints)
	if err != nil {
		return nil, nil, err
	}
	guards, err := o.guards(c.Proxy.Timeout)
	if err != nil {
		return nil, nil, err
	}
	plugin, err := o.plugin(d.config)
	if err != nil {
		return nil, nil, err
	}
	if text, err = print(append(servers, guards, plugin)); err != nil {
		return nil, nil, err
	}
	if len(text) > maxText {
		return nil, nil, fmt.Errorf("these objects are %d bytes; Kubernetes stores no object of more than 1.5 MiB: give each host's rules to a workload of their own", len(text))
	}
	return text, d.notes, nil
}

// maxText leaves room for what Kubernetes adds to an object, of which etcd takes 1.5 MiB by default.
const maxText = 1 << 20
