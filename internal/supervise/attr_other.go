//go:build !linux

package supervise

import "syscall"

func attr() *syscall.SysProcAttr { return nil }
