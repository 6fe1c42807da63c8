package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Sections of a Wasm binary (WebAssembly core specification, 5.5).
const (
	sectionImport = 2
	sectionCode   = 10
	sectionData   = 11
)

// Instructions of an address (5.4).
const (
	opConst = 0x41
	opEnd   = 0x0b
)

// memoryLimit is how much memory a module may fill at its start, in bytes.
const memoryLimit = 64 << 20

// module is what a Wasm binary holds, as far as sizes go. All sizes are bytes of
// the file, headers included.
type module struct {
	size     int
	code     int       // the whole code section
	data     int       // the whole data section
	dataAt   int       // where it begins
	bodies   []int     // the size of each function, in their order
	segments []segment // of data, in the file's order
	memory   []byte    // as the segments fill it
}

// segment is a run of bytes that the file holds for memory.
type segment struct {
	at     int // the address
	size   int
	header int // what the file has in front of it
}

var errShort = errors.New("the module ends too early")

// parse reads a Wasm binary, imports and exports aside.
func parse(file []byte) (*module, error) {
	if len(file) < 8 || string(file[:8]) != "\x00asm\x01\x00\x00\x00" {
		return nil, errors.New("not a Wasm module, version 1")
	}
	m := &module{size: len(file)}
	r := &reader{rest: file[8:]}
	for len(r.rest) > 0 && r.err == nil {
		before := len(r.rest)
		id := r.byte()
		body := &reader{rest: r.bytes(r.unsigned())}
		switch whole := before - len(r.rest); id {
		case sectionCode:
			m.code = whole
			m.readCode(body)
		case sectionData:
			m.data, m.dataAt = whole, len(file)-before
			m.readData(body)
		}
		r.err = errors.Join(r.err, body.err)
	}
	return m, r.err
}

func (m *module) readCode(r *reader) {
	for n := r.unsigned(); n > 0 && r.err == nil; n-- {
		before := len(r.rest)
		r.bytes(r.unsigned())
		m.bodies = append(m.bodies, before-len(r.rest))
	}
}

func (m *module) readData(r *reader) {
	for n := r.unsigned(); n > 0 && r.err == nil; n-- {
		before := len(r.rest)
		// Memory 0, i32.const, end: the only form that Go's linker writes.
		if kind, op := r.unsigned(), r.byte(); r.err == nil && (kind != 0 || op != opConst) {
			r.err = fmt.Errorf("a data segment of kind %d, opcode %#x", kind, op)
		}
		at := r.signed()
		if op := r.byte(); r.err == nil && op != opEnd {
			r.err = fmt.Errorf("a data segment's address goes on with opcode %#x", op)
		}
		text := r.bytes(r.unsigned())
		if r.err == nil && (at < 0 || at+len(text) > memoryLimit) {
			r.err = fmt.Errorf("a data segment of %d bytes at address %d", len(text), at)
		}
		if r.err != nil {
			return
		}
		if end := at + len(text); end > len(m.memory) {
			m.memory = append(m.memory, make([]byte, end-len(m.memory))...)
		}
		copy(m.memory[at:], text)
		m.segments = append(m.segments, segment{at, len(text), before - len(r.rest) - len(text)})
	}
}

// reader reads from rest until it fails; from then on everything is zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail(errShort)
		return nil
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}

// unsigned reads a LEB128 number of at most 32 bits.
func (r *reader) unsigned() int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > 1<<32-1 {
		r.fail(errShort)
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

// signed reads a LEB128 number of at most 32 bits and a sign.
func (r *reader) signed() int {
	v := 0
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		v |= int(b&0x7f) << shift
		if b&0x80 == 0 {
			if b&0x40 != 0 {
				v -= 1 << (shift + 7)
			}
			return v
		}
	}
	r.fail(errShort)
	return 0
}
