package request

import (
	"strings"
	"testing"
)

// Every byte at every place of values of every length up to three words.
func TestIsValueByBytes(t *testing.T) {
	for c := range 256 {
		want := c >= 0x20 && c != 0x7f || c == '\t'
		for length := 1; length <= 24; length++ {
			for at := range length {
				s := strings.Repeat("\xff", at) + string([]byte{byte(c)}) + strings.Repeat(" ", length-at-1)
				if IsValue(s) != want {
					t.Fatalf("byte %#x at %d of %d: %v", c, at, length, !want)
				}
			}
		}
	}
}
