package sdkhost

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	var l Lines
	read := func(pairs ...[2]string) {
		t.Helper()
		data, err := appendPairs(nil, pairs)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.decode(data); err != nil || !slices.Equal(l.Pairs, pairs) {
			t.Fatalf("%q, %v, want %q", l.Pairs, err, pairs)
		}
		// What the host wrote is the host's again.
		clear(data)
		if !slices.Equal(l.Pairs, pairs) {
			t.Fatalf("%q, want %q", l.Pairs, pairs)
		}
	}
	read([2]string{":path", "/a"}, [2]string{"x", ""})
	l.Keep()
	kept := slices.Clone(l.Pairs)
	read([2]string{":path", "/another"})
	if want := [][2]string{{":path", "/a"}, {"x", ""}}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
	read()
	read([2]string{"x", strings.Repeat("y", maxLinesText+1)})
	long := l.Pairs[0][1]
	read([2]string{"x", strings.Repeat("z", 100)})
	if cap(l.text) > maxLinesText {
		t.Errorf("%d bytes are kept", cap(l.text))
	}
	if strings.Trim(long, "y") != "" {
		t.Error("a long text was used again")
	}
	if err := l.decode([]byte{1, 0, 0, 0}); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	read([2]string{"a", "b"})
	data, _ := appendPairs(nil, l.Pairs)
	if n := testing.AllocsPerRun(100, func() { _ = l.decode(data) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
