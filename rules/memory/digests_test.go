package memory

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
)

// Whatever came before, a key is the SHA-256 of its parts.
func TestDigestsAreSHA256(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var m Memory
	again := 0
	seen := map[string]bool{}
	for range 10_000 {
		// Few lengths and letters: inputs come again, and push each other out.
		part := strings.Repeat(string(rune('a'+r.IntN(4))), r.IntN(200)) + strings.Repeat("z", []int{0, 0, 0, 600, maxKnownInput}[r.IntN(5)])
		purpose := []string{"p", "q"}[r.IntN(2)]
		d := m.NewDigest(purpose)
		d.Add(part)
		got := d.Key()
		var input []byte
		for _, s := range []string{purpose, part} {
			input = append(binary.LittleEndian.AppendUint64(input, uint64(len(s))), s...)
		}
		if want := sha256.Sum256(input); got != want {
			t.Fatalf("%q %.10q: %x, want %x", purpose, part, got, want)
		}
		if seen[string(input)] {
			again++
		}
		seen[string(input)] = true
	}
	if again < 5000 || len(seen) < 2*maxKnown {
		t.Errorf("%d inputs, %d came again", len(seen), again)
	}
	if len(m.digests.known) != maxKnown {
		t.Errorf("%d keys are known", len(m.digests.known))
	}
	for i := range m.digests.known {
		if n := cap(m.digests.known[i].input); n > 2*maxKnownInput {
			t.Errorf("an input of %d bytes is kept", n)
		}
	}
	m.NewDigest(strings.Repeat("x", maxScratch)).Key()
	if d := m.NewDigest("p"); cap(d.input) > maxScratch {
		t.Error("a large buffer is kept")
	}
}

// Two digests that are made at once are none of each other's business.
func TestDigestsSideBySide(t *testing.T) {
	var m Memory
	a := m.NewDigest("p")
	b := m.NewDigest("p")
	a.Add("a")
	b.Add("b")
	for part, d := range map[string]*Digest{"a": a, "b": b} {
		want := NewDigest("p")
		want.Add(part)
		if d.Key() != want.Key() {
			t.Errorf("%s is something else", part)
		}
	}
}

func TestDigestsAllocate(t *testing.T) {
	var m Memory
	token := strings.Repeat("t", 700)
	if n := testing.AllocsPerRun(100, func() {
		d := m.NewDigest("p")
		d.Add(token)
		d.Key()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDigest(b *testing.B) {
	token := strings.Repeat("t", 700)
	var m Memory
	for name, start := range map[string]func(string) *Digest{"hashed": NewDigest, "known": m.NewDigest} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d := start("p")
				d.Add(token)
				d.Key()
			}
		})
	}
}
