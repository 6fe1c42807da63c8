package e2e

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// demo is what `make run` starts once the module is built.
func demo(t *testing.T) *exec.Cmd {
	t.Helper()
	if _, err := harness.Module(); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "demo")
	if out, err := exec.Command("go", "build", "-o", program, "oathgate/examples/demo").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Dir = harness.Root()
	return cmd
}

// tried is a command that the demo prints, with the answer that it promises.
type tried struct{ command, status, body string }

var (
	answerPattern = regexp.MustCompile(`^  -> (\d+) (.*)$`)
	requestID     = regexp.MustCompile(`"request":"[0-9a-f-]{36}"`)
)

// readCommands reads the demo's output up to the line that ends it.
func readCommands(t *testing.T, output io.Reader) []tried {
	t.Helper()
	var all []tried
	for lines := bufio.NewScanner(output); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "  curl ") {
			all = append(all, tried{command: strings.TrimSpace(line)})
		}
		if m := answerPattern.FindStringSubmatch(line); m != nil && len(all) > 0 {
			all[len(all)-1].status, all[len(all)-1].body = m[1], m[2]
		}
		if strings.Contains(line, "Ctrl-C ends everything") {
			return all
		}
	}
	t.Fatal("the demo ended early")
	return nil
}

// The demo's own commands get the answers that it promises, and SIGTERM ends all of it.
func TestDemo(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("not run: curl is missing")
	}
	cmd := demo(t)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	commands := readCommands(t, output)
	t.Logf("ready after %v", time.Since(began).Round(100*time.Millisecond))
	if len(commands) != 5 {
		t.Errorf("the demo prints %d commands", len(commands))
	}
	for _, c := range commands {
		answer, err := exec.Command("sh", "-c", c.command).Output()
		head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
		status, _, _ := strings.Cut(head, "\r\n")
		body = requestID.ReplaceAllString(strings.TrimSpace(body), `"request":"..."`)
		if err != nil || !strings.Contains(status, " "+c.status+" ") || body != c.body || c.body == "" {
			t.Errorf("%s\ngot  %s %s (%v)\nwant %s %s", c.command, status, body, err, c.status, c.body)
		}
	}
	if reply := (harness.Endpoint{Address: "127.0.0.1:8080"}).Get(t, "/nowhere", "Host: 127.0.0.1:8080"); reply.Status != 404 {
		t.Errorf("a path that no rule names: %d %s", reply.Status, reply.Body)
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, output); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the demo ended with %v", err)
	}
	for _, address := range []string{"127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:8082"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Errorf("after the demo: %v", err)
			continue
		}
		l.Close()
	}
}

func TestDemoSaysWhichAddressIsTaken(t *testing.T) {
	for _, address := range []string{"127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:8082"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		out, err := demo(t).CombinedOutput()
		l.Close()
		if err == nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), address+" is taken by another program") {
			t.Errorf("%v: %s", err, out)
		}
	}
}
