package integrations

import (
	"bufio"
	"io"
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
