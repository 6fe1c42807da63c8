package load

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func get(path string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: bench\r\n\r\n")
}

func options(address string, requests ...[]byte) Options {
	return Options{
		Address: address, Pool: NewPool(requests...), Status: 200, Connections: 4,
		Warmup: 20 * time.Millisecond, Duration: 100 * time.Millisecond, Core: -1,
	}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestRun(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	for name, tt := range map[string]struct {
		handler   http.HandlerFunc
		request   []byte
		reconnect bool
	}{
		"length":  {handler: func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }},
		"no body": {handler: func(http.ResponseWriter, *http.Request) {}},
		"chunks": {handler: func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			io.WriteString(w, long)
		}},
		"a long body": {handler: func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, long) }},
		"close": {reconnect: true, handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "close")
			io.WriteString(w, "hello")
		}},
		"POST": {
			request: []byte("POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: 204800\r\n\r\n" + long),
			handler: func(w http.ResponseWriter, r *http.Request) {
				if n, _ := io.Copy(io.Discard, r.Body); n != int64(len(long)) {
					w.WriteHeader(http.StatusBadRequest)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var served atomic.Int64
			address := serve(t, func(w http.ResponseWriter, r *http.Request) {
				served.Add(1)
				tt.handler(w, r)
			})
			request := tt.request
			if request == nil {
				request = get("/")
			}
			result, err := Run(t.Context(), options(address, request))
			if err != nil {
				t.Fatal(err)
			}
			if result.Requests == 0 || int64(result.Requests) > served.Load() {
				t.Errorf("%d requests counted, %d served", result.Requests, served.Load())
			}
			if (result.Reconnects > 0) != tt.reconnect {
				t.Errorf("%d reconnects", result.Reconnects)
			}
			if result.P50 <= 0 || result.P99 < result.P50 || result.Max < result.P99 || result.Elapsed < 100*time.Millisecond {
				t.Errorf("%+v", result)
			}
		})
	}
}

func TestRunFails(t *testing.T) {
	address := func(h http.HandlerFunc) func(*testing.T) string {
		return func(t *testing.T) string { return serve(t, h) }
	}
	for name, tt := range map[string]struct {
		address func(*testing.T) string
		change  func(*Options)
		want    string
	}{
		"another status": {
			address: address(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "who are you", http.StatusUnauthorized) }),
			want:    "an answer of 401 where 200 is expected: \"HTTP/1.1 401",
		},
		"one other status among many": {
			address: func(t *testing.T) string {
				var served atomic.Int64
				return serve(t, func(w http.ResponseWriter, _ *http.Request) {
					if served.Add(1) == 20 {
						w.WriteHeader(http.StatusTeapot)
					}
				})
			},
			change: func(o *Options) { o.Duration = 10 * time.Second },
			want:   "an answer of 418",
		},
		"closed within the answer": {
			address: address(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "10")
				io.WriteString(w, "hello")
				panic(http.ErrAbortHandler)
			}),
			want: "ended with an answer of 200 outstanding",
		},
		"closed before the answer": {
			address: address(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
			want:    "ended with an answer of 200 outstanding",
		},
		"nobody listens": {
			address: func(t *testing.T) string {
				l, err := net.Listen("tcp4", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				return l.Addr().String()
			},
			want: "connection refused",
		},
		"nothing answered": {
			address: func(t *testing.T) string {
				stop := make(chan struct{})
				address := serve(t, func(http.ResponseWriter, *http.Request) { <-stop })
				t.Cleanup(func() { close(stop) }) // before the server waits for its handlers
				return address
			},
			change: func(o *Options) { o.Connections = 1 },
			want:   "no answer in 100ms",
		},
		"no address": {
			address: func(*testing.T) string { return "localhost:80" },
			want:    "not an IPv4 address",
		},
		"no such core": {
			address: address(func(http.ResponseWriter, *http.Request) {}),
			change:  func(o *Options) { o.Core = 1000 },
			want:    "core 1000",
		},
		"mark": {
			address: address(func(http.ResponseWriter, *http.Request) {}),
			change:  func(o *Options) { o.Mark = func() error { return errors.New("no CPU time") } },
			want:    "no CPU time",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(tt.address(t), get("/"))
			if tt.change != nil {
				tt.change(&o)
			}
			if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestRunIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(serve(t, func(http.ResponseWriter, *http.Request) { cancel() }), get("/"))
	o.Duration = time.Hour
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A server may close a connection on which it has answered at any time: the request that crosses with that is sent again.
func TestRunSendsAgain(t *testing.T) {
	address := connections(t, func(c net.Conn) {
		buf := make([]byte, 1024)
		for range 3 {
			if _, err := c.Read(buf); err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
		c.Read(buf)
	})
	result, err := Run(t.Context(), options(address, get("/")))
	if err != nil || result.Reconnects == 0 {
		t.Errorf("%+v, error %v", result, err)
	}
}

// connections serves each connection by itself, and closes it when that ends.
func connections(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

func TestRunAtARate(t *testing.T) {
	var served atomic.Int64
	address := serve(t, func(http.ResponseWriter, *http.Request) { served.Add(1) })
	o := options(address, get("/"))
	o.Rate, o.Warmup, o.Duration = 200, 0, 500*time.Millisecond
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	// However late the thread runs: never more than what has been due, and what was due is sent.
	if due := int64(result.Elapsed.Seconds()*200) + 1; served.Load() > due || result.Requests < 1 {
		t.Errorf("%d served of %d due in %s, %d counted", served.Load(), due, result.Elapsed, result.Requests)
	}
}

// One stall of the server counts for every request that was due meanwhile, not only for those that were under way.
func TestRunCountsTheWait(t *testing.T) {
	const stall = 200 * time.Millisecond
	var served atomic.Int64
	address := serve(t, func(http.ResponseWriter, *http.Request) {
		if served.Add(1) == 10 {
			time.Sleep(stall)
		}
	})
	o := options(address, get("/"))
	o.Connections, o.Rate, o.Warmup, o.Duration = 1, 1000, 0, 5*stall
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	// Of 1,000 requests 200 are due within the stall; a slow machine makes them later still.
	if result.P99 < stall/2 {
		t.Errorf("%+v", result)
	}
}

func TestPoolGoesOn(t *testing.T) {
	var lock sync.Mutex
	seen := map[string]int{}
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		seen[r.URL.Path]++
	})
	o := options(address, get("/a"), get("/b"), get("/c"))
	o.Connections = 1
	for range 2 {
		result, err := Run(t.Context(), o)
		if err != nil || !result.Wrapped {
			t.Errorf("%+v, error %v", result, err)
		}
	}
	lock.Lock()
	defer lock.Unlock()
	if most, least := max(seen["/a"], seen["/b"], seen["/c"]), min(seen["/a"], seen["/b"], seen["/c"]); least == 0 || most-least > 1 {
		t.Errorf("not in turn: %v", seen)
	}

	o = options(serve(t, func(http.ResponseWriter, *http.Request) {}), get("/a"))
	if result, err := Run(t.Context(), o); err != nil || result.Wrapped {
		t.Errorf("a pool of one request: %+v, error %v", result, err)
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	address := connections(t, func(c net.Conn) {
		buf, answer := make([]byte, 1024), []byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
			c.Write(answer)
		}
	})
	for name, rate := range map[string]float64{"closed loop": 0, "open loop": 5000} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			at := &before
			o := options(address, get("/"))
			o.Rate = rate
			o.Mark = func() error {
				runtime.ReadMemStats(at)
				at = &after
				return nil
			}
			result, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			// The runtime and the test's server start a thing or two of their own.
			if n := after.Mallocs - before.Mallocs; n > uint64(result.Requests)/10+100 {
				t.Errorf("%d allocations in %d requests", n, result.Requests)
			}
		})
	}
}
