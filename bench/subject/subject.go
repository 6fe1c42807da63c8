package subject

import (
	"context"

	"oathgate/bench/workload"
	"oathgate/internal/supervise"
)

// Subject is a proxy to measure.
type Subject interface {
	Name() string    // such as "ext-authz-oathkeeper"
	Title() string   // such as "Envoy ext_authz → Oathkeeper"
	Version() string // of the programs that it is made of; "" if it is missing
	Missing() string // why it cannot run, "" if it can
	// Serves reports whether it can do a workload's work.
	Serves(*workload.Setup, *workload.Workload) bool
	// Start starts it, has it prove that it does the work of each workload that it serves, and binds it to core 0.
	Start(context.Context, *workload.Setup) (*Running, error)
}

// Options is what subjects are made of.
type Options struct {
	Envoy    supervise.Binary
	Modules  []string // paths of builds of the filter: each is a subject
	Upstream *Upstream
}

// All are the subjects, the first of which is Envoy alone. Those that cannot run are among them.
func All(opt Options) []Subject {
	return nil
}
