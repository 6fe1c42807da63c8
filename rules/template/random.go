package template

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
)

// randomFunctions are Sprig's functions that give something else each time
// (strings.go, crypto.go, functions.go).
var randomFunctions = [...]function{
	{"uuidv4", "", uuid},
	{"randBytes", "i", func(s *state, a []any) (any, error) {
		b, err := s.bytes(a[0].(int))
		return base64.StdEncoding.EncodeToString(b), err
	}},
	{"randAlphaNum", "i", randomText(digitChars + capitalChars + smallChars)},
	{"randAlpha", "i", randomText(capitalChars + smallChars)},
	{"randNumeric", "i", randomText(digitChars)},
	{"randAscii", "i", randomText(asciiChars())},
	{"randInt", "ii", func(s *state, a []any) (any, error) {
		from, to := a[0].(int), a[1].(int)
		if to <= from || to-from < 0 {
			return nil, constError("there is no number in the range")
		}
		n, err := s.below(uint64(to - from))
		return from + int(n), err
	}},
	{"shuffle", "s", shuffle},
}

const (
	digitChars   = "0123456789"
	capitalChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	smallChars   = "abcdefghijklmnopqrstuvwxyz"
)

// asciiChars are all that print, and the space.
func asciiChars() string {
	b := make([]byte, 0, '~'-' '+1)
	for c := byte(' '); c <= '~'; c++ {
		b = append(b, c)
	}
	return string(b)
}

func uuid(s *state, _ []any) (any, error) {
	b, err := s.bytes(16)
	if err != nil {
		return nil, err
	}
	return UUID([16]byte(b)), nil
}

// UUID makes a version 4 UUID of random bytes (RFC 9562 section 5.4).
func UUID(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// randomText gives so many of the characters; none for a negative number.
func randomText(chars string) func(*state, []any) (any, error) {
	return func(s *state, a []any) (any, error) {
		n := max(a[0].(int), 0)
		if err := s.fits(n); err != nil {
			return nil, err
		}
		text := make([]byte, n)
		for i := range text {
			k, err := s.below(uint64(len(chars)))
			if err != nil {
				return nil, err
			}
			text[i] = chars[k]
		}
		return string(text), nil
	}
}

func shuffle(s *state, a []any) (any, error) {
	runes := []rune(a[0].(string))
	for i := len(runes) - 1; i > 0; i-- {
		k, err := s.below(uint64(i + 1))
		if err != nil {
			return nil, err
		}
		runes[i], runes[k] = runes[k], runes[i]
	}
	return string(runes), nil
}

// below gives a number under n, each as likely as the others.
func (s *state) below(n uint64) (uint64, error) {
	limit := -n % n // 2^64 modulo n: what is under it would make some likelier
	for {
		if len(s.entropy) < 8 {
			var err error
			if s.entropy, err = s.bytes(256); err != nil {
				return 0, err
			}
		}
		r := binary.LittleEndian.Uint64(s.entropy)
		s.entropy = s.entropy[8:]
		if r >= limit {
			return r % n, nil
		}
	}
}
