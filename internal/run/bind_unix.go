//go:build unix

package run

import (
	"net"
	"syscall"
)

// bind takes an address for a moment, without listening there: who waits for the
// port to open is not to meet this program.
func bind(address string) error {
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return err
	}
	if v4 := a.IP.To4(); v4 != nil {
		return try(syscall.AF_INET, &syscall.SockaddrInet4{Port: a.Port, Addr: [4]byte(v4)})
	}
	if len(a.IP) == 0 {
		// All addresses: those of IPv4, which every machine has, are asked for.
		return try(syscall.AF_INET, &syscall.SockaddrInet4{Port: a.Port})
	}
	return try(syscall.AF_INET6, &syscall.SockaddrInet6{Port: a.Port, Addr: [16]byte(a.IP.To16())})
}

func try(family int, address syscall.Sockaddr) error {
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	// As for any server: connections of a former one that linger are no reason.
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return syscall.Bind(fd, address)
}
