package sdkhost

import "unsafe"

// maxLinesText is the size in bytes from which on Lines does not keep the memory of a text.
const maxLinesText = 64 << 10

// Lines are the headers of a request, and memory that the next one's can be read into. The zero value is ready.
type Lines struct {
	// Pairs are the lines. They and their strings are good until the next read, the strings for ever after Keep.
	Pairs [][2]string
	text  []byte
}

// Keep leaves what has been read to whoever has got hold of it: the next read takes other memory.
func (l *Lines) Keep() { l.text = nil }

// decode reads a header map.
func (l *Lines) decode(data []byte) error {
	sizes, text, err := cutPairs(data)
	if err != nil {
		return err
	}
	if cap(l.text) > maxLinesText {
		l.Keep()
	}
	l.text = append(l.text[:0], text...)
	l.Pairs, err = splitPairs(l.Pairs[:0], sizes, unsafe.String(unsafe.SliceData(l.text), len(l.text)))
	return err
}
