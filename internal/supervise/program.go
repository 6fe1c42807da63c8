package supervise

import (
	"os/exec"
	"time"
)

// Run starts a program that is not Envoy and watches it as Start does Envoy: it ends when this process does, and its
// last lines are kept. Whether it is ready is the caller's to find out; it has no Admin.
func Run(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, log: &tail{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = attr()
	cmd.WaitDelay = time.Second
	if err := p.launch(); err != nil {
		return nil, err
	}
	return p, nil
}
