// Package subject starts the proxies that `make bench` measures, each configured for a workload.Setup: Envoy alone and
// with Oathgate, Oathkeeper and heimdall as proxies and as what Envoy asks, Envoy's own filters. All have one core and
// one upstream, and none is measured that has not shown that it allows and refuses what it should. Linux only.
package subject
