package memory

// Flights keeps several requests from fetching the same thing at once: the first
// one leads, the others wait for what it brings. The zero Flights is ready.
type Flights struct {
	leading map[Key]bool
	landed  []Landing
}

// Landing is the end of a flight.
type Landing struct {
	Key Key
	// Value is what the leader brought, nil if it gave up.
	Value any
}

// Lead reports whether the caller is the one to fetch k. If it is, it must call
// Land, whatever happens. If it is not, another one is on its way.
func (f *Flights) Lead(k Key) bool {
	if f.leading[k] {
		return false
	}
	if f.leading == nil {
		f.leading = make(map[Key]bool)
	}
	f.leading[k] = true
	return true
}

// Land ends the flight k with what it brought; nil says that the leader gave up
// and one of those who wait should lead.
func (f *Flights) Land(k Key, value any) {
	if !f.leading[k] {
		return
	}
	delete(f.leading, k)
	f.landed = append(f.landed, Landing{Key: k, Value: value})
}

// Landed gives the flights that have ended since the last call, for whoever
// resumes the requests that wait.
func (f *Flights) Landed() []Landing {
	l := f.landed
	f.landed = nil
	return l
}

// HasLanded reports whether Landed would give any.
func (f *Flights) HasLanded() bool { return len(f.landed) > 0 }

// Len is the number of flights on their way.
func (f *Flights) Len() int { return len(f.leading) }
