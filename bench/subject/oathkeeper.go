package subject

import (
	"context"
	"strconv"

	"oathgate/bench/workload"
)

// oathkeeper is Oathkeeper as a proxy.
type oathkeeper struct {
	opt  Options
	peer *peer
}

func (o *oathkeeper) Name() string    { return "oathkeeper" }
func (o *oathkeeper) Title() string   { return "Oathkeeper, proxy" }
func (o *oathkeeper) Version() string { return o.peer.version() }
func (o *oathkeeper) Missing() string { return o.peer.missing }

func (o *oathkeeper) Serves(*workload.Setup, *workload.Workload) bool { return true }

func (o *oathkeeper) Start(ctx context.Context, setup *workload.Setup) (*Running, error) {
	return started(ctx, o.opt, o, setup, byRule, func(l *launch) error {
		proxy, _, err := l.oathkeeper(o.peer, setup, o.opt.Upstream)
		l.address = proxy
		return err
	})
}

// oathkeeper starts Oathkeeper and returns where its proxy and its decision API are going to listen.
func (l *launch) oathkeeper(p *peer, setup *workload.Setup, u *Upstream) (proxy, api string, err error) {
	ports, err := freePorts(3)
	if err != nil {
		return "", "", err
	}
	rules, err := l.file("rules.json", accessRules(setup, u))
	if err != nil {
		return "", "", err
	}
	at := func(port int) object { return object{"host": "127.0.0.1", "port": port} }
	config := document(setup, u)
	config["serve"] = object{"proxy": at(ports[0]), "api": at(ports[1]), "prometheus": at(ports[2])}
	config["log"] = object{"level": "error"}
	config["access_rules"] = object{"matching_strategy": "regexp", "repositories": list{"file://" + rules}}
	path, err := l.file("oathkeeper.yaml", config)
	if err != nil {
		return "", "", err
	}
	return loopback(ports[0]), loopback(ports[1]), l.program(p.path, nil, "serve", "--sqa-opt-out", "-c", path)
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
