// Package workload says what `make bench` measures, for every proxy alike: setups, each one configuration of access
// rules, and the requests that are sent to it. It knows nothing of how a proxy is configured; package subject does.
package workload
