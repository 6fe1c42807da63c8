package decision

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// Refuse is the decision about a request that does not say what is to be judged.
func Refuse(p *program.Program, raw request.Raw, why *request.Refusal) Decision {
	r := &request.Request{Method: raw.Method, Headers: raw.Headers, Peer: raw.Peer}
	return refuse(p, nil, r, pipeline.Malformed(why))
}
