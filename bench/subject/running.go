package subject

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"oathgate/internal/supervise"
)

// The cores: proxies have one, the load generator shares the other with the upstream.
const (
	proxyCore    = "0"
	upstreamCore = "1"
)

// Running is a subject that serves.
type Running struct {
	address    string
	dir        string // of its files
	remove     func() // removes dir
	processes  []*supervise.Process
	readyAfter time.Duration
	readyCPU   time.Duration
	configured []time.Duration
}

// Address is the IP and port to send requests to.
func (r *Running) Address() string { return r.address }

// ReadyAfter is how long it took, on all cores, from the start of the first program to the first request that was
// allowed as it should be.
func (r *Running) ReadyAfter() time.Duration { return r.readyAfter }

// ReadyCPU is the CPU time that was used until then.
func (r *Running) ReadyCPU() time.Duration { return r.readyCPU }

// Configured is how long each of the filter's VMs took in on_configure, to whole milliseconds. It is empty for a subject
// without the filter.
func (r *Running) Configured() []time.Duration { return r.configured }

// CPU is the CPU time that its programs have used, in clock ticks of 10 ms (proc(5), utime and stime).
func (r *Running) CPU() (time.Duration, error) {
	var sum time.Duration
	for _, p := range r.processes {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
		if err != nil {
			return 0, err
		}
		// The second field, the program's name in parentheses, may have spaces.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		ticks, err := sumOf(fields, 11, 12)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ticks) * 10 * time.Millisecond
	}
	return sum, nil
}

// RSS is the memory of its programs that is resident, in bytes.
func (r *Running) RSS() (int64, error) {
	var sum int64
	for _, p := range r.processes {
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid()))
		if err != nil {
			return 0, err
		}
		pages, err := sumOf(strings.Fields(string(statm)), 1)
		if err != nil {
			return 0, err
		}
		sum += pages * int64(os.Getpagesize())
	}
	return sum, nil
}

// sumOf adds numbers of a line of /proc.
func sumOf(fields []string, columns ...int) (sum int64, err error) {
	for _, c := range columns {
		if c >= len(fields) {
			return 0, errors.New("a line of /proc is short")
		}
		n, err := strconv.ParseInt(fields[c], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// Stop ends its programs and removes its files. It may be called again.
func (r *Running) Stop() {
	for _, p := range r.processes {
		p.Stop()
	}
	r.remove()
}

// bind keeps every thread that a program has, and those that they will start, to a core.
func bind(p *supervise.Process, core string) error {
	out, err := exec.Command("taskset", "-a", "-p", "-c", core, strconv.Itoa(p.Pid())).CombinedOutput()
	if err != nil {
		return fmt.Errorf("taskset: %w: %s", err, out)
	}
	return nil
}
