package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Options is one Envoy to start. Envoy and Config are needed; the configuration must have an admin address.
type Options struct {
	Envoy       string        // path of the binary
	Config      string        // path of the bootstrap file
	Dir         string        // Envoy's working directory; "" = this process's
	Concurrency int           // workers; 0 = Envoy's own choice
	LogLevel    string        // "" = warning
	Output      io.Writer     // gets Envoy's log as it comes; nil = only the last lines are kept
	Ready       time.Duration // how long Envoy may take to become ready; 0 = one minute
	Args        []string      // further arguments
}

const (
	readyLimit = time.Minute // compiling the module takes seconds, on a busy machine tens of them
	stopLimit  = 5 * time.Second
	shownLines = 25
)

// Process is a running Envoy.
type Process struct {
	cmd   *exec.Cmd
	log   *tail
	admin *Admin
	done  chan struct{}
	err   error // why it ended; to be read after done is closed
	stop  sync.Once
}

// Start starts Envoy and returns once its admin interface says that it is ready. An Envoy that ends before that, or
// is not ready in time, is an error that carries the last lines of its log; no process is left then.
func Start(ctx context.Context, opt Options) (*Process, error) {
	scratch, err := os.MkdirTemp("", "oathgate-envoy-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	addressFile := filepath.Join(scratch, "admin-address")

	p := &Process{log: &tail{next: opt.Output}, done: make(chan struct{})}
	p.cmd = command(opt, "--admin-address-path", addressFile, "--use-dynamic-base-id")
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.launch(); err != nil {
		return nil, err
	}

	limit := opt.Ready
	if limit == 0 {
		limit = readyLimit
	}
	ready, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := p.awaitReady(ready, addressFile, opt.Dir); err != nil {
		p.Stop()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("%w%s", err, p.shownLog())
	}
	return p, nil
}

func command(opt Options, args ...string) *exec.Cmd {
	level := opt.LogLevel
	if level == "" {
		level = "warning"
	}
	args = append(args, "-c", opt.Config, "--log-level", level)
	if opt.Concurrency > 0 {
		args = append(args, "--concurrency", strconv.Itoa(opt.Concurrency))
	}
	cmd := exec.Command(opt.Envoy, append(args, opt.Args...)...)
	cmd.Dir = opt.Dir
	cmd.SysProcAttr = attr()
	cmd.WaitDelay = time.Second
	return cmd
}

// launch starts the command on a thread that lives as long as Envoy: Linux sends the parent-death signal when the
// thread that started a process ends, not when the process does.
func (p *Process) launch() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return <-started
}

func (p *Process) awaitReady(ctx context.Context, addressFile, dir string) error {
	address, ok := readAddress(ctx, addressFile, p.done)
	if ok {
		p.admin = newAdmin(address, dir)
	}
	for ok {
		if p.admin.Ready(ctx) {
			return nil
		}
		ok = pause(ctx, p.done)
	}
	select {
	case <-p.done:
		return fmt.Errorf("envoy ended before it was ready (%v)", ended(p.err))
	default:
		return errors.New("envoy was not ready in time")
	}
}

func ended(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// shownLog is the end of the log for an error's text, or nothing where somebody reads the log as it comes.
func (p *Process) shownLog() string {
	if p.log.next != nil {
		return ""
	}
	return "; the end of its log:\n" + p.log.last(shownLines)
}

// Admin asks this Envoy's admin interface.
func (p *Process) Admin() *Admin { return p.admin }

// Pid is Envoy's process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when Envoy has ended, for whatever reason.
func (p *Process) Done() <-chan struct{} { return p.done }

// Log returns the last n lines of Envoy's log.
func (p *Process) Log(n int) string { return p.log.last(n) }

// Err says that Envoy ended and how, with the log as Start's error has it. It is nil while Envoy runs.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return fmt.Errorf("envoy ended (%s)%s", ended(p.err), p.shownLog())
	default:
		return nil
	}
}

// Stop ends Envoy: SIGTERM, and SIGKILL when it has not ended five seconds later. It returns when the process is
// gone, and may be called again.
func (p *Process) Stop() {
	p.stop.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(stopLimit):
			_ = p.cmd.Process.Kill()
		}
	})
	<-p.done
}

// Validate runs Envoy in its validate mode, which loads the configuration, the module included, and ends. Its error
// carries the log as Start's has it.
func Validate(ctx context.Context, opt Options) error {
	p := &Process{log: &tail{next: opt.Output}, done: make(chan struct{})}
	p.cmd = command(opt, "--mode", "validate", "--use-dynamic-base-id")
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.launch(); err != nil {
		return err
	}
	defer p.Stop()
	select {
	case <-p.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if p.err != nil {
		return fmt.Errorf("envoy refuses %s (%w)%s", opt.Config, p.err, p.shownLog())
	}
	return nil
}
