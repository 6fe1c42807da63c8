package main

import (
	"bytes"
	"debug/gosym"
	"encoding/binary"
	"errors"
)

// functionOffset is what Go's linker adds to a function's number, imports not
// counted, in its tables (cmd/link/internal/wasm, funcValueOffset).
const functionOffset = 0x1000

// Words of runtime.moduledata (runtime/symtab.go) that say where things are in
// memory, counted from its start. A slice is three words: address, length,
// capacity.
const (
	wordHeader    = 0
	wordNames     = 1
	wordUnits     = 4
	wordLines     = 10
	wordFunctions = 13
	wordCount     = 17 // of functions, and one
	wordFind      = 19
	wordFirst     = 20 // where the first function begins, in instructions
	wordLast      = 21 // where the last one ends
	wordVariables = 24
	wordConstants = 39
	wordMaps      = 40
	wordTableEnd  = 41
)

// header is how Go's table of functions begins: its mark since Go 1.20, two zero
// bytes, the smallest instruction, the size of a pointer.
var header = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

var errNoTables = errors.New("no table of functions where Go 1.26 puts it")

// tables are Go's tables in a module's memory.
type tables struct {
	memory []byte
	start  int // of the table of functions
	data   int // of runtime.moduledata
}

func findTables(memory []byte) (*tables, error) {
	t := &tables{memory: memory, start: bytes.Index(memory, header)}
	if t.start < 0 {
		return nil, errNoTables
	}
	// What points to the table and then just behind its header is moduledata.
	for t.data = t.start; ; t.data += 8 {
		i := bytes.Index(memory[t.data:], binary.LittleEndian.AppendUint64(nil, uint64(t.start)))
		if i < 0 {
			return nil, errNoTables
		}
		t.data += i
		if t.data+8*(wordTableEnd+1) > len(memory) {
			return nil, errNoTables
		}
		if names := t.word(wordNames); names > t.start && names < t.start+128 {
			break
		}
	}
	previous := 0
	for _, word := range []int{wordConstants, wordHeader, wordNames, wordUnits, wordLines, wordFunctions, wordMaps, wordFind, wordTableEnd, wordVariables} {
		at := t.word(word)
		if at < previous || at > len(memory) {
			return nil, errNoTables
		}
		previous = at
	}
	return t, nil
}

func (t *tables) word(n int) int {
	return int(binary.LittleEndian.Uint64(t.memory[t.data+8*n:]))
}

// functions are the names of functions by their number. Wrappers of exports have
// none.
func (t *tables) functions() (map[int]string, error) {
	table, err := gosym.NewTable(nil, gosym.NewLineTable(t.memory[t.start:t.word(wordTableEnd)], 0))
	if err != nil {
		return nil, err
	}
	names := make(map[int]string, len(table.Funcs))
	for _, f := range table.Funcs {
		names[int(f.Entry)-functionOffset] = f.Name
	}
	return names, nil
}

// kinds say from which address on memory is for what, in ascending order.
func (t *tables) kinds() []kind {
	return []kind{
		{t.word(wordConstants), "types, strings, constant tables"},
		{t.word(wordNames), "names of functions"},
		{t.word(wordUnits), "names of source files"},
		{t.word(wordLines), "lines and stack depths by instruction"},
		{t.word(wordFunctions), "functions"},
		{t.word(wordMaps), "maps of pointers on stacks"},
		{t.word(wordFind), "index of functions by instruction"},
		{t.word(wordTableEnd), "variables"},
	}
}

// kind is a part of memory.
type kind struct {
	at   int // where it begins
	name string
}
