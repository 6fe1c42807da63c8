package main

import (
	"oathgate/rules/api"
	"oathgate/rules/decision"
	"oathgate/sdkhost"
)

// The filter state, under `wasm.`, that tells the access log of a decision.
var (
	logRule    = []string{"oathgate.rule_id"}
	logSubject = []string{"oathgate.subject"}
	logReason  = []string{"oathgate.reason"}
)

// note tells the access log of a decision, if it is to be told. A request is
// decided the same if that fails.
func (s *stream) note(d *decision.Decision, reason decision.Reason) {
	if p := s.plugin.program; p == nil || !p.AccessLog() || d.Informs {
		return
	}
	_ = sdkhost.SetProperty(logReason, []byte(reason.String()))
	if d.RuleID != "" {
		_ = sdkhost.SetProperty(logRule, api.LogText(d.RuleID))
	}
	if d.Subject != "" {
		_ = sdkhost.SetProperty(logSubject, api.LogText(d.Subject))
	}
}
