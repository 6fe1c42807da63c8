package main

import (
	"oathgate/rules/decision"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/sdkhost"
)

// interlock is the filter state, under `wasm.`, without which no route leads to
// an upstream; where the routes are not ours an RBAC filter behind this one lets
// nothing through without it (DESIGN §2).
var interlock = []string{"oathgate.decision"}

// apply makes an allowed request what the upstream is to see, and lets it go on.
// false says that something could not be done: the request must be denied.
func (s *stream) apply(d *decision.Decision) bool {
	for _, name := range d.Remove {
		if sdkhost.RemoveHttpRequestHeader(name) != nil {
			return false
		}
	}
	for _, h := range d.Set {
		if sdkhost.ReplaceHttpRequestHeader(h.Name, h.Value) != nil {
			return false
		}
	}
	if s.trailers.came || !s.body.ended {
		s.trailers.expect(d.Set)
	}
	if s.trailers.came && !s.trailers.clean(s.plugin.program) {
		return false
	}
	if d.Route.Cluster != "" && !s.route(&d.Route) {
		return false
	}
	if sdkhost.SetProperty(interlock, []byte("allow")) != nil {
		return false
	}
	if s.called {
		// The callback that is running returns Continue.
		return true
	}
	return sdkhost.ResumeHttpRequest() == nil
}

// route sends the request where its rule says. Envoy picks the route anew when
// a header changes; the one that reads the routing header is the only one that
// leads anywhere.
func (s *stream) route(r *program.Route) bool {
	if r.Authority != "" && sdkhost.ReplaceHttpRequestHeader(":authority", r.Authority) != nil {
		return false
	}
	if r.Target != "" && sdkhost.ReplaceHttpRequestHeader(":path", r.Target) != nil {
		return false
	}
	return sdkhost.ReplaceHttpRequestHeader(s.plugin.program.RoutingHeader(), r.Cluster) == nil
}

// deny answers the request. If even that fails the request stays stopped until
// Envoy's own timeouts end it.
func (s *stream) deny(d *decision.Decision) {
	s.end(denied)
	response := d.Response
	if d.Allow || response.Status < 300 || response.Status > 599 {
		response = pipeline.Response{Status: 500}
	}
	reason := d.Reason
	if d.Allow {
		reason = decision.Internal
		s.note(d, reason)
	}
	s.vm.metrics.decided(s.plugin, reason)
	headers, body, grpcStatus := headerPairs(response.Headers), response.Body, int32(-1)
	if looksLikeGRPC() {
		if !speaksGRPC() {
			breakOff()
			return
		}
		headers, body, grpcStatus = withoutContent(headers), nil, grpcStatusOf(response.Status, reason)
	}
	if sdkhost.SendLocalReply(uint32(response.Status), "oathgate_"+reason.String(), headers, body, grpcStatus) != nil {
		sdkhost.LogError("oathgate: a denied request could not be answered; it stays stopped")
	}
}

// headerPairs are headers as host calls take them.
func headerPairs(headers request.Headers) [][2]string {
	pairs := make([][2]string, len(headers))
	for i, h := range headers {
		pairs[i] = [2]string{h.Name, h.Value}
	}
	return pairs
}
