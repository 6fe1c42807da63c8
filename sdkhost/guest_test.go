//go:build !wasip1

package sdkhost

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
)

// The guest, built for wasip1, on a host that does what Envoy would not.

const refused = `send_local_response 500 "sdkhost_refused" ""  -1`

func encode(t testing.TB, pairs ...[2]string) []byte {
	t.Helper()
	b, err := appendPairs(nil, pairs)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGuestReadsHeaders(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.data["get_header_map_pairs"] = encode(t, [2]string{":path", "/a"}, [2]string{"x", ""}, [2]string{"x", "y"})
	if h.do("proxy_on_request_headers", 2, 1, 0) != 1 {
		t.Error("did not pause")
	}
	h.expect([]string{"pairs [:path=/a] [x=] [x=y]"}, []string{"get_header_map_pairs 0"})
	h.data["get_header_map_pairs"] = nil
	h.do("proxy_on_request_body", 2, 1, 0)
	h.expect([]string{"pairs (error status returned by host: not found)"}, []string{"get_header_map_pairs 0"})
	h.status["get_header_map_pairs"] = 6
	h.do("proxy_on_request_body", 2, 1, 0)
	h.expect([]string{"pairs (error status returned by host: 6)"}, []string{"get_header_map_pairs 0"})
}

func TestGuestResumes(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_request_headers", 2, 3, 0)
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 3, 0, 0)
	h.expect([]string{"callback 2 3 0 0", "resume ok"}, []string{"set_effective_context 2", "continue_stream 0"})
}

func TestGuestKeepsWhatItRead(t *testing.T) {
	for _, size := range []int{10, scratchSize + 1} {
		h := newFakeHost(t)
		h.do("proxy_on_context_create", 2, 1)
		long := strings.Repeat("v", size)
		h.data["get_header_map_pairs"] = encode(t, [2]string{"k", long})
		h.data["get_buffer_bytes"] = []byte("body")
		h.do("proxy_on_request_headers", 2, 9, 0)
		h.data["get_header_map_pairs"] = encode(t, [2]string{"q", strings.Repeat("w", size)})
		h.data["get_buffer_bytes"] = []byte("ydob")
		h.do("proxy_on_context_create", 3, 1)
		h.do("proxy_on_request_headers", 3, 9, 0)
		h.forget()
		h.do("proxy_on_request_body", 2, 10, 0)
		h.expect([]string{"pairs [k=" + long + "]", "kept body"}, nil)
	}
}

func TestGuestSurvivesMalformedMaps(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	good := encode(t, [2]string{"name", "value"}, [2]string{"a", "b"})
	bad := [][]byte{
		{1},
		{0, 0, 0},
		{1, 0, 0, 0},
		{255, 255, 255, 255},
		append([]byte{2, 0, 0, 0}, make([]byte, 16)...),
		append(bytes.Clone(good), 0), bytes.Repeat([]byte{255}, 70_000),
	}
	for i := range good {
		bad = append(bad, good[:i])
		for _, b := range []byte{1, 127, 128, 255} {
			mangled := bytes.Clone(good)
			mangled[i] ^= b
			bad = append(bad, mangled)
		}
	}
	for _, data := range bad {
		want := "pairs (error status returned by host: not found)"
		if len(data) > 0 {
			want = "pairs (malformed data returned by host)"
			if pairs, err := decodePairs(data); err == nil {
				want = "pairs"
				for _, p := range pairs {
					want += " [" + p[0] + "=" + p[1] + "]"
				}
			}
		}
		h.data["get_header_map_pairs"] = data
		h.do("proxy_on_request_headers", 2, 1, 0)
		h.expect([]string{want}, []string{"get_header_map_pairs 0"})
	}
}

func TestGuestSurvivesTamperedAddresses(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	for _, length := range []int{4, scratchSize + 10} {
		h.data["get_header_map_pairs"] = append([]byte{0, 0, 0, 0}, make([]byte, length-4)...)
		for name, tamper := range map[string]func(a, n uint32) (uint32, uint32){
			"another address": func(a, n uint32) (uint32, uint32) { return a + 1, n },
			"address 0":       func(_, n uint32) (uint32, uint32) { return 0, n },
			"no memory":       func(_, n uint32) (uint32, uint32) { return math.MaxUint32, n },
			"larger":          func(a, n uint32) (uint32, uint32) { return a, n + 8 },
			"negative":        func(a, _ uint32) (uint32, uint32) { return a, math.MaxUint32 },
		} {
			h.tamper = tamper
			h.do("proxy_on_request_headers", 2, 1, 0)
			if got := h.said[0]; got != "pairs (malformed data returned by host)" {
				t.Errorf("%s: %s", name, got)
			}
			h.forget()
		}
	}
	// The loans of one call are worth nothing in another.
	h.tamper = nil
	h.data["get_header_map_pairs"] = encode(t)
	h.do("proxy_on_request_headers", 2, 1, 0)
	h.expect([]string{"pairs"}, []string{"get_header_map_pairs 0"})
}

func TestGuestAllocator(t *testing.T) {
	h := newFakeHost(t)
	for _, size := range []uint64{0, 1, 0, scratchSize, 0, scratchSize + 1, 1 << 20} {
		if h.do("proxy_on_memory_allocate", size) == 0 {
			t.Errorf("%d bytes refused", size)
		}
	}
	for _, size := range []uint64{maxLoan, maxLoan + 1, math.MaxInt32, math.MaxUint32} {
		if h.do("proxy_on_memory_allocate", size) != 0 {
			t.Errorf("%d bytes lent", size)
		}
	}
	h.do("proxy_on_tick", 1)
	if h.do("proxy_on_memory_allocate", maxLoan) == 0 {
		t.Error("the loans of one call count in the next")
	}
	// As many as a host likes, of nothing, during one call.
	h.do("proxy_on_context_create", 2, 1)
	h.during = func(string) {
		for range 1000 {
			h.do("proxy_on_memory_allocate", 0)
		}
	}
	h.data["get_header_map_pairs"] = encode(t, [2]string{"a", "b"})
	h.forget()
	h.do("proxy_on_request_headers", 2, 1, 0)
	h.expect([]string{"pairs [a=b]"}, []string{"get_header_map_pairs 0"})
}

var streamExports = []string{
	"proxy_on_request_headers", "proxy_on_request_body", "proxy_on_request_trailers",
	"proxy_on_response_headers", "proxy_on_response_body", "proxy_on_response_trailers",
}

func (h *fakeHost) onStream(name string, id, what uint64) uint64 {
	h.t.Helper()
	if strings.HasSuffix(name, "trailers") {
		return h.do(name, id, what)
	}
	return h.do(name, id, what, 0)
}

func TestGuestUnknownContexts(t *testing.T) {
	h := newFakeHost(t)
	for _, id := range []uint64{0, 1, 2, 99, math.MaxUint32} {
		for _, name := range streamExports {
			h.forget()
			if h.onStream(name, id, 0) != 1 {
				t.Errorf("%s(%d) continued", name, id)
			}
			h.expect(nil, []string{refused})
		}
	}
	for _, id := range []uint64{0, 2, 99, math.MaxUint32} {
		h.do("proxy_on_tick", id)
		h.do("proxy_on_queue_ready", id, 1)
		h.do("proxy_on_http_call_response", id, 4, 1, 1, 1)
		h.do("proxy_on_log", id)
		h.do("proxy_on_delete", id)
		h.do("proxy_on_delete", id)
		if h.do("proxy_on_done", id) != 1 {
			t.Errorf("%d is not done", id)
		}
		h.expect(nil, nil)
		if h.do("proxy_on_configure", id, 0) != 0 {
			t.Errorf("%d is configured", id)
		}
		h.expect([]string{fmt.Sprint("hook ", id, " proxy_on_configure")}, nil)
	}
	// A stream of no plugin, and streams that the filter has no context for: answered, and the answer goes out.
	h.do("proxy_on_context_create", 5, 77)
	h.do("proxy_on_context_create", 666, 1)
	h.do("proxy_on_context_create", 667, 1)
	h.expect([]string{"hook 666 proxy_on_context_create"}, nil)
	for _, id := range []uint64{5, 666, 667} {
		for i, name := range streamExports {
			want := uint64(1)
			if i >= 3 {
				want = 0
			}
			if got := h.onStream(name, id, 0); got != want {
				t.Errorf("%s(%d): %d", name, id, got)
			}
		}
		h.expect(nil, []string{refused})
		h.do("proxy_on_done", id)
		h.do("proxy_on_delete", id)
	}
}

func TestGuestPanics(t *testing.T) {
	for i, name := range streamExports {
		for _, what := range []uint64{2, 7, 13} {
			t.Run(fmt.Sprint(name, what), func(t *testing.T) {
				h := newFakeHost(t)
				h.do("proxy_on_context_create", 2, 1)
				h.do("proxy_on_context_create", 3, 1)
				if h.onStream(name, 2, what) != 1 {
					t.Error("continued")
				}
				if len(h.criticals) != 1 || !strings.Contains(h.criticals[0], name) || strings.Contains(h.criticals[0], "secret") ||
					!strings.Contains(h.criticals[0], " at main.(*stream).run:") {
					t.Errorf("logged %q", h.criticals)
				}
				h.expect([]string{"hook 2 " + name}, []string{refused})
				// The request never goes on, the answer does.
				if i < 3 {
					if h.do("proxy_on_request_body", 2, 0, 1) != 1 || h.do("proxy_on_request_trailers", 2, 0) != 1 {
						t.Error("went on")
					}
					if h.do("proxy_on_response_headers", 2, 0, 1) != 0 {
						t.Error("the answer was stopped")
					}
				} else if h.do("proxy_on_response_body", 2, 0, 1) != 1 {
					t.Error("went on")
				}
				h.expect(nil, nil)
				// Others are as before.
				if h.onStream(name, 3, 0) != 0 {
					t.Error("the other stream was stopped")
				}
			})
		}
	}
}

func TestGuestPanicElsewhere(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_tick", 1)
	h.forget()
	h.do("proxy_on_tick", 1)
	h.expect([]string{"tick 1 2", "hook 1 proxy_on_tick"}, nil)
	h.do("proxy_on_queue_ready", 1, 9)
	h.expect([]string{"queue 9", "hook 1 proxy_on_queue_ready"}, nil)
	if h.do("proxy_on_vm_start", 1, 666) != 0 {
		t.Error("started")
	}
	h.expect([]string{"hook 1 proxy_on_vm_start"}, nil)
	if h.do("proxy_on_configure", 1, 666) != 0 {
		t.Error("configured")
	}
	h.expect([]string{"hook 1 proxy_on_configure"}, nil)
	h.do("proxy_on_context_create", 666, 0)
	h.expect([]string{"plugin 666", "hook 666 proxy_on_context_create"}, nil)
	if h.do("proxy_on_configure", 666, 0) != 0 {
		t.Error("configured")
	}
	h.expect([]string{"hook 666 proxy_on_configure"}, nil)
	h.do("proxy_on_context_create", 13, 0)
	if h.do("proxy_on_done", 13) != 1 {
		t.Error("a plugin whose OnPluginDone panics is never done")
	}
	h.expect([]string{"plugin 13", "plugin done 13", "hook 13 proxy_on_done"}, nil)
	h.do("proxy_on_context_create", 14, 0)
	if h.do("proxy_on_done", 14) != 0 {
		t.Error("done")
	}
	h.forget()
	for _, name := range []string{"proxy_on_done", "proxy_on_log", "proxy_on_delete"} {
		h.do("proxy_on_context_create", 2, 1)
		h.do("proxy_on_request_headers", 2, 11, 0)
		h.do(name, 2)
		h.do("proxy_on_delete", 2)
		h.expect([]string{"done 2", "hook 2 " + name}, nil)
	}
}

func TestGuestHook(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_configure", 1, 2) // handles
	h.do("proxy_on_context_create", 2, 1)
	if h.do("proxy_on_request_headers", 2, 2, 0) != 1 {
		t.Error("continued")
	}
	h.expect([]string{"hook 2 proxy_on_request_headers"}, nil)
	if h.do("proxy_on_configure", 1, 666) != 1 {
		t.Error("the hook was not asked")
	}
	h.forget()

	h = newFakeHost(t)
	h.do("proxy_on_configure", 1, 3) // panics
	h.do("proxy_on_context_create", 2, 1)
	if h.do("proxy_on_request_headers", 2, 2, 0) != 1 {
		t.Error("continued")
	}
	h.expect([]string{"hook 2 proxy_on_request_headers"}, []string{refused})
	if h.do("proxy_on_configure", 1, 666) != 0 {
		t.Error("a hook that panics has not handled it")
	}
	h.forget()

	h = newFakeHost(t)
	h.do("proxy_on_configure", 1, 4) // resumes
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_request_headers", 2, 2, 0)
	h.expect([]string{"hook 2 proxy_on_request_headers", "resume (error status returned by host: bad argument)"}, []string{refused})
}

func TestGuestRefusalFails(t *testing.T) {
	h := newFakeHost(t)
	h.status["send_local_response"] = 10
	h.do("proxy_on_context_create", 2, 1)
	if h.do("proxy_on_request_headers", 2, 2, 0) != 1 {
		t.Error("continued")
	}
	h.expect([]string{"hook 2 proxy_on_request_headers"}, []string{refused, "close_stream 0"})
	h.do("proxy_on_context_create", 3, 1)
	h.do("proxy_on_response_headers", 3, 2, 0)
	h.expect([]string{"hook 3 proxy_on_response_headers"}, []string{refused, "close_stream 1"})
}

func TestGuestRepliesOnce(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_request_headers", 2, 4, 0)
	again := " (error status returned by host: bad argument)"
	h.expect([]string{"reply ok", "reply" + again, "resume" + again},
		[]string{`send_local_response 403 "why" "no" 010000000100000001000000` + "78007900" + " -1"})
	h.do("proxy_on_context_create", 3, 1)
	if h.do("proxy_on_request_headers", 3, 5, 0) != 1 {
		t.Error("continued")
	}
	h.expect([]string{"reply ok", "hook 3 proxy_on_request_headers"}, []string{`send_local_response 403 "" "" 00000000 -1`})
	// The answer itself is stopped by a panic: nothing will come any more.
	h.do("proxy_on_response_headers", 3, 2, 0)
	h.expect([]string{"hook 3 proxy_on_response_headers"}, []string{"close_stream 1"})
	// A reply that the host refused was none.
	h.status["send_local_response"] = 2
	h.do("proxy_on_context_create", 4, 1)
	h.do("proxy_on_request_headers", 4, 5, 0)
	h.expect([]string{"reply" + again, "hook 4 proxy_on_request_headers"},
		[]string{`send_local_response 403 "" "" 00000000 -1`, refused, "close_stream 0"})
}

const (
	sent = "http_call cluster 0200000007000000030000000100000001000000" +
		"3a6d6574686f640047455400" + "61006200" + " body 010000000100000001000000" + "74007500 7"
	notFound = " (error status returned by host: not found)"
)

func TestGuestCallouts(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_request_headers", 2, 3, 0)
	h.expect([]string{"token 4 ok"}, []string{sent})
	// Tokens and plugins that there are not.
	h.do("proxy_on_http_call_response", 1, 5, 666, 0, 0)
	h.do("proxy_on_http_call_response", 2, 4, 666, 0, 0)
	h.do("proxy_on_http_call_response", 99, 4, 666, 0, 0)
	h.expect(nil, nil)
	h.data["get_header_map_pairs"] = encode(t, [2]string{":status", "200"})
	h.data["get_buffer_bytes"] = []byte("hi")
	h.do("proxy_on_http_call_response", 1, 4, 2, 2, math.MaxUint32)
	h.expect([]string{"callback 2 2 2 2147483647", "pairs [:status=200]", "body hi ok"},
		[]string{"set_effective_context 2", "get_header_map_pairs 6", "get_buffer_bytes 4 0 2"})
	h.do("proxy_on_http_call_response", 1, 4, 2, 2, 0)
	h.expect(nil, nil)

	// The stream is done, or gone: the callback runs as the plugin.
	for _, end := range []string{"proxy_on_done", "proxy_on_log", "proxy_on_delete"} {
		h.do("proxy_on_context_create", 3, 1)
		h.do("proxy_on_request_headers", 3, 3, 0)
		h.do(end, 3)
		h.forget()
		h.do("proxy_on_http_call_response", 1, uint64(h.token), 1, 0, 0)
		h.expect([]string{"callback 3 1 0 0"}, nil)
		h.do("proxy_on_delete", 3)
	}

	// What is gone cannot be resumed, nor the plugin in its place.
	h.do("proxy_on_context_create", 3, 1)
	h.do("proxy_on_request_headers", 3, 3, 0)
	h.do("proxy_on_delete", 3)
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 3, 0, 0)
	h.expect([]string{"callback 3 3 0 0", "resume (error status returned by host: bad argument)"}, nil)

	// A panic is the calling stream's.
	h.do("proxy_on_request_body", 2, 3, 0)
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 666, 0, 0)
	h.expect([]string{"callback 2 666 0 0", "hook 2 proxy_on_http_call_response"}, []string{"set_effective_context 2", refused})
	// Nor is it resumed by what comes after.
	h.do("proxy_on_context_create", 4, 1)
	h.do("proxy_on_request_headers", 4, 3, 0)
	h.do("proxy_on_request_body", 4, 3, 0)
	h.do("proxy_on_http_call_response", 1, uint64(h.token-4), 666, 0, 0)
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 3, 0, 0)
	h.expect([]string{"callback 4 3 0 0", "resume (error status returned by host: bad argument)"}, []string{"set_effective_context 4"})
	// A panic for a stream that is gone is nobody's.
	h.do("proxy_on_context_create", 5, 1)
	h.do("proxy_on_request_headers", 5, 3, 0)
	h.do("proxy_on_delete", 5)
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 666, 0, 0)
	h.expect([]string{"callback 5 666 0 0", "hook 5 proxy_on_http_call_response"}, nil)

	// A dispatch that failed has no callback, even if the host makes one.
	h.status["http_call"] = 10
	h.do("proxy_on_context_create", 6, 1)
	h.do("proxy_on_request_headers", 6, 3, 0)
	h.expect([]string{"token 0 (error status returned by host: internal failure)"}, []string{sent})
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 2, 0, 0)
	h.expect(nil, nil)
	h.status["http_call"] = 0

	// A call for a context that no plugin is behind would never be told of.
	h.do("proxy_on_context_create", 7, 1)
	h.do("proxy_on_request_headers", 7, 17, 0)
	h.expect([]string{"effective ok", "token 0 (error status returned by host: bad argument)"}, []string{"set_effective_context 77"})
	h.do("proxy_on_delete", 7)
	h.forget()

	// One token for two calls: neither gets the other's reply.
	h.do("proxy_on_request_headers", 6, 3, 0)
	h.token -= 4
	h.do("proxy_on_request_headers", 6, 3, 0)
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 2, 5, 0)
	h.expect([]string{"callback 6 0 0 0"}, []string{"set_effective_context 6"})

	// Calls of the plugin, and what is in flight when it goes.
	h.do("proxy_on_tick", 1)
	h.do("proxy_on_request_headers", 6, 3, 0)
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token-4), 1, 0, 0)
	h.expect([]string{"callback tick 1 0 0"}, nil)
	h.do("proxy_on_delete", 1)
	said := strings.Join(h.said, ",")
	if !strings.HasSuffix(said, ",callback 6 0 0 0") || strings.Count(said, "done ") != 4 || strings.Count(said, "plugin done 1") != 1 {
		t.Errorf("said %q", h.said)
	}
	h.forget()
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 1, 0, 0)
	h.do("proxy_on_delete", 6)
	h.expect(nil, nil)
}

func TestGuestEffectiveContext(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_context_create", 3, 1)
	h.do("proxy_on_request_headers", 2, 12, 0)
	h.expect([]string{"effective ok", "hook 2 proxy_on_request_headers"},
		[]string{"set_effective_context 3", "set_effective_context 2", refused})
	if h.do("proxy_on_request_headers", 3, 0, 0) != 0 {
		t.Error("the other stream was stopped")
	}
	h.status["set_effective_context"] = 2
	h.do("proxy_on_request_headers", 3, 12, 0)
	h.expect([]string{"effective (error status returned by host: bad argument)", "hook 3 proxy_on_request_headers"},
		[]string{"set_effective_context 4", refused})
}

func TestGuestEndsOnce(t *testing.T) {
	h := newFakeHost(t)
	for _, order := range [][]string{
		{"done", "log", "delete"}, {"log", "done", "delete"}, {"delete"}, {"log", "delete"}, {"done", "delete", "delete", "log", "done"},
	} {
		h.do("proxy_on_context_create", 2, 1)
		for _, name := range order {
			h.do("proxy_on_"+name, 2)
		}
		h.expect([]string{"done 2"}, nil)
		if h.do("proxy_on_request_headers", 2, 0, 0) != 1 {
			t.Error("a stream that is deleted went on")
		}
		h.forget()
	}
}

func TestGuestCreatedTwice(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_request_headers", 2, 9, 0)
	h.forget()
	h.do("proxy_on_context_create", 2, 1)
	h.expect([]string{"done 2"}, nil)
	h.do("proxy_on_request_headers", 2, 10, 0)
	h.expect([]string{"pairs", "kept "}, nil)
	// The plugin stays, with its streams, and is not taken for a stream.
	h.do("proxy_on_context_create", 1, 0)
	h.do("proxy_on_context_create", 1, 1)
	h.expect(nil, nil)
	if h.do("proxy_on_request_headers", 2, 0, 0) != 0 {
		t.Error("the stream was stopped")
	}
	h.do("proxy_on_context_create", 2, 0)
	h.expect([]string{"done 2", "plugin 2"}, nil)
}

func TestGuestHostCalls(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.data["get_property"] = []byte("TLSv1.3")
	h.data["call_foreign_function"] = []byte("result")
	h.data["get_header_map_value"] = []byte("value")
	h.do("proxy_on_request_headers", 2, 6, 0)
	calls := []string{
		`get_property "connection\x00tls_version"`, `set_property "oathgate.decision"="allow"`, "call_foreign_function verify(argument)",
		"define_metric 0 metric", "increment_metric 17 -2", "record_metric 17 3", "get_metric 17", "get_current_time_nanoseconds",
		"get_header_map_value 0 name",
	}
	h.expect([]string{
		"property TLSv1.3 ok", "property ok", "foreign result ok", "metric 17 ok", "metric ok ok",
		"metric 1099511627776 ok", "now 1700000000123456789", "value value ok",
	}, calls)
	h.data = map[string][]byte{}
	h.do("proxy_on_request_headers", 2, 6, 0)
	if h.said[0] != "property  ok" || h.said[2] != "foreign  ok" || h.said[7] != "value  ok" {
		t.Errorf("nothing was returned: %q", h.said)
	}
	h.forget()
	for status := uint32(1); status < 20; status++ {
		want := "(" + statusError(status).Error() + ")"
		for _, call := range calls {
			name, _, _ := strings.Cut(call, " ")
			h.status[name] = status
		}
		delete(h.status, "get_current_time_nanoseconds")
		h.do("proxy_on_request_headers", 2, 6, 0)
		for _, line := range h.said {
			if !strings.HasPrefix(line, "now ") && !strings.HasSuffix(line, want) {
				t.Errorf("status %d: %s", status, line)
			}
		}
		h.forget()
	}
	h.status = map[string]uint32{"get_current_time_nanoseconds": 12}
	h.do("proxy_on_request_headers", 2, 6, 0)
	if h.said[6] == "now 1700000000123456789" {
		t.Error("a time that the host did not give")
	}
	h.forget()
	h.do("proxy_on_request_headers", 2, 14, 0)
	bad := " (error status returned by host: bad argument)"
	h.expect([]string{
		"body" + bad, "body" + bad, "body" + bad, "body" + notFound, "body" + notFound, "body" + notFound, "property" + bad + bad + bad,
	}, []string{"get_buffer_bytes 0 0 0", "get_buffer_bytes 0 5 33554432", "get_buffer_bytes 0 0 10"})
	h.data["get_buffer_bytes"] = []byte("more than was asked for")
	h.do("proxy_on_request_headers", 2, 14, 0)
	if h.said[5] != "body (malformed data returned by host)" {
		t.Errorf("%q", h.said)
	}
}

func TestGuestRefusesOversizedMaps(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_request_headers", 2, 8, 0)
	bad := " (error status returned by host: bad argument)"
	h.expect([]string{"set" + bad, "set ok", "set" + bad, "reply" + bad, "call" + bad},
		[]string{fmt.Sprint("set_header_map_pairs 0 ", 4+1024*10)})
}

// TestGuestNestedCalls: a host that calls exports during a host call, which Envoy does not.
func TestGuestNestedCalls(t *testing.T) {
	h := newFakeHost(t)
	h.do("proxy_on_context_create", 2, 1)
	h.do("proxy_on_context_create", 3, 1)
	// What the outer call was given is there when the inner ones are over.
	h.data["get_header_map_pairs"] = encode(t, [2]string{"a", "b"})
	nested := false
	h.tamper = func(address, size uint32) (uint32, uint32) {
		if !nested {
			nested = true
			h.data["get_header_map_pairs"] = encode(t, [2]string{"c", "d"})
			h.do("proxy_on_memory_allocate", 100)
			h.do("proxy_on_request_headers", 3, 1, 0)
			h.do("proxy_on_request_body", 3, 2, 0)
		}
		return address, size
	}
	if h.do("proxy_on_request_headers", 2, 1, 0) != 1 {
		t.Error("continued")
	}
	h.expect([]string{"pairs [c=d]", "hook 3 proxy_on_request_body", "pairs [a=b]"},
		[]string{"get_header_map_pairs 0", refused, "get_header_map_pairs 0"})
	// What the outer call passes is, too, and the context is still the outer one's.
	h.do("proxy_on_request_headers", 2, 3, 0)
	h.forget()
	nested = false
	h.during = func(name string) {
		if name == "http_call" && !nested {
			nested = true
			h.do("proxy_on_request_headers", 2, 6, 0)
			h.calls, h.said = nil, nil
		}
	}
	h.do("proxy_on_request_headers", 2, 3, 0)
	h.expect([]string{fmt.Sprint("token ", h.token, " ok")}, []string{sent})
	h.do("proxy_on_http_call_response", 1, uint64(h.token), 1, 0, 0)
	h.expect([]string{"callback 2 1 0 0"}, []string{"set_effective_context 2"})
}

// TestGuestMemoryIsFlat: callbacks back to back do not starve the collector.
func TestGuestMemoryIsFlat(t *testing.T) {
	h := newFakeHost(t)
	h.data["get_header_map_pairs"] = encode(t, [2]string{":path", "/"}, [2]string{"x", strings.Repeat("v", 1000)})
	n := 1000
	if testing.Short() {
		n = 200
	}
	for id := uint64(1000); id < uint64(1000+n); id++ {
		h.do("proxy_on_context_create", id, 1)
		// Makes 4 MiB of garbage.
		if h.do("proxy_on_request_headers", id, 16, 1) != 0 {
			t.Fatal("paused")
		}
		h.do("proxy_on_done", id)
		h.do("proxy_on_delete", id)
		h.forget()
		if size := h.module.Memory().Size(); size > 48<<20 {
			t.Fatalf("linear memory grew to %d MiB in %d requests", size>>20, id-999)
		}
	}
}
