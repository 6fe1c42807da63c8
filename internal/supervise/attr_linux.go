package supervise

import "syscall"

// attr makes the kernel kill Envoy with the thread that started it, whatever ends this process, and keeps a
// terminal's Ctrl-C from Envoy: this process stops it.
func attr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
