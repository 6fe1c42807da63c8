package template

import "time"

// Environment is what functions ask that are no functions of their arguments. They
// fail where it lacks what they ask.
type Environment struct {
	// Now is the wall clock.
	Now func() time.Time
	// Random fills p with random bytes fit for keys and ids.
	Random func(p []byte)
}

// Surroundings is a root Object that brings an Environment.
type Surroundings interface {
	Environment() Environment
}

func environmentOf(root Object) Environment {
	if s, ok := root.(Surroundings); ok {
		return s.Environment()
	}
	return Environment{}
}

// now is the time in UTC, without a monotonic reading.
func (s *state) now() (time.Time, error) {
	if s.env.Now == nil {
		return time.Time{}, constError("there is no clock")
	}
	return s.env.Now().Round(0).UTC(), nil
}

// bytes gives n random bytes.
func (s *state) bytes(n int) ([]byte, error) {
	switch {
	case s.env.Random == nil:
		return nil, constError("there is no randomness")
	case n < 0:
		return nil, constError("a negative number of bytes")
	}
	if err := s.fits(n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	s.env.Random(b)
	return b, s.work(n / 16)
}
