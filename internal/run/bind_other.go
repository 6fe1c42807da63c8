//go:build !unix

package run

import "net"

// bind listens on an address for a moment.
func bind(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}
