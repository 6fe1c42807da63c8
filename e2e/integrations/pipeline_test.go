package integrations

import (
	"bufio"
	"io"
	"net/http"
	"testing"

	"oathgate/e2e/harness"
)

// pipeline sends n requests on one connection at once and returns the statuses of the answers.
func (s *site) pipeline(t *testing.T, messages string, n int) []int {
	t.Helper()
	conn, err := s.front.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, messages); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	var statuses []int
	for range n {
		reply, err := harness.Read(r, "GET")
		if err != nil {
			t.Logf("after %v: %v", statuses, err)
			break
		}
		statuses = append(statuses, reply.Status)
	}
	return statuses
}

// echo sends a request and, if it is answered with another protocol, bytes that must come back. It returns the status.
func (s *site) echo(t *testing.T, message string) int {
	t.Helper()
	conn, err := s.front.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, message); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	reply, err := harness.Read(r, "GET")
	if err != nil {
		t.Fatal(err)
	}
	if reply.Status == http.StatusSwitchingProtocols {
		const text = "\x00\xff as it is"
		back := make([]byte, len(text))
		if _, err := io.WriteString(conn, text); err != nil {
			t.Error(err)
		}
		if _, err := io.ReadFull(r, back); err != nil || string(back) != text {
			t.Errorf("%q came back: %v", back, err)
		}
	}
	return reply.Status
}
