package corpus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"oathgate/sdkhost/wazerohost"
)

// Wazero runs the compiled filter on wazero: one VM for all cases, one plugin configuration a case.
type Wazero struct {
	host *wazerohost.Host
	vm   *wazerohost.VM

	// The request under way.
	script *Script
	seen   *Observation
}

// NewWazero compiles the module. further are backends that it provides besides those of the project's own cases.
func NewWazero(ctx context.Context, module []byte, further ...string) (*Wazero, error) {
	return NewWazeroOn(ctx, module, nil, further...)
}

// NewWazeroOn is NewWazero on a host with other foreign functions: nil takes one away.
func NewWazeroOn(ctx context.Context, module []byte, foreign map[string]wazerohost.ForeignFunction, further ...string) (*Wazero, error) {
	w := &Wazero{}
	opt := wazerohost.Options{
		Backends: map[string]wazerohost.Backend{}, Upstream: w.upstream, RouteHeader: RoutingHeader,
		AllowStopIteration: true, Foreign: foreign, Start: clockStart, LogLevel: 3,
	}
	for _, name := range slices.Concat(servers, further) {
		opt.Backends[name] = w.backend
	}
	opt.Backends["dead"] = fails(wazerohost.Refused)
	opt.Backends["empty"] = fails(wazerohost.NoHealthyHost)
	var err error
	if w.host, err = wazerohost.New(ctx, module, opt); err != nil {
		return nil, err
	}
	if w.vm, err = w.host.NewVM(); err != nil {
		w.host.Close()
		return nil, err
	}
	return w, nil
}

func fails(f wazerohost.Fault) wazerohost.Backend {
	return func(*wazerohost.Callout) wazerohost.Reply { return wazerohost.Reply{Fault: f} }
}

// Errors of sessions on wazero that faults of host calls may lead to. No upstream has seen the request.
var (
	// ErrNoEnd says that the request stayed stopped.
	ErrNoEnd = errors.New("the request has no end")
	// ErrReleased says that the request was denied after the interlock had been released for it.
	ErrReleased = errors.New("the interlock was released for a request that was denied")
)

// VM is the worker, for what a case does not say.
func (w *Wazero) VM() *wazerohost.VM { return w.vm }

// Close frees the module.
func (w *Wazero) Close() error { return w.host.Close() }

// Open implements Target.
func (w *Wazero) Open(c *Case) (Session, error) {
	logged := len(w.vm.Logs())
	p, ok := w.vm.Configure(c.Document)
	s := &onWazero{w: w, c: c, plugin: p}
	if !ok {
		s.refused = []string{}
		for _, l := range w.vm.Logs()[min(logged, len(w.vm.Logs())):] {
			if l.Level >= 4 {
				s.refused = append(s.refused, l.Text)
			}
		}
	}
	return s, w.sound()
}

// sound is an error once the filter has done what no filter should.
func (w *Wazero) sound() error {
	if err := w.vm.Failed(); err != nil {
		return fmt.Errorf("the VM is dead: %w", err)
	}
	if notes := w.vm.Notes(); len(notes) > 0 {
		return fmt.Errorf("the host notes %q", notes)
	}
	return nil
}

type onWazero struct {
	w       *Wazero
	c       *Case
	plugin  *wazerohost.Plugin
	refused []string
}

func (s *onWazero) Refused() []string { return s.refused }

func (s *onWazero) Close() error {
	s.plugin.Close()
	return nil
}

func (s *onWazero) Do(r *Request) (*Observation, error) {
	w := s.w
	w.vm.Advance(r.Advance)
	w.seen, w.script = &Observation{}, NewScript(r, w.vm.Now)
	d := Deliver(r, s.c.TLS)
	headers := wazerohost.Headers{{":authority", d.Authority}, {":path", d.Path}, {":method", d.Method}, {":scheme", d.Scheme}}
	for _, h := range d.Headers {
		headers = append(headers, [2]string{h.Name, h.Value})
	}
	stream := s.plugin.Start(wazerohost.Peer{TLS: s.c.TLS, Properties: map[string]string{"filter_state." + PeerState: peer}})
	stream.SendHeaders(headers, r.Body == "")
	if r.Body != "" {
		half := len(r.Body) / 2
		stream.SendBody([]byte(r.Body[:half]), false)
		stream.SendBody([]byte(r.Body[half:]), true)
	}
	stream.Settle()
	// A callout may outlive its request.
	w.vm.Run(time.Minute)
	o := w.seen
	switch {
	case stream.Unfiltered():
		return nil, fmt.Errorf("there was no filter")
	case stream.Response() == nil || !stream.Over():
		stream.End()
		return nil, fmt.Errorf("%w: %s", ErrNoEnd, stream.Outcome())
	case w.vm.InFlight() > 0:
		return nil, fmt.Errorf("%d callouts are still in flight", w.vm.InFlight())
	}
	if err := w.sound(); err != nil {
		return nil, err
	}
	switch state, _ := stream.FilterState("wasm.oathgate.decision"); {
	case stream.Upstream() != nil && state != "allow":
		return nil, fmt.Errorf("it went on, and the interlock is %q", state)
	case stream.Upstream() == nil && state != "":
		return nil, ErrReleased
	}
	o.Status, o.Body = stream.Response().Status, string(stream.Response().Body)
	for _, h := range stream.Response().Headers {
		o.Headers = append(o.Headers, Header{h[0], h[1]})
	}
	return o, nil
}

func (w *Wazero) backend(c *wazerohost.Callout) wazerohost.Reply {
	return w.reply(message(c.Cluster, c.Headers, string(c.Body)))
}

// upstream is what the one route leads to.
func (w *Wazero) upstream(u *wazerohost.Upstream) wazerohost.Reply {
	cluster := u.Route
	m := message(cluster, u.Headers, string(u.Body))
	if cluster == "" {
		m.Cluster = "upstream" // routing: envoy
	} else {
		m.Headers = without(m.Headers, RoutingHeader)
	}
	return w.reply(m)
}

func (w *Wazero) reply(m Message) wazerohost.Reply {
	r := w.script.Answer(w.seen, m)
	reply := wazerohost.Reply{Status: r.Status, Body: []byte(r.Body), Delay: r.Delay}
	for _, h := range r.Headers {
		reply.Headers = append(reply.Headers, [2]string{h.Name, h.Value})
	}
	switch r.Fault {
	case Silent:
		reply.Fault = wazerohost.Silent
	case Cut:
		reply.Fault = wazerohost.Reset
	case Garbage, Reset:
		reply.Fault = wazerohost.Refused
	}
	return reply
}

// message reads a request of Envoy's.
func message(cluster string, headers wazerohost.Headers, body string) Message {
	m := Message{Cluster: cluster, Body: body}
	for _, h := range headers {
		switch h[0] {
		case ":method":
			m.Method = h[1]
		case ":path":
			m.Target = h[1]
		case ":authority":
			m.Host = h[1]
		default:
			if !strings.HasPrefix(h[0], ":") {
				m.Headers = append(m.Headers, Header{h[0], h[1]})
			}
		}
	}
	return m
}
