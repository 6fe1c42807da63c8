package main

import (
	"strconv"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

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

// answer says what was decided.
func (s *stream) answer(d *decision.Decision) {
	s.end(denied)
	response := d.Response
	switch {
	case d.Allow:
		response = api.Granted(d)
	case response.Status < 300 || response.Status > 599:
		response = pipeline.Response{Status: 500}
	}
	s.vm.metrics.decided(s.plugin, d.Reason)
	s.reply("oathgate_"+d.Reason.String(), &response)
}

func (s *stream) reply(details string, response *pipeline.Response) {
	headers := make([][2]string, len(response.Headers))
	for i, h := range response.Headers {
		headers[i] = [2]string{h.Name, h.Value}
	}
	s.status = response.Status
	if sdkhost.SendLocalReply(uint32(response.Status), details, headers, response.Body, -1) != nil {
		sdkhost.LogError("oathgate: a request could not be answered; it stays stopped")
	}
}

// OnHttpResponseHeaders gives the answer to a request with a gRPC content type the
// status that was decided. Envoy makes a local reply to such a request a 200 that
// tells the status in grpc-status: whoever asks for a decision over HTTP would
// take each refusal for leave.
func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	if p := s.plugin.program; p != nil && !p.Decides() {
		return types.ActionContinue
	}
	if _, err := sdkhost.GetHttpResponseHeader("grpc-status"); err != nil {
		return types.ActionContinue
	}
	status := s.status
	if status == 0 {
		status = 500
	}
	if sdkhost.ReplaceHttpResponseHeader(":status", strconv.Itoa(status)) != nil {
		return types.ActionPause
	}
	for _, name := range [...]string{"grpc-status", "grpc-message", "content-type"} {
		_ = sdkhost.RemoveHttpResponseHeader(name)
	}
	return types.ActionContinue
}
