package load

import (
	"errors"
	"strings"
	"testing"
)

func TestAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		text   string
		status int
		close  bool
		open   bool // the end of the connection completes it
		err    error
	}{
		"length":                {text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: 200},
		"no body":               {text: "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", status: 403},
		"no reason":             {text: "HTTP/1.1 403\r\ncontent-length: 0\r\n\r\n", status: 403},
		"204":                   {text: "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", status: 204},
		"304 with a length":     {text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304},
		"chunks":                {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1A;x=\"y\"\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n", status: 200},
		"chunks and trailers":   {text: "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", status: 200},
		"chunks over length":    {text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", status: 200},
		"close":                 {text: "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", status: 200, close: true},
		"close in a list":       {text: "HTTP/1.1 200 OK\r\nConnection: te, close\r\nContent-Length: 0\r\n\r\n", status: 200, close: true},
		"1.0":                   {text: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", status: 200, close: true},
		"1.0 kept alive":        {text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", status: 200},
		"until the end":         {text: "HTTP/1.1 200 OK\r\n\r\nhello", status: 200, close: true, open: true},
		"interim":               {text: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", status: 200},
		"not HTTP":              {text: "SSH-2.0-OpenSSH_9.6\r\n\r\n", err: errHead},
		"no status":             {text: "HTTP/1.1 2x0 OK\r\n\r\n", err: errHead},
		"a line without colon":  {text: "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", err: errHead},
		"two lengths":           {text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", err: errLength},
		"no number":             {text: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", err: errLength},
		"an unknown coding":     {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", err: errLength},
		"no chunk size":         {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello", err: errChunk},
		"an overlong chunk":     {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", err: errChunk},
		"a huge chunk":          {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000000\r\n", err: errChunk},
		"something behind":      {text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", err: errTooMuch},
		"a head without an end": {text: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", headLimit), err: errLong},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 7, len(tt.text)} {
				a := answer{pending: []byte("of an earlier one")}
				a.reset()
				err := feedIn(&a, tt.text, size)
				if !errors.Is(err, tt.err) {
					t.Fatalf("in pieces of %d: error %v, want %v", size, err, tt.err)
				}
				if err != nil {
					continue
				}
				if done := a.part == complete; done == tt.open {
					t.Fatalf("in pieces of %d: complete %v before the connection's end", size, done)
				}
				if !a.end() || a.status != tt.status || a.close != tt.close {
					t.Errorf("in pieces of %d: complete %v, status %d, close %v", size, a.end(), a.status, a.close)
				}
			}
		})
	}
}

func TestAnswerCutOff(t *testing.T) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
	} {
		for n := range len(text) {
			var a answer
			if err := a.feed([]byte(text[:n])); err != nil || a.end() {
				t.Errorf("%q: error %v, complete %v", text[:n], err, a.end())
			}
		}
	}
}

func feedIn(a *answer, text string, size int) error {
	for len(text) > 0 {
		n := min(size, len(text))
		if err := a.feed([]byte(text[:n])); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
