package load

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

var errEnded = errors.New("the connection ended")

// conn is one connection and the request on it.
type conn struct {
	index      int32
	fd         int
	generation int32 // tells events of an earlier connection apart
	answers    int   // had on this connection

	request []byte // awaits its answer; nil: idle
	written int    // bytes of it
	due     time.Duration
	answer  answer
}

func (c *conn) shut() {
	if c.fd >= 0 {
		unix.Close(c.fd)
		c.fd = -1
	}
}

// open connects without waiting for the other side to accept.
func (l *loop) open(c *conn) error {
	c.shut()
	c.generation++
	c.answers = 0
	var err error
	if c.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	if err := unix.Connect(c.fd, l.address); err != nil && err != unix.EINPROGRESS {
		return err
	}
	event := unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET,
		Fd:     c.index,
		Pad:    c.generation,
	}
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, c.fd, &event)
}

// reopen replaces a connection that the other side has closed.
func (l *loop) reopen(c *conn) error {
	if l.phase == counting {
		l.result.Reconnects++
	}
	return l.open(c)
}

func (l *loop) handle(c *conn, events uint32) error {
	if c.request != nil && c.written < len(c.request) && events&unix.EPOLLOUT != 0 {
		if err := l.write(c); err != nil {
			return err
		}
	}
	if events&^unix.EPOLLOUT == 0 {
		return nil
	}
	return l.read(c, events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0)
}

// write writes as much of the request as the socket takes; the rest follows when it takes more.
func (l *loop) write(c *conn) error {
	for c.written < len(c.request) {
		n, err := write(c.fd, c.request[c.written:])
		switch err {
		case nil:
			c.written += n
		case unix.EINTR:
		case unix.EAGAIN:
			return nil
		default:
			return l.ended(c, err)
		}
	}
	return nil
}

// read reads what there is. last says that nothing comes after it: the other side has closed.
func (l *loop) read(c *conn, last bool) error {
	for {
		n, err := read(c.fd, l.buf[:cap(l.buf)])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return nil
		case err != nil:
			return l.ended(c, err)
		case n == 0:
			return l.ended(c, errEnded)
		}
		l.buf = l.buf[:n]
		if c.request == nil {
			return fmt.Errorf("an answer that nobody asked for: %q", l.buf[:min(n, 300)])
		}
		if err := c.answer.feed(l.buf); err != nil {
			return fmt.Errorf("%w: %q", err, l.buf[:min(n, 300)])
		}
		if c.answer.part == complete {
			if err := l.settle(c); err != nil {
				return err
			}
			if c.answer.close || last {
				if err := l.reopen(c); err != nil {
					return err
				}
			}
			return l.next(c)
		}
		if n < cap(l.buf) && !last {
			return nil
		}
	}
}

// ended goes on after the other side has closed a connection: an idle one is opened again, and so is one that it closed
// while a request was under way on it, as it may after an answer; the request is then sent again.
func (l *loop) ended(c *conn, why error) error {
	switch {
	case c.request == nil:
		return l.reopen(c)
	case c.answer.end():
		if err := l.settle(c); err != nil {
			return err
		}
		if err := l.reopen(c); err != nil {
			return err
		}
		return l.next(c)
	case c.answers > 0 && !c.answer.begun:
		if err := l.reopen(c); err != nil {
			return err
		}
		c.written = 0
		return l.write(c)
	}
	return fmt.Errorf("%w with an answer of %d outstanding", why, l.Status)
}
