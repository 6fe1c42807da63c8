package main

import (
	"oathgate/rules/api"
	"oathgate/rules/decision"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/sdkhost"
)

// serve answers a request of the role decision, or waits for what that takes.
// None goes on.
func (s *stream) serve(p *program.Program, raw request.Raw) {
	response, e, step := api.Serve(&s.vm.worker, p, raw)
	if response != nil {
		s.end(denied)
		s.reply("oathgate_api", response)
		return
	}
	s.evaluation = e
	s.carryOut(step)
	s.vm.collect()
}

// answer says what was decided, also where without a program the role is not
// known.
func (s *stream) answer(d *decision.Decision) {
	s.end(denied)
	response := d.Response
	switch {
	case d.Informs:
		s.reply("oathgate_api", &response)
		return
	case d.Allow:
		response = api.Granted(d)
	case response.Status < 300 || response.Status > 599:
		response = pipeline.Response{Status: 500}
	}
	s.vm.metrics.decided(s.plugin, d.Reason)
	s.reply("oathgate_"+d.Reason.String(), &response)
}

// reply answers. Nobody may take for leave what is not 2xx: see grpc.go.
func (s *stream) reply(details string, response *pipeline.Response) {
	grpcStatus := int32(-1) // what Envoy makes of the status
	if response.Status < 300 {
		grpcStatus = 0
	} else if looksLikeGRPC() {
		breakOff()
		return
	}
	if sdkhost.SendLocalReply(uint32(response.Status), details, headerPairs(response.Headers), response.Body, grpcStatus) != nil {
		_ = sdkhost.CloseHttpRequest()
	}
}
