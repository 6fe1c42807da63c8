package main

import (
	"oathgate/rules/decision"
	"oathgate/sdkhost"
)

// panicked is called when a callback has panicked. Handlers that panic are
// recovered in package decision; what comes here is a fault of the filter's own.
// The stream that was worked on is denied, and so is the one whose callback it
// was; the callback stops its request whatever is returned here.
func (v *vm) panicked(id uint32, where string) (handled bool) {
	v.metrics.panics.add(1)
	sdkhost.LogError("oathgate: panic in " + where)
	switch where {
	case "proxy_on_vm_start", "proxy_on_configure":
		// Without a program every request is denied. To refuse here could remove the
		// filter (plugin.OnPluginStart).
		return true
	}
	if s := v.current; s != nil && s.id != id && s.state == undecided {
		s.called = false
		if s.enter() {
			s.finish(decision.Decision{Reason: decision.Panicked})
		} else {
			s.end(denied)
		}
	}
	// sdkhost answers the stream; nothing here may act on it any more.
	for _, s := range []*stream{v.current, v.streams[id]} {
		if s != nil && s.id == id {
			s.end(denied)
			p := s.plugin.program
			if !handled && looksLikeGRPC() && (p == nil || p.Decides() || !speaksGRPC()) {
				breakOff()
				handled = true
			}
		}
	}
	// Who waited for what those requests were fetching has not been told yet.
	v.settleLater()
	return handled
}
