//go:build !wasip1

package wazerohost_test

import (
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

func TestLocalReply(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("reply~403~no;say~still running", "x-resp", "set~2~x-added~v")
	w.replied(s, 403, "why_so")
	// The reply waits for the callback to return, then runs the response callbacks, then the stream ends.
	w.inOrder("reply 0", "still running", "response 4 0", "set 0", "response body 2 1", "log 2", "done 2", "delete 2")
	r := s.Response()
	if string(r.Body) != "no" || r.Headers.Get("x-why") != "because" || r.Headers.Get("content-type") != "text/plain" ||
		r.Headers.Get("content-length") != "2" || r.Headers.Get("x-added") != "v" || !r.Local || !r.Complete {
		t.Errorf("%+v", r)
	}
	if s.Upstream() != nil {
		t.Error("the upstream got something")
	}
}

func TestLocalReplyWithoutBody(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	r := w.do("reply~401~").Response()
	if r.Headers.Has("content-type") || r.Headers.Has("content-length") {
		t.Errorf("%+v", r.Headers)
	}
	w.said("response 2 1")
}

func TestLocalReplyToGRPCAndHEAD(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	r := w.do("reply~403~no", "content-type", "application/grpc").Response()
	if r.Status != 200 || r.Headers.Get("grpc-status") != "7" || r.Headers.Get("grpc-message") != "no" || len(r.Body) > 0 {
		t.Errorf("gRPC: %+v", r)
	}
	h := req("x-do", "reply~403~no")
	h[0][1] = "HEAD"
	if r := w.plugin.Request(h).Response(); r.Status != 403 || len(r.Body) > 0 || r.Headers.Get("content-length") != "2" {
		t.Errorf("HEAD: %+v", r)
	}
}

func TestOneLocalReply(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("reply~403~first;reply~200~second")
	w.replied(s, 403, "why_so")
	if s.LocalReplies() != 2 {
		t.Error(s.LocalReplies())
	}
	w.noted("local reply to a stream that has one")
}

// What the guest asked for happens in its order: a request that was let go cannot be called back.
func TestResumeThenReply(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("resume~0;reply~403~no;pause")
	w.outcome(s, wazerohost.Replied)
	if s.Upstream() == nil {
		t.Error("the upstream got nothing")
	}
	s = w.do("reply~403~no;resume~0;pause")
	w.outcome(s, wazerohost.Replied)
	if s.Upstream() != nil {
		t.Error("the upstream got a refused request")
	}
}

// send_local_response stops the callback that runs, for whichever stream it was.
func TestReplyStopsTheRunningCallback(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	a := w.do("pause")
	b := w.do("effective~2;reply~403~no")
	w.replied(a, 403, "why_so")
	w.outcome(b, wazerohost.Paused)
}

func TestPauseAndResume(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{})})
	s := w.do("call~id~0;pause", "x-then", "mine;resume~0;say~after")
	w.outcome(s, wazerohost.Continued)
	if s.Resumes() != 1 || !s.Upstream().Complete {
		t.Errorf("%d resumes, upstream %+v", s.Resumes(), s.Upstream())
	}
	w.do("resume~0") // of what was not paused
	w.noted("resume of")
}

func body(script ...string) wazerohost.Headers {
	h := req(script...)
	h[0][1] = "POST"
	return h
}

// Pause from request headers holds body and trailers; the callbacks come with the resume.
func TestHeadersPauseHoldsTheBody(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Hold: true})})
	s := w.plugin.Start(wazerohost.Peer{})
	s.SendHeaders(body("x-do", "call~id~0;pause", "x-then", "mine;resume~0", "x-body", "get~0~:path;buffer~0~0~99", "x-trailers", "get~1~t"), false)
	s.SendBody([]byte("one "), false)
	s.SendBody([]byte("two"), false)
	s.SendTrailers(wazerohost.Headers{{"T", "v"}})
	w.silent("body 4 0")
	w.vm.Reply(4, wazerohost.Reply{})
	w.inOrder("resume 0", "body 7 0", "get 2 ", "buffer 0 one two", "trailers 1", "get 0 v")
	if u := s.Upstream(); u == nil || string(u.Body) != "one two" || u.Trailers.Get("t") != "v" || !u.Complete {
		t.Errorf("upstream %+v", u)
	}
}

// With allow_on_headers_stop_iteration body callbacks come while the headers wait; one that returns Continue sends all of it on.
func TestStopIteration(t *testing.T) {
	opt := wazerohost.Options{AllowStopIteration: true}
	start := func(w *world, scripts ...string) *wazerohost.Stream {
		s := w.plugin.Start(wazerohost.Peer{})
		s.SendHeaders(body(append([]string{"x-do", "pause"}, scripts...)...), false)
		w.outcome(s, wazerohost.Paused)
		return s
	}
	t.Run("continue from a body callback", func(t *testing.T) {
		w := newWorld(t, opt)
		s := start(w)
		s.SendBody([]byte("x"), false)
		w.said("body 1 0")
		w.outcome(s, wazerohost.Continued)
		if s.Upstream().Complete {
			t.Error("complete too early")
		}
		s.SendBody([]byte("y"), true)
		if u := s.Upstream(); string(u.Body) != "xy" || !u.Complete {
			t.Errorf("%+v", u)
		}
	})
	t.Run("pause in body callbacks buffers", func(t *testing.T) {
		w := newWorld(t, opt)
		s := start(w, "x-body", "pause", "x-end", "buffer~0~0~99;bufstat~0;pause")
		s.SendBody([]byte("one "), false)
		s.SendBody([]byte("two"), true)
		w.inOrder("body 4 0", "body 7 1", "buffer 0 one two", "bufstat 0 7")
		w.outcome(s, wazerohost.Paused)
	})
	t.Run("resume after the end", func(t *testing.T) {
		w := newWorld(t, opt)
		s := start(w, "x-body", "pause", "x-end", "resume~0;pause")
		s.SendBody([]byte("one "), false)
		s.SendBody([]byte("two"), true)
		if u := s.Upstream(); u == nil || string(u.Body) != "one two" || !u.Complete {
			t.Errorf("%+v", u)
		}
	})
	t.Run("continue from trailers", func(t *testing.T) {
		w := newWorld(t, opt)
		s := start(w, "x-body", "pause")
		s.SendBody([]byte("x"), false)
		s.SendTrailers(wazerohost.Headers{{"t", "v"}})
		if u := s.Upstream(); u == nil || string(u.Body) != "x" || u.Trailers.Get("t") != "v" {
			t.Errorf("%+v", u)
		}
	})
	t.Run("pause in trailers", func(t *testing.T) {
		w := newWorld(t, opt)
		s := start(w, "x-body", "pause", "x-trailers", "pause")
		s.SendBody([]byte("x"), false)
		s.SendTrailers(wazerohost.Headers{{"t", "v"}})
		w.outcome(s, wazerohost.Paused)
	})
	t.Run("reply from a body callback", func(t *testing.T) {
		w := newWorld(t, opt)
		s := start(w, "x-body", "reply~403~no")
		s.SendBody([]byte("x"), false)
		w.replied(s, 403, "why_so")
		if s.Upstream() != nil {
			t.Error("the upstream got something")
		}
		s.SendBody([]byte("y"), true) // too late: nothing happens
	})
	t.Run("stop all whatever is allowed", func(t *testing.T) {
		w := newWorld(t, opt)
		s := w.plugin.Start(wazerohost.Peer{})
		s.SendHeaders(body("x-do", "return~4"), false)
		s.SendBody([]byte("x"), true)
		w.silent("body 1 1")
	})
	t.Run("beyond the buffer", func(t *testing.T) {
		w := newWorld(t, wazerohost.Options{AllowStopIteration: true, BufferLimit: 3})
		s := start(w, "x-body", "pause")
		s.SendBody([]byte("abc"), false)
		w.outcome(s, wazerohost.Paused)
		s.SendBody([]byte("d"), false)
		w.replied(s, 413, "request_payload_too_large")
	})
}

func TestBodyWrites(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"setbuf~0~0~0~pre-", "pre-body"},
		{"setbuf~0~0~99~new", "new"},
		{"setbuf~0~4~0~-post", "body-post"},
		{"setbuf~0~1~1~x", "body"},
	} {
		w := newWorld(t, wazerohost.Options{})
		s := w.plugin.Request(body("x-body", c.script), []byte("body"))
		if got := string(s.Upstream().Body); got != c.want {
			t.Errorf("%s: %q, want %q", c.script, got, c.want)
		}
	}
}

func TestResponse(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("", "x-resp", "set~2~x-a~b;get~2~:status", "x-respbody", "buffer~1~0~9")
	s.Respond(204, wazerohost.Headers{{"x-up", "1"}}, []byte("hi"), wazerohost.Headers{{"t", "v"}})
	w.inOrder("response 2 0", "get 0 204", "response body 2 0", "buffer 0 hi", "log 2", "done 2", "delete 2")
	if r := s.Response(); r.Status != 204 || r.Headers.Get("x-a") != "b" || r.Headers.Get("x-up") != "1" || string(r.Body) != "hi" ||
		r.Trailers.Get("t") != "v" || r.Local || !r.Complete {
		t.Errorf("%+v", r)
	}
	w.outcome(s, wazerohost.Continued)
	if w.vm.Contexts() != 1 {
		t.Errorf("%d contexts", w.vm.Contexts())
	}
}

func TestUpstreamOption(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Upstream: func(u *wazerohost.Upstream) wazerohost.Reply {
		return wazerohost.Reply{Status: 200, Body: u.Body}
	}})
	s := w.plugin.Request(body(), []byte("echo"))
	if r := s.Response(); r == nil || string(r.Body) != "echo" || !s.Over() {
		t.Errorf("%+v", r)
	}
}

func TestCloseStream(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("close~0;say~after;pause")
	w.outcome(s, wazerohost.Aborted)
	w.inOrder("close 0", "after", "log 2", "done 2", "delete 2")
}

func TestStreamIdleTimeout(t *testing.T) {
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: time.Minute})
	whole := w.do("pause")
	half := w.plugin.Start(wazerohost.Peer{})
	half.SendHeaders(body("x-do", "pause"), false)
	w.vm.Advance(50 * time.Second)
	half.SendBody([]byte("x"), false)
	w.vm.Advance(10 * time.Second)
	w.replied(whole, 504, "stream_idle_timeout")
	w.outcome(half, wazerohost.Paused)
	w.vm.Advance(50 * time.Second)
	w.replied(half, 408, "stream_idle_timeout")
}

func TestEnd(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	w.do("").End()
	w.do("pause").End()
	if w.vm.Contexts() != 1 {
		t.Error(w.vm.Contexts())
	}
}
