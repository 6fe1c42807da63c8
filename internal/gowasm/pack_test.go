package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

func TestDataSection(t *testing.T) {
	gap := func(n int) []byte { return make([]byte, n) }
	for name, memory := range map[string][]byte{
		"empty":           nil,
		"zeroes":          gap(100),
		"one":             {1},
		"at its end":      slices.Concat(gap(100), []byte{1}),
		"far":             slices.Concat(gap(1<<20), []byte("text"), gap(63), []byte("more")),
		"short gap":       slices.Concat([]byte("a"), gap(zeroes-1), []byte("b")),
		"just a gap":      slices.Concat([]byte("a"), gap(zeroes), []byte("b")),
		"zeroes all over": {0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0},
	} {
		m, err := parse(wasm(append([]byte{sectionData}, dataSection(memory)...)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := bytes.TrimRight(memory, "\x00"); !bytes.Equal(m.memory, want) {
			t.Errorf("%s: memory is filled with %d bytes, want %d", name, len(m.memory), len(want))
		}
		if want := map[string]int{"short gap": 1, "just a gap": 2, "far": 2, "zeroes": 0}; len(m.segments) != want[name] && want[name] != 0 {
			t.Errorf("%s: %d segments", name, len(m.segments))
		}
	}
}

// What is packed differs in nothing but the index, and there only in what findfunc
// does not read.
func TestPack(t *testing.T) {
	file := smallModule(t)
	packed, err := pack(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(packed)*20 > len(file)*19 {
		t.Errorf("%d bytes packed are %d", len(file), len(packed))
	}
	before, err := parse(file)
	if err != nil {
		t.Fatal(err)
	}
	after, err := parse(packed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(packed[:after.dataAt], file[:before.dataAt]) || !bytes.Equal(packed[after.dataAt+after.data:], file[before.dataAt+before.data:]) {
		t.Error("a section other than the data's differs")
	}
	tables, err := findTables(before.memory)
	if err != nil {
		t.Fatal(err)
	}
	at, end := tables.word(wordFind), tables.word(wordTableEnd)
	if !bytes.Equal(after.memory[:at], before.memory[:at]) || !bytes.Equal(after.memory[end:], before.memory[end:]) {
		t.Error("memory outside the index differs")
	}
	functions := tables.word(wordCount) - 1
	if functions < 500 {
		t.Fatalf("only %d functions", functions)
	}
	// findfunc, for every function.
	for i := range functions {
		x := i << functionShift
		bucket := after.memory[at+x/bucketInstructions*bucketSize:]
		if got := int(binary.LittleEndian.Uint32(bucket)) + int(bucket[4+x%bucketInstructions/(bucketInstructions/16)]); got != i {
			t.Fatalf("function %d is looked for at %d", i, got)
		}
	}

	again, err := pack(packed)
	if err != nil || !bytes.Equal(again, packed) {
		t.Errorf("packed twice: %d bytes, %v", len(again), err)
	}
}

// An index that looks otherwise is left alone.
func TestPackRefuses(t *testing.T) {
	file := smallModule(t)
	for name, spoil := range map[string]func(t *tables){
		"another number":     func(t *tables) { t.memory[t.word(wordFind)+3*functionBuckets*bucketSize]++ },
		"another part":       func(t *tables) { t.memory[t.word(wordFind)+3*functionBuckets*bucketSize+4] = 1 },
		"functions":          func(t *tables) { t.memory[t.data+8*wordCount]++ },
		"another beginning":  func(t *tables) { t.memory[t.data+8*wordFirst+2]++ },
		"another end":        func(t *tables) { t.memory[t.data+8*wordLast+2]++ },
		"an empty function":  func(t *tables) { t.memory[t.data+8*wordLast], t.memory[t.data+8*wordLast+1] = 0, 0 },
		"another table size": func(t *tables) { t.memory[t.data+8*wordTableEnd]-- },
	} {
		m, err := parse(file)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := findTables(m.memory)
		if err != nil {
			t.Fatal(err)
		}
		spoil(tables)
		want := bytes.Clone(m.memory)
		if err := tables.clearIndex(); !errors.Is(err, errIndex) {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(m.memory, want) {
			t.Errorf("%s: memory has changed", name)
		}
	}
	if _, err := pack(wasm([]byte{sectionData, 0})); err == nil {
		t.Error("no module of Go's, and packed")
	}
}
