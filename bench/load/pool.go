package load

// Pool is requests as they go over the connection, head and body, each with a Content-Length where it has a body. They
// are given out in turn, and from one measurement to the next the pool goes on where it was: a token in it is new to
// whoever is measured until the pool is through. A Pool is for one measurement at a time, and none of its requests is a
// HEAD, whose answers have no body whatever they say.
type Pool struct {
	requests [][]byte
	next     int
	wrapped  bool
}

// NewPool makes a pool of at least one request.
func NewPool(requests ...[]byte) *Pool { return &Pool{requests: requests} }

func (p *Pool) take() []byte {
	if p.next == len(p.requests) {
		p.next, p.wrapped = 0, len(p.requests) > 1
	}
	p.next++
	return p.requests[p.next-1]
}
