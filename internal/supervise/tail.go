package supervise

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

const (
	tailLines = 500
	lineBytes = 4096
)

// tail keeps the last lines written to it and copies everything to next. It is safe for concurrent use.
type tail struct {
	out  sync.Mutex // a reader of next that stalls must not keep anybody from the last lines
	next io.Writer  // or nil

	mu    sync.Mutex
	part  []byte // the line that has no end yet
	lines []string
}

func (t *tail) Write(p []byte) (int, error) {
	t.keep(p)
	if t.next != nil {
		t.out.Lock()
		defer t.out.Unlock()
		// Envoy's log matters more than whoever watches it: a reader that went away must not stop Envoy.
		_, _ = t.next.Write(p)
	}
	return len(p), nil
}

func (t *tail) keep(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if room := lineBytes - len(t.part); len(line) > room {
			line = line[:room]
		}
		t.part = append(t.part, line...)
		if ended {
			t.lines = append(t.lines, string(t.part))
			t.part = t.part[:0]
			if len(t.lines) > tailLines {
				t.lines = t.lines[1:]
			}
		}
		rest = after
	}
}

// last returns the last n lines, the unfinished one included.
func (t *tail) last(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines
	if len(t.part) > 0 {
		lines = append(lines[:len(lines):len(lines)], string(t.part))
	}
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
