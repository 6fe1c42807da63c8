package subject

import (
	"context"
	"strconv"

	"oathgate/bench/workload"
	"oathgate/internal/supervise"
)

// Subject is a proxy to measure.
type Subject interface {
	Name() string    // such as "envoy-oathkeeper"
	Title() string   // such as "Envoy ext_authz → Oathkeeper"
	Version() string // of the programs that it is made of; "" if it is missing
	Missing() string // why it cannot run, "" if it can
	// Serves reports whether it can do a workload's work.
	Serves(*workload.Setup, *workload.Workload) bool
	// Start starts it, has it prove that it does the work of each workload that it serves, and binds it to core 0. What
	// it gives is the caller's to stop.
	Start(context.Context, *workload.Setup) (*Running, error)
}

// Options is what subjects are made of.
type Options struct {
	Envoy    supervise.Binary
	Modules  []string // paths of builds of the filter: each is a subject
	Upstream *Upstream
}

// oathgateName is the name of the first build of the filter.
const oathgateName = "oathgate"

// All are the subjects, the first of which is Envoy alone. Those that cannot run are among them.
func All(opt Options) []Subject {
	subjects := []Subject{bare(opt)}
	for i, module := range opt.Modules {
		name := oathgateName
		if i > 0 {
			name += "-" + strconv.Itoa(i)
		}
		subjects = append(subjects, newOathgate(opt, module, name))
	}
	ok, hd := findPeer("oathkeeper", oathkeeperVariable), findPeer("heimdall", heimdallVariable)
	return append(subjects,
		&oathkeeper{opt, ok},
		&heimdall{opt, hd},
		&extAuthz{opt: opt, name: "envoy-oathkeeper", title: "Envoy ext_authz → Oathkeeper", peer: ok, ask: askOathkeeper},
		&extAuthz{opt: opt, name: "envoy-heimdall", title: "Envoy ext_authz → heimdall", peer: hd, ask: askHeimdall},
		jwtAuthn(opt, "envoy-jwt", "Envoy jwt_authn", 0),
		// As many tokens as Oathgate's cache has.
		jwtAuthn(opt, "envoy-jwt-cache", "Envoy jwt_authn with its token cache", 4096),
		rbac(opt),
		unfiltered{newOathgate(opt, opt.Modules[0], "envoy-unfiltered")},
	)
}
