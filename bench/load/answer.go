package load

import (
	"bytes"
	"errors"
	"math"
)

// part is what an answer's next byte belongs to.
type part int

const (
	head       part = iota
	sized           // a body of known length
	untilClose      // a body that the end of the connection ends
	chunkSize
	chunkExtension
	chunkData
	chunkEnd // the line end after a chunk's data
	trailers
	complete
)

const headLimit = 16 << 10

// answer reads one HTTP/1 response as it comes, in pieces of any size. It looks at what frames it and at its status; of
// the rest it keeps nothing.
type answer struct {
	part   part
	status int
	close  bool // the connection is not to be used again
	begun  bool // something of it has been read

	pending []byte // a head that is not complete yet
	left    int64  // bytes of the body or chunk that have not come
	digits  int    // of the chunk's size
	line    int    // bytes in this line of the trailers
}

var (
	errHead    = errors.New("the answer's head is not HTTP/1")
	errLong    = errors.New("the answer's head is longer than 16 KiB")
	errLength  = errors.New("the answer's length cannot be read")
	errChunk   = errors.New("the answer's chunks cannot be read")
	errTooMuch = errors.New("bytes follow the answer")

	headEnd          = []byte("\r\n\r\n")
	lineEnd          = []byte("\r\n")
	protocol         = []byte("HTTP/1.")
	contentLength    = []byte("content-length")
	transferEncoding = []byte("transfer-encoding")
	connection       = []byte("connection")
	chunked          = []byte("chunked")
	closing          = []byte("close")
	keepAlive        = []byte("keep-alive")
	comma            = []byte(",")
)

// reset makes it ready for the next response and keeps its memory.
func (a *answer) reset() { *a = answer{pending: a.pending[:0]} }

// feed takes what has come.
func (a *answer) feed(b []byte) error {
	for len(b) > 0 {
		a.begun = true
		switch a.part {
		case head:
			var err error
			if b, err = a.feedHead(b); err != nil {
				return err
			}
		case sized, chunkData:
			n := min(a.left, int64(len(b)))
			b = b[n:]
			a.left -= n
			if a.left == 0 && a.part == sized {
				a.part = complete
			} else if a.left == 0 {
				a.part = chunkEnd
			}
		case untilClose:
			return nil
		case complete:
			return errTooMuch
		default:
			if err := a.feedChunked(b[0]); err != nil {
				return err
			}
			b = b[1:]
		}
	}
	return nil
}

// end tells it that the connection has ended, and says whether the answer is complete.
func (a *answer) end() bool {
	if a.part == untilClose {
		a.part = complete
	}
	return a.part == complete
}

// feedHead returns what follows the head.
func (a *answer) feedHead(b []byte) ([]byte, error) {
	text, rest := b, []byte(nil)
	if len(a.pending) > 0 {
		a.pending = append(a.pending, b...)
		text = a.pending
	}
	end := bytes.Index(text, headEnd)
	if end < 0 {
		if len(text) > headLimit {
			return nil, errLong
		}
		if len(a.pending) == 0 {
			a.pending = append(a.pending, b...)
		}
		return nil, nil
	}
	rest = text[end+len(headEnd):]
	err := a.readHead(text[:end+len(lineEnd)])
	a.pending = a.pending[:0]
	return rest, err
}

// readHead reads a head of lines that end in CR LF.
func (a *answer) readHead(text []byte) error {
	if len(text) < len("HTTP/1.1 200\r\n") || !bytes.HasPrefix(text, protocol) || text[8] != ' ' {
		return errHead
	}
	status, ok := number(text[9:12])
	if !ok || status < 100 {
		return errHead
	}
	if status < 200 && status != 101 {
		return nil
	}
	a.status = int(status)
	a.close = text[7] == '0'
	length, chunks := int64(-1), false
	_, lines, _ := bytes.Cut(text, lineEnd)
	for len(lines) > 0 {
		var line []byte
		line, lines, _ = bytes.Cut(lines, lineEnd)
		colon := bytes.IndexByte(line, ':')
		if colon < 0 {
			return errHead
		}
		name, value := line[:colon], bytes.TrimSpace(line[colon+1:])
		switch {
		case bytes.EqualFold(name, contentLength):
			n, ok := number(value)
			if !ok || length >= 0 && n != length {
				return errLength
			}
			length = n
		case bytes.EqualFold(name, transferEncoding):
			if !bytes.EqualFold(value, chunked) {
				return errLength
			}
			chunks = true
		case bytes.EqualFold(name, connection):
			a.readConnection(value)
		}
	}
	switch {
	case status == 101 || status == 204 || status == 304 || !chunks && length == 0:
		a.part = complete
	case chunks:
		a.part = chunkSize
	case length > 0:
		a.part, a.left = sized, length
	default:
		a.part, a.close = untilClose, true
	}
	return nil
}

func (a *answer) readConnection(options []byte) {
	for len(options) > 0 {
		var option []byte
		option, options, _ = bytes.Cut(options, comma)
		option = bytes.TrimSpace(option)
		if bytes.EqualFold(option, closing) {
			a.close = true
		} else if bytes.EqualFold(option, keepAlive) {
			a.close = false
		}
	}
}

// feedChunked takes a byte of what stands around a chunk's data.
func (a *answer) feedChunked(c byte) error {
	switch a.part {
	case chunkSize:
		if digit, ok := hexDigit(c); ok {
			if a.digits++; a.digits > 15 {
				return errChunk
			}
			a.left = a.left<<4 | int64(digit)
			return nil
		}
		if a.digits == 0 || c != ';' && c != '\r' && c != ' ' && c != '\t' {
			return errChunk
		}
		a.part = chunkExtension
	case chunkExtension:
		if c != '\n' {
			return nil
		}
		a.digits = 0
		if a.part = chunkData; a.left == 0 {
			a.part = trailers
		}
	case chunkEnd:
		if c == '\n' {
			a.part = chunkSize
		} else if c != '\r' {
			return errChunk
		}
	case trailers:
		switch {
		case c == '\n' && a.line == 0:
			a.part = complete
		case c == '\n':
			a.line = 0
		case c != '\r':
			a.line++
		}
	}
	return nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func number(digits []byte) (int64, bool) {
	n := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' || n > math.MaxInt64/10-10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(digits) > 0
}
