//go:build !wasip1

package wazerohost

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func packed(h Headers) []byte {
	b := make([]byte, pairsSize(h))
	putPairs(b, h)
	return b
}

func TestReadPairs(t *testing.T) {
	whole := packed(Headers{{"a", "b"}, {"", ""}})
	if got := readPairs(whole); len(got) != 2 || got[0] != [2]string{"a", "b"} {
		t.Errorf("%q", got)
	}
	for n := range whole {
		if got := readPairs(whole[:n]); len(got) != 0 {
			t.Errorf("%d bytes: %q", n, got)
		}
	}
	if got := readPairs(append(whole, 0)); got != nil {
		t.Errorf("with more at the end: %q", got)
	}
	noNul := bytes.Clone(whole)
	noNul[len(noNul)-1] = 1
	if got := readPairs(noNul); got != nil {
		t.Errorf("without the final NUL: %q", got)
	}
	for size, want := range map[int]int{maxPairsBytes - 15: 1, maxPairsBytes - 14: 0} {
		if got := len(readPairs(packed(Headers{{"k", strings.Repeat("v", size)}}))); got != want {
			t.Errorf("a value of %d bytes: %d pairs", size, got)
		}
	}
}

func FuzzReadPairs(f *testing.F) {
	f.Add(packed(Headers{{"a", "b"}}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if h := readPairs(b); len(h) > 0 && !slices.Equal(packed(h), b) {
			t.Errorf("%q reads as %q", b, h)
		}
	})
}

func FuzzParseProto(f *testing.F) {
	f.Add(appendProto([]byte{8, 1}, 2, []byte("x")))
	f.Add([]byte{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) { parseProto(b) })
}
