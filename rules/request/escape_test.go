package request

import (
	"fmt"
	"strings"
	"testing"
)

func TestEscapeQuery(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		want := fmt.Sprintf("%%%02X", b)
		switch {
		case b == ' ':
			want = "+"
		case '0' <= b && b <= '9', 'A' <= b && b <= 'Z', 'a' <= b && b <= 'z', strings.IndexByte("-_.~", b) >= 0:
			want = string(rune(b))
		}
		if got := EscapeQuery(string([]byte{b})); got != want {
			t.Errorf("%#x: %s, want %s", b, got, want)
		}
		if back, ok := DecodeQuery(want); !ok || back != string([]byte{b}) {
			t.Errorf("%s: %q, %v", want, back, ok)
		}
	}
}
