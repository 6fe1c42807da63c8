package template

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
)

// hashes are Sprig's hashes and base 32 (crypto.go, strings.go).
var hashes = [...]function{
	{"sha1sum", "s", hashText(func(b []byte) string {
		sum := sha1Of(b)
		return hex.EncodeToString(sum[:])
	})},
	{"sha256sum", "s", hashText(func(b []byte) string {
		sum := sha256.Sum256(b)
		return hex.EncodeToString(sum[:])
	})},
	{"sha512sum", "s", hashText(func(b []byte) string {
		sum := sha512.Sum512(b)
		return hex.EncodeToString(sum[:])
	})},
	{"adler32sum", "s", hashText(func(b []byte) string { return strconv.FormatUint(uint64(adler32(b)), 10) })},
	{"b32enc", "s", func(_ *state, a []any) (any, error) {
		return base32.StdEncoding.EncodeToString([]byte(a[0].(string))), nil
	}},
	{"b32dec", "s", func(_ *state, a []any) (any, error) {
		data, err := base32.StdEncoding.DecodeString(a[0].(string))
		if err != nil {
			return err.Error(), nil
		}
		return string(data), nil
	}},
}

func hashText(hash func([]byte) string) func(*state, []any) (any, error) {
	return func(s *state, a []any) (any, error) {
		return hash([]byte(a[0].(string))), s.work(len(a[0].(string)) / 64)
	}
}

// adler32 is the checksum of RFC 1950.
func adler32(data []byte) uint32 {
	const prime = 65521
	a, b := uint32(1), uint32(0)
	for _, c := range data {
		a = (a + uint32(c)) % prime
		b = (b + a) % prime
	}
	return b<<16 | a
}

// sha1Of is SHA-1 (RFC 3174), as a checksum: crypto/sha1 would make the module
// 20 KB larger.
func sha1Of(data []byte) (sum [20]byte) {
	h := [5]uint32{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0}
	length := uint64(len(data)) * 8
	data = append(data, 0x80)
	for len(data)%64 != 56 {
		data = append(data, 0)
	}
	data = binary.BigEndian.AppendUint64(data, length)
	for ; len(data) > 0; data = data[64:] {
		var w [80]uint32
		for t := range w {
			if t < 16 {
				w[t] = binary.BigEndian.Uint32(data[4*t:])
			} else {
				w[t] = bits.RotateLeft32(w[t-3]^w[t-8]^w[t-14]^w[t-16], 1)
			}
		}
		a, b, c, d, e := h[0], h[1], h[2], h[3], h[4]
		for t := range w {
			var f, k uint32
			switch {
			case t < 20:
				f, k = b&c|^b&d, 0x5A827999
			case t < 40:
				f, k = b^c^d, 0x6ED9EBA1
			case t < 60:
				f, k = b&c|b&d|c&d, 0x8F1BBCDC
			default:
				f, k = b^c^d, 0xCA62C1D6
			}
			a, b, c, d, e = bits.RotateLeft32(a, 5)+f+e+k+w[t], a, bits.RotateLeft32(b, 30), c, d
		}
		h[0], h[1], h[2], h[3], h[4] = h[0]+a, h[1]+b, h[2]+c, h[3]+d, h[4]+e
	}
	for i, v := range h {
		binary.BigEndian.PutUint32(sum[4*i:], v)
	}
	return sum
}
