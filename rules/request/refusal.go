package request

// Refusal is why a request is not evaluated at all.
type Refusal struct {
	// Status is 400, or 431 for headers over a limit.
	Status int
	// Reason is for the operator, never for the client. It holds no bytes of the
	// request.
	Reason string
}

func bad(reason string) *Refusal { return &Refusal{Status: 400, Reason: reason} }

func tooLarge(reason string) *Refusal { return &Refusal{Status: 431, Reason: reason} }
