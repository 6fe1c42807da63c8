package token

// DER (X.690), as much as keys and ECDSA signatures need.

const (
	tagInteger   = 0x02
	tagBitString = 0x03
	tagOctets    = 0x04
	tagSequence  = 0x30
	// tagPublic is [1] of ECPrivateKey (RFC 5915).
	tagPublic = 0xa1
)

// The algorithm identifiers' beginnings: tag, length and value of the object
// identifiers rsaEncryption, with its NULL, and id-ecPublicKey (RFC 3279).
const (
	derRSA = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
	derEC  = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
)

// der is one value: a tag, the length, and the parts one after the other.
func der(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n+5)
	b = append(b, tag)
	switch {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// derUint is the INTEGER of an unsigned big-endian number.
func derUint(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 || b[0] >= 0x80 {
		return der(tagInteger, []byte{0}, b)
	}
	return der(tagInteger, b)
}

// rawToDER makes of r and s side by side (RFC 7518 section 3.4) an
// Ecdsa-Sig-Value (RFC 3279 section 2.2.3).
func rawToDER(raw []byte) []byte {
	half := len(raw) / 2
	return der(tagSequence, derUint(raw[:half]), derUint(raw[half:]))
}

// derToRaw is rawToDER's reverse for numbers of up to size bytes; false for what
// is no such DER.
func derToRaw(b []byte, size int) ([]byte, bool) {
	content, rest, ok := derNext(b, tagSequence)
	if !ok || len(rest) > 0 {
		return nil, false
	}
	raw := make([]byte, 2*size)
	for i := range 2 {
		var n []byte
		n, content, ok = derNext(content, tagInteger)
		if !ok || len(n) == 0 || n[0] >= 0x80 || n[0] == 0 && (len(n) == 1 || n[1] < 0x80) {
			return nil, false
		}
		if n[0] == 0 {
			n = n[1:]
		}
		if len(n) > size {
			return nil, false
		}
		copy(raw[(i+1)*size-len(n):], n)
	}
	return raw, len(content) == 0
}

// derNext splits the first value off b, of up to 255 bytes: no signature is
// longer.
func derNext(b []byte, tag byte) (content, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, nil, false
	}
	n, b := int(b[1]), b[2:]
	if n == 0x81 {
		if len(b) == 0 || b[0] < 0x80 {
			return nil, nil, false
		}
		n, b = int(b[0]), b[1:]
	} else if n >= 0x80 {
		return nil, nil, false
	}
	if n > len(b) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}
