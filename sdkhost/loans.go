package sdkhost

import "unsafe"

const (
	// scratchSize is what the buffer holds that is lent again and again: the headers of nearly every request.
	scratchSize = 64 << 10
	// maxLoan is the most that a host gets during one host call: a configuration of 16 MiB fits.
	maxLoan = 32 << 20
)

// loans is the memory that the host was given during the host call that is running. It keeps it alive, and knows what
// an address that the host returns stands for. The zero value is ready.
type loans struct {
	scratch [scratchSize]byte
	loan
	// reserved says that scratch is in use by a host call that this one is nested in.
	reserved bool
}

type loan struct {
	// small is what was lent of scratch, if anything.
	small []byte
	// fresh are the buffers made for what was more, or came second.
	fresh [][]byte
	total int
}

// lend gives the host size bytes, nil if the host call would then have more than maxLoan. The address of no bytes is
// good for nothing but is not nil, which a host would take for a failure.
func (l *loans) lend(size uint32) *byte {
	if size <= scratchSize && l.small == nil && !l.reserved {
		l.small = l.scratch[:size:size]
		return &l.scratch[0]
	}
	// At least something, so that the number of buffers is bounded, too.
	n := max(int64(size), 16)
	if int64(l.total)+n > maxLoan {
		return nil
	}
	l.total += int(n)
	b := make([]byte, n)
	l.fresh = append(l.fresh, b)
	return &b[0]
}

// find returns size bytes at an address that was lent. shared says that they are valid until the next loan only.
func (l *loans) find(address uintptr, size uint32) (data []byte, shared, ok bool) {
	if l.small != nil && address == uintptr(unsafe.Pointer(&l.scratch[0])) {
		if uint64(size) > uint64(len(l.small)) {
			return nil, false, false
		}
		return l.small[:size], true, true
	}
	for _, b := range l.fresh {
		if address == uintptr(unsafe.Pointer(&b[0])) {
			if uint64(size) > uint64(len(b)) {
				return nil, false, false
			}
			return b[:size:size], false, true
		}
	}
	return nil, false, false
}

// end takes everything back.
func (l *loans) end() { l.loan = loan{} }

// nest sets aside what is lent, for host calls within the one that is running; unnest brings it back.
func (l *loans) nest() (outer loan, reserved bool) {
	outer, reserved = l.loan, l.reserved
	l.reserved = reserved || outer.small != nil
	l.loan = loan{}
	return outer, reserved
}

func (l *loans) unnest(outer loan, reserved bool) { l.loan, l.reserved = outer, reserved }
