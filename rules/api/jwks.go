package api

import (
	"oathgate/rules/errorhandler"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
)

// publicKeys is the answer to GET /.well-known/jwks.json: the public halves of the
// keys of all mutators that sign (Oathkeeper: api/credential.go).
func publicKeys(p *program.Program, x *pipeline.Exchange) pipeline.Response {
	sets, outage := p.SigningKeys().Sets(x)
	if len(sets) == 0 {
		return errorhandler.JSON(x.Request, outage.Refuse(&pipeline.Error{
			Status:  500,
			Message: "An internal server error occurred, please contact the system administrator",
			Reason:  "None of the provided URLs returned a valid JSON Web Key Set.",
		}))
	}
	b := []byte(`{"keys":[`)
	for _, set := range sets {
		for _, k := range set {
			if k.Symmetric() {
				continue
			}
			if b[len(b)-1] == '}' {
				b = append(b, ',')
			}
			b, _ = k.AppendPublic(b)
		}
	}
	return inJSON(append(b, "]}\n"...))
}
