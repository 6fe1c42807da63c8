package subject

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"oathgate/bench/workload"
	"oathgate/internal/supervise"
)

// startLimit is how long a subject may take to allow its first request: Oathkeeper with 10,000 rules needs most of it
// on a busy machine.
const startLimit = 2 * time.Minute

// launch is a subject that is being started.
type launch struct {
	*Running
	envoyPath string
	envoyArgs []string  // further arguments
	begun     time.Time // when the first program was started
}

func newLaunch(envoy supervise.Binary) (*launch, error) {
	dir, remove, err := supervise.Scratch()
	return &launch{Running: &Running{dir: dir, remove: remove}, envoyPath: envoy.Path}, err
}

// started starts a subject by means of fill, which starts its programs and sets the address, and gives it back once it
// has proven itself. What fill does before the first program does not count as its start.
func started(ctx context.Context, opt Options, s Subject, setup *workload.Setup, proof proof, fill func(*launch) error) (*Running, error) {
	l, err := newLaunch(opt.Envoy)
	if err != nil {
		return nil, err
	}
	if err := l.serve(ctx, opt.Upstream, s, setup, proof, fill); err != nil {
		l.Stop()
		return nil, fmt.Errorf("%s, %s: %w", s.Name(), setup.Name, err)
	}
	return l.Running, nil
}

func (l *launch) serve(ctx context.Context, upstream *Upstream, s Subject, setup *workload.Setup, proof proof, fill func(*launch) error) error {
	if err := fill(l); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := l.ready(limited, s, setup); err != nil {
		return err
	}
	l.readyAfter = time.Since(l.begun)
	var err error
	if l.readyCPU, err = l.CPU(); err != nil {
		return err
	}
	for _, p := range l.processes {
		if err := bind(p, proxyCore); err != nil {
			return err
		}
	}
	return proof.of(limited, l.address, upstream, s, setup)
}

// ready waits until the first workload's request is answered as it should be.
func (l *launch) ready(ctx context.Context, s Subject, setup *workload.Setup) error {
	for _, w := range setup.Workloads {
		if !s.Serves(setup, &w) {
			continue
		}
		for {
			err := answers(ctx, l.address, &w)
			if err == nil {
				return nil
			}
			for _, p := range l.processes {
				select {
				case <-p.Done():
					return fmt.Errorf("it ended; the end of its log:\n%s", p.Log(20))
				default:
				}
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("it is not ready: %w%s", err, l.logs())
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return errors.New("it serves no workload of this setup")
}

func (l *launch) logs() (text string) {
	for _, p := range l.processes {
		if log := p.Log(20); log != "" {
			text += "\n" + log
		}
	}
	return text
}

// file writes a file that only its owner may read, and returns its path. content is text, or is written as JSON.
func (l *launch) file(name string, content any) (string, error) {
	text, isText := content.([]byte)
	if !isText {
		var err error
		if text, err = json.Marshal(content); err != nil {
			return "", err
		}
	}
	path := filepath.Join(l.dir, name)
	return path, os.WriteFile(path, text, 0o600)
}

// envoy starts an Envoy with one worker and returns the addresses of its listeners, by their names.
func (l *launch) envoy(ctx context.Context, config object) (map[string]string, error) {
	path, err := l.file("envoy.json", config)
	if err != nil {
		return nil, err
	}
	l.begin()
	p, err := supervise.Start(ctx, supervise.Options{Envoy: l.envoyPath, Config: path, Dir: l.dir, Concurrency: 1, Ready: startLimit, Args: l.envoyArgs})
	if err != nil {
		return nil, err
	}
	l.processes = append(l.processes, p)
	return listeners(ctx, p.Admin())
}

// proxy starts an Envoy that is what requests are sent to.
func (l *launch) proxy(ctx context.Context, config object) error {
	at, err := l.envoy(ctx, config)
	if err == nil {
		l.address = at[benchListener]
	}
	return err
}

// program starts another program, which has one thread to run Go code on.
func (l *launch) program(path string, env []string, args ...string) error {
	cmd := exec.Command(path, args...)
	cmd.Dir = l.dir
	cmd.Env = append([]string{"GOMAXPROCS=1", "PATH=" + os.Getenv("PATH"), "HOME=" + l.dir}, env...)
	l.begin()
	p, err := supervise.Run(cmd)
	if err != nil {
		return err
	}
	l.processes = append(l.processes, p)
	return nil
}

func (l *launch) begin() {
	if l.begun.IsZero() {
		l.begun = time.Now()
	}
}
