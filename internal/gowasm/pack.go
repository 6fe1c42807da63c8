package main

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The index of functions by instruction (runtime/symtab.go, findfunc): a bucket for
// every 4096 instructions, each the number of the function at its start and 16 bytes
// that say how many functions further each sixteenth of it is. Under Wasm a function
// has 65536 numbers for its instructions, 16 buckets, and findfunc looks for the
// function's first one alone: in the first of its buckets.
const (
	bucketSize         = 4 + 16
	bucketInstructions = 4096
	functionShift      = 16
	functionBuckets    = 1 << functionShift / bucketInstructions
)

// zeroes is how many zero bytes make a gap between two segments, as Go's linker has
// it: a segment's header is about as long.
const zeroes = 8

var errIndex = errors.New("the index of functions is not the one of Go 1.26")

// pack gives the module without the buckets that nobody looks at, each zero where
// memory is filled: a tenth of the module is them and the headers of their segments.
// Were one read, its zero would only make the search for a function begin at the
// first one.
func pack(file []byte) ([]byte, error) {
	m, err := parse(file)
	if err != nil {
		return nil, err
	}
	t, err := findTables(m.memory)
	if err != nil {
		return nil, err
	}
	if err := t.clearIndex(); err != nil {
		return nil, err
	}
	body := dataSection(m.memory)
	section := binary.AppendUvarint([]byte{sectionData}, uint64(len(body)))
	return slices.Concat(file[:m.dataAt], section, body, file[m.dataAt+m.data:]), nil
}

// clearIndex keeps of each function's buckets the number in the first one. It changes
// nothing if the index does not look in each place as the linker of Go 1.26 makes it.
func (t *tables) clearIndex() error {
	index := t.memory[t.word(wordFind):t.word(wordTableEnd)]
	functions := t.word(wordCount) - 1
	first, length := t.word(wordFirst), t.word(wordLast)-t.word(wordFirst)
	buckets := (length + bucketInstructions - 1) / bucketInstructions
	parts := (length + bucketInstructions/16 - 1) / (bucketInstructions / 16)
	if first != functionOffset<<functionShift || length>>functionShift != functions-1 || length%(1<<functionShift) == 0 || len(index) != 4*buckets+parts {
		return errIndex
	}
	const own = functionBuckets * bucketSize
	for i := range functions {
		if got := binary.LittleEndian.Uint32(index[i*own:]); got != uint32(i) || index[i*own+4] != 0 {
			return errIndex
		}
	}
	for i := range functions {
		clear(index[i*own+4 : min((i+1)*own, len(index))])
	}
	return nil
}

// dataSection is the body of a data section that fills memory so.
func dataSection(memory []byte) []byte {
	var list []byte
	n := 0
	for from := 0; from < len(memory); {
		if memory[from] == 0 {
			from++
			continue
		}
		end := from + 1 // behind the last byte that is not zero
		for i := end; i < len(memory) && i-end < zeroes; i++ {
			if memory[i] != 0 {
				end = i + 1
			}
		}
		list = append(list, 0, opConst)
		list = append(appendSigned(list, from), opEnd)
		list = binary.AppendUvarint(list, uint64(end-from))
		list = append(list, memory[from:end]...)
		n++
		from = end
	}
	return append(binary.AppendUvarint(nil, uint64(n)), list...)
}

// appendSigned appends a LEB128 number with a sign; v is none below zero.
func appendSigned(b []byte, v int) []byte {
	for ; v >= 0x40; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}
