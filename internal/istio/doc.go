// Package istio makes of Oathkeeper's configuration what an Istio operator applies: the filter as a WasmPlugin, the
// guards around it as an EnvoyFilter, and a ServiceEntry and a DestinationRule for each server that handlers ask.
//
// The routes stay Istio's: a rule says whether a request passes, a VirtualService or HTTPRoute where to.
package istio
