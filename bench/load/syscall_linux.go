package load

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// These are system calls that Go's scheduler is not told of: the thread has nothing else to do, and handing its
// processor on and taking it back costs a fourth of what a request costs here. Goroutines of the same program that wait
// for this thread, the garbage collector's among them, do so for a tick at most.

func read(fd int, b []byte) (int, error) {
	return result(unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))))
}

func write(fd int, b []byte) (int, error) {
	return result(unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))))
}

// wait is epoll_pwait without a signal mask. timeout is in milliseconds.
func wait(epoll int, events []unix.EpollEvent, timeout int) (int, error) {
	return result(unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll),
		uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(timeout), 0, 0))
}

func result(n, _ uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
