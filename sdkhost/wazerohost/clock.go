//go:build !wasip1

package wazerohost

import "time"

// timer is a root context's tick.
type timer struct {
	period time.Duration
	due    time.Time
}

// Advance moves the virtual clock on by d and lets everything happen that falls due meanwhile, in order of time: replies and timeouts
// of callouts, ticks, stream idle timeouts.
func (vm *VM) Advance(d time.Duration) {
	target := vm.Now().Add(d)
	for {
		due, run := vm.nextEvent()
		if run == nil || due.After(target) {
			break
		}
		vm.moveTo(due)
		vm.enter()
		run()
		vm.leave()
	}
	vm.moveTo(target)
}

// Run advances the clock from callout to callout until none is in flight that will ever be answered, or the limit of time is used up.
func (vm *VM) Run(limit time.Duration) {
	end := vm.Now().Add(limit)
	for {
		c := vm.nextCallout()
		if c == nil || c.due.After(end) {
			return
		}
		vm.Advance(max(0, c.due.Sub(vm.Now())))
	}
}

// Settle advances the clock from event to event (callouts, ticks, the idle timeout) until the request is not paused any more; at most by
// an hour.
func (s *Stream) Settle() Outcome {
	end := s.vm.Now().Add(time.Hour)
	for s.Outcome() == Paused {
		due, run := s.vm.nextEvent()
		if run == nil || due.After(end) {
			break
		}
		s.vm.Advance(max(0, due.Sub(s.vm.Now())))
	}
	return s.Outcome()
}

func (vm *VM) moveTo(t time.Time) {
	if d := t.Sub(vm.Now()); d > 0 {
		vm.now = vm.now.Add(d)
	}
}

func (vm *VM) nextEvent() (due time.Time, run func()) {
	if c := vm.nextCallout(); c != nil {
		due, run = c.due, func() { vm.deliver(c) }
	}
	in := vm.cur
	var first uint32
	for id, t := range in.timers {
		if run == nil || t.due.Before(due) || t.due.Equal(due) && first != 0 && id < first {
			first = id
			due, run = t.due, func() { in.tick(id, t) }
		}
	}
	if idle := vm.host.opt.StreamIdleTimeout; idle > 0 {
		var oldest *Stream
		for s := range vm.streams {
			if oldest == nil || s.active.Before(oldest.active) || s.active.Equal(oldest.active) && s.number < oldest.number {
				oldest = s
			}
		}
		if oldest != nil {
			if end := oldest.active.Add(idle); run == nil || end.Before(due) {
				due, run = end, oldest.idle
			}
		}
	}
	return due, run
}

func (in *instance) tick(id uint32, t *timer) {
	if c := in.contexts[id]; c != nil && !in.failed() {
		in.invoke(c, onTick, uint64(id))
		in.settle()
	}
	if in.contexts[id] == nil || in.failed() {
		delete(in.timers, id)
		return
	}
	if in.timers[id] == t {
		t.due = in.vm.Now().Add(t.period)
	}
}

// setTick is set_tick_period_milliseconds: the period starts again; 0 stops it.
func (in *instance) setTick(root uint32, period time.Duration) {
	if period <= 0 {
		delete(in.timers, root)
		return
	}
	in.timers[root] = &timer{period: period, due: in.vm.Now().Add(period)}
}

// idle is Envoy's stream idle timeout: 504 if the whole request is there, else 408.
func (s *Stream) idle() {
	status := 408
	if s.req.ended {
		status = 504
	}
	s.active = s.vm.Now()
	s.localReply(status, "stream timeout", nil, -1, "stream_idle_timeout")
	if !s.over {
		s.aborted = true
		s.finish()
	}
}
