package decision

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// Refuse is the decision about a request that does not say what is to be judged.
func Refuse(p *program.Program, raw request.Raw, why *request.Refusal) Decision {
	r := request.Unread(raw)
	return refuse(p, nil, r, pipeline.Malformed(why))
}
