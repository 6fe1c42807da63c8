package load

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

const (
	silence    = 10 * time.Second       // without any answer is a failure
	drainLimit = 2 * time.Second        // for the answers that are awaited when counting ends
	tick       = 100 * time.Millisecond // between two looks at what is not an event
	longest    = time.Minute            // latency that can be recorded
)

// Run makes one measurement. Its error is the first thing that was not as it should be: an answer with another status,
// a connection that ended within an answer or before its first, ten seconds of silence, Mark's error or the context's.
// What was counted until then is lost.
func Run(ctx context.Context, o Options) (Result, error) {
	l, err := newLoop(o)
	if err != nil {
		return Result{}, err
	}
	defer context.AfterFunc(ctx, func() { l.stop.Store(true) })()
	done := make(chan error)
	go func() {
		// The thread is bound to a core and ends with this goroutine: it is never unlocked.
		runtime.LockOSThread()
		done <- l.run()
	}()
	err = <-done
	if l.stop.Load() {
		err = ctx.Err()
	}
	return l.result, err
}

// loop is one measurement. All times count from start.
type loop struct {
	Options
	address *unix.SockaddrInet4
	epoll   int
	timer   int // fires when the next request is due
	conns   []conn
	stop    atomic.Bool

	start    time.Time
	now      time.Duration
	phase    phase
	begin    time.Duration // of counting
	answered time.Duration // time of the last answer
	busy     int           // connections that await an answer

	sent int    // requests of the open loop
	idle []int  // its connections without a request; the first waits longest
	buf  []byte // what was read last

	latencies *hdrhistogram.Histogram // µs
	result    Result
}

type phase int

const (
	warming phase = iota
	counting
	draining
)

func newLoop(o Options) (*loop, error) {
	address, err := netip.ParseAddrPort(o.Address)
	if err != nil || !address.Addr().Is4() {
		return nil, fmt.Errorf("%q is not an IPv4 address and port", o.Address)
	}
	l := &loop{
		Options:   o,
		address:   &unix.SockaddrInet4{Addr: address.Addr().As4(), Port: int(address.Port())},
		conns:     make([]conn, o.Connections),
		idle:      make([]int, 0, o.Connections),
		buf:       make([]byte, 64<<10),
		latencies: hdrhistogram.New(1, longest.Microseconds(), 3),
	}
	for i := range l.conns {
		l.conns[i] = conn{index: int32(i), fd: -1}
	}
	return l, nil
}

func (l *loop) run() (err error) {
	if l.Core >= 0 {
		var cores unix.CPUSet
		cores.Set(l.Core)
		if err := unix.SchedSetaffinity(0, &cores); err != nil {
			return fmt.Errorf("core %d: %w", l.Core, err)
		}
	}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(l.epoll)
	if l.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return err
	}
	defer unix.Close(l.timer)
	defer func() {
		for i := range l.conns {
			l.conns[i].shut()
		}
	}()
	// Edge-triggered, it need not be read.
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: -1}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.timer, &event); err != nil {
		return err
	}

	l.start = time.Now()
	for i := range l.conns {
		c := &l.conns[i]
		if err := l.open(c); err != nil {
			return err
		}
		if err := l.next(c); err != nil {
			return err
		}
	}
	return l.turn()
}

// turn waits for events until all is done.
func (l *loop) turn() error {
	events := make([]unix.EpollEvent, 64)
	for {
		n, err := wait(l.epoll, events, l.timeout())
		if err != nil && err != unix.EINTR {
			return err
		}
		if l.stop.Load() {
			return context.Canceled
		}
		l.now = time.Since(l.start)
		if done, err := l.advance(); done || err != nil {
			return err
		}
		for i := range n {
			if events[i].Fd < 0 {
				continue
			}
			if c := &l.conns[events[i].Fd]; c.generation == events[i].Pad {
				if err := l.handle(c, events[i].Events); err != nil {
					return err
				}
			}
		}
		if l.Rate > 0 {
			if err := l.pace(); err != nil {
				return err
			}
		}
	}
}

// timeout is milliseconds until the phase ends, or a tick.
func (l *loop) timeout() int {
	left := tick
	switch l.phase {
	case warming:
		left = min(left, l.Warmup-l.now)
	case counting:
		left = min(left, l.begin+l.Duration-l.now)
	}
	return int((left + time.Millisecond - 1) / time.Millisecond)
}

// advance goes on to the next phase when it is time, and says whether it was the last.
func (l *loop) advance() (done bool, err error) {
	if l.busy == 0 {
		l.answered = l.now
	} else if l.now-l.answered > silence {
		return false, fmt.Errorf("no answer for %s", silence)
	}
	switch {
	case l.phase == warming && l.now >= l.Warmup:
		if err := l.mark(); err != nil {
			return false, err
		}
		l.phase, l.begin = counting, l.now
	case l.phase == counting && l.now >= l.begin+l.Duration:
		if err := l.mark(); err != nil {
			return false, err
		}
		l.phase = draining
		l.result.Elapsed = l.now - l.begin
		l.result.Wrapped = l.Pool.wrapped
		l.result.P50 = time.Duration(l.latencies.ValueAtPercentile(50)) * time.Microsecond
		l.result.P99 = time.Duration(l.latencies.ValueAtPercentile(99)) * time.Microsecond
		l.result.Max = time.Duration(l.latencies.Max()) * time.Microsecond
		if l.result.Requests == 0 {
			return false, fmt.Errorf("no answer in %s", l.Duration)
		}
	}
	return l.phase == draining && (l.busy == 0 || l.now >= l.begin+l.result.Elapsed+drainLimit), nil
}

func (l *loop) mark() error {
	if l.Mark == nil {
		return nil
	}
	err := l.Mark()
	l.now = time.Since(l.start)
	return err
}

// pace sends what is due, as far as connections are idle, and sets the timer to what is due next.
func (l *loop) pace() error {
	for len(l.idle) > 0 && l.phase != draining {
		due := time.Duration(float64(l.sent) * float64(time.Second) / l.Rate)
		if wait := due - l.now; wait > 0 {
			spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(wait))}
			return unix.TimerfdSettime(l.timer, 0, &spec, nil)
		}
		c := &l.conns[l.idle[0]]
		l.idle = append(l.idle[:0], l.idle[1:]...)
		l.sent++
		if err := l.send(c, due); err != nil {
			return err
		}
	}
	return nil
}

// next gives a connection that has its answer the next request, in an open loop when that is due.
func (l *loop) next(c *conn) error {
	switch {
	case l.Rate > 0:
		l.idle = append(l.idle, int(c.index))
	case l.phase != draining:
		return l.send(c, l.answered)
	}
	return nil
}

// send sends a request that was due at that time.
func (l *loop) send(c *conn, due time.Duration) error {
	c.request, c.written, c.due = l.Pool.take(), 0, due
	c.answer.reset()
	l.busy++
	return l.write(c)
}

// settle counts a complete answer.
func (l *loop) settle(c *conn) error {
	if c.answer.status != l.Status {
		return fmt.Errorf("an answer of %d where %d is expected: %q", c.answer.status, l.Status, l.buf[:min(len(l.buf), 300)])
	}
	l.busy--
	l.answered = time.Since(l.start)
	if l.phase == counting {
		l.result.Requests++
		if err := l.latencies.RecordValue((l.answered - c.due).Microseconds()); err != nil {
			return fmt.Errorf("a latency of %s is more than can be recorded", l.answered-c.due)
		}
	}
	c.request = nil
	c.answers++
	return nil
}
