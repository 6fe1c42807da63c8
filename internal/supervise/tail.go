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
	mu    sync.Mutex
	next  io.Writer // or nil
	part  []byte    // the line that has no end yet
	lines []string
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next != nil {
		// Envoy's log matters more than whoever watches it: a reader that went away must not stop Envoy.
		_, _ = t.next.Write(p)
	}
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
	return len(p), nil
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
