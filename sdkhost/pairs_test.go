package sdkhost

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

func TestPairsBytes(t *testing.T) {
	b, err := appendPairs([]byte("before"), [][2]string{{"ab", "c"}, {"", ""}})
	if err != nil {
		t.Fatal(err)
	}
	want := "before" +
		"\x02\x00\x00\x00" +
		"\x02\x00\x00\x00" + "\x01\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" +
		"ab\x00c\x00\x00\x00"
	if string(b) != want {
		t.Errorf("got %q", b)
	}
}

func TestPairsRoundTrip(t *testing.T) {
	for _, pairs := range [][][2]string{
		{},
		{{"a", "b"}},
		{{"", ""}},
		{{"a", "b\x00c"}, {"\x00", "\x00"}},
		{{"a", "1"}, {"a", "2"}},
		{{strings.Repeat("n", 70_000), "ü"}},
		make([][2]string, maxPairs),
	} {
		b, err := appendPairs(nil, pairs)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodePairs(b)
		if err != nil || !slices.Equal(got, pairs) {
			t.Errorf("%.100q became %.100q, %v", pairs, got, err)
		}
	}
}

func TestPairsLimits(t *testing.T) {
	// The largest that a host reads, and one byte more.
	size := maxPairsBytes - countSize - sizesSize - 2
	for _, c := range []struct {
		pairs [][2]string
		ok    bool
	}{
		{[][2]string{{"", strings.Repeat("v", size)}}, true},
		{[][2]string{{"", strings.Repeat("v", size+1)}}, false},
		{[][2]string{{strings.Repeat("v", size), "v"}}, false},
		{make([][2]string, maxPairs), true},
		{make([][2]string, maxPairs+1), false},
	} {
		b, err := appendPairs([]byte("x"), c.pairs)
		switch {
		case c.ok && (err != nil || len(b) > 1+maxPairsBytes):
			t.Errorf("%d pairs: %v, %d bytes", len(c.pairs), err, len(b))
		case !c.ok && (!errors.Is(err, types.ErrorStatusBadArgument) || string(b) != "x"):
			t.Errorf("%d pairs: %v, %d bytes", len(c.pairs), err, len(b))
		}
	}
}

func TestPairsMalformed(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":               "",
		"half a count":          "\x01\x00",
		"no sizes":              "\x01\x00\x00\x00",
		"count beyond the data": "\xff\xff\xff\xff" + strings.Repeat("\x00", 100),
		"name beyond the data":  "\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"value beyond the data": "\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00",
		"a negative size":       "\x01\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00",
		"no NUL after the name": "\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00aa\x00",
		"no NUL after a value":  "\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00a\x00bb",
		"no NUL at the end":     "\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00a\x00b",
		"more after the end":    "\x00\x00\x00\x00\x00",
		"sizes that overlap":    "\x01\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x80\x00\x00",
	} {
		if pairs, err := decodePairs([]byte(data)); !errors.Is(err, ErrMalformed) || pairs != nil {
			t.Errorf("%s: %q, %v", name, pairs, err)
		}
	}
}

func TestPairsDoNotAlias(t *testing.T) {
	b, _ := appendPairs(nil, [][2]string{{"name", "value"}})
	pairs, _ := decodePairs(b)
	for i := range b {
		b[i] = 'x'
	}
	if pairs[0] != [2]string{"name", "value"} {
		t.Errorf("got %q", pairs)
	}
}

// browser is a request's header map.
var browser = [][2]string{
	{":authority", "shop.example.com"},
	{":method", "GET"},
	{":path", "/orders/42?page=2"},
	{":scheme", "https"},
	{"user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	{"accept", "text/html,application/xhtml+xml,*/*;q=0.8"},
	{"accept-language", "en-GB,en;q=0.5"},
	{"accept-encoding", "gzip, deflate, br"},
	{"cookie", "session=" + strings.Repeat("c", 64)},
	{"x-forwarded-proto", "https"},
	{"x-request-id", "0d7a7b7c-2a1c-4b43-9d7b-4a6a2b0d4a55"},
}

// The text is copied and the list made, unless there are Lines to read into.
func TestPairsAllocations(t *testing.T) {
	b, err := appendPairs(nil, browser)
	if err != nil {
		t.Fatal(err)
	}
	var lines Lines
	buffer := make([]byte, 0, len(b))
	for _, c := range []struct {
		name string
		f    func()
		want float64
	}{
		{"decoding", func() { _, _ = decodePairs(b) }, 2},
		{"decoding into lines", func() { _ = lines.decode(b) }, 0},
		{"encoding", func() { _, _ = appendPairs(buffer, browser) }, 0},
	} {
		if n := testing.AllocsPerRun(100, c.f); n != c.want {
			t.Errorf("%s makes %v allocations, want %v", c.name, n, c.want)
		}
	}
}

func BenchmarkDecodeLines(b *testing.B) {
	data, _ := appendPairs(nil, browser)
	var lines Lines
	b.ReportAllocs()
	for b.Loop() {
		if err := lines.decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendPairs(b *testing.B) {
	buffer := make([]byte, 0, 4<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := appendPairs(buffer, browser); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzPairs: what decodes is the one encoding of what it decodes to.
func FuzzPairs(f *testing.F) {
	for _, pairs := range [][][2]string{{}, {{"a", "b"}}, {{"a", ""}, {"", "b"}, {"\x00", "\x00\x00"}}} {
		b, _ := appendPairs(nil, pairs)
		f.Add(b)
		f.Add(append(b, 0))
		f.Add(b[:len(b)-1])
	}
	f.Add([]byte{255, 255, 255, 255, 0, 0})
	f.Add([]byte{1, 0, 0, 0, 255, 255, 255, 127, 255, 255, 255, 127, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		pairs, err := decodePairs(data)
		if err != nil {
			return
		}
		again, err := appendPairs(nil, pairs)
		if len(pairs) > maxPairs || len(data) > maxPairsBytes {
			if err == nil {
				t.Error("encoded more than a host reads")
			}
			return
		}
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%q decodes to %q, which encodes to %q, %v", data, pairs, again, err)
		}
	})
}
