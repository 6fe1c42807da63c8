package harness

import (
	"testing"
	"time"
)

// Eventually waits until what is true, at most thirty seconds; then the test fails and says what did not come about.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within thirty seconds: %s", what)
		}
	}
}
