package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"oathgate/e2e/harness"
)

// serveGRPC starts a server that answers any method of any service: it repeats every message with the subject before it,
// and ends with a trailer. A message "fail" ends the call with DATA_LOSS.
func (s *servers) serveGRPC(t *startupT, options ...grpc.ServerOption) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.err = err
		return ""
	}
	server := grpc.NewServer(append(options, grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(stream)
		sent, _ := metadata.FromIncomingContext(stream.Context())
		s.note("grpc "+method, sent.Get("x-allowed-by"))
		stream.SetTrailer(metadata.Pairs("x-after", "all"))
		for {
			var m wrapperspb.StringValue
			if err := stream.RecvMsg(&m); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			if m.Value == "fail" {
				return status.Error(codes.DataLoss, "lost")
			}
			m.Value = strings.Join(sent.Get("x-user"), ",") + ":" + m.Value
			if err := stream.SendMsg(&m); err != nil {
				return err
			}
		}
	}))...)
	go server.Serve(l)
	s.closers = append(s.closers, server.Stop)
	return l.Addr().String()
}

// stub connects to a proxy.
func (o *oathgate) stub(t *testing.T) *grpc.ClientConn {
	t.Helper()
	secret := insecure.NewCredentials()
	if o == secure {
		secret = credentials.NewTLS(&tls.Config{RootCAs: backends.authority.Pool(), ServerName: "app.test"})
	}
	conn, err := grpc.NewClient("passthrough:///"+o.Address, grpc.WithTransportCredentials(secret), grpc.WithAuthority("app.test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func within(t *testing.T, pairs ...string) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(t.Context(), pairs...), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestGRPC(t *testing.T) {
	for name, o := range map[string]*oathgate{"clear text": plain, "TLS": secure} {
		t.Run(name, func(t *testing.T) {
			conn := o.stub(t)
			for _, c := range []struct {
				method, cookie, say, want string
				code                      codes.Code
			}{
				{method: "/test.Echo/Say", say: "a", want: "guest:a"},
				{method: "/test.Secure/Say", say: "a", want: "guest:a"},
				{method: "/test.Session/Say", cookie: "session=alice", say: "a", want: "alice:a"},
				{method: "/test.Session/Say", cookie: "session=slow", say: "a", want: "slow:a"},
				{method: "/test.Echo/Say", say: "fail", code: codes.DataLoss}, // the upstream's own
				{method: "/test.Session/Say", cookie: "session=eve", code: codes.Unauthenticated},
				{method: "/test.Session/Say", code: codes.Unauthenticated},
				{method: "/test.Realm/Say", cookie: "session=eve", code: codes.Unauthenticated},
				{method: "/test.Login/Say", cookie: "session=eve", code: codes.Unauthenticated},
				{method: "/test.Denied/Say", code: codes.PermissionDenied},
				{method: "/test.DeniedLogin/Say", code: codes.PermissionDenied},
				{method: "/test.None/Say", code: codes.Unimplemented},
				{method: "/test.Dead/Say", code: codes.Unavailable},
			} {
				t.Run(c.method+" "+c.cookie+" "+c.say, func(t *testing.T) {
					before := backends.total()
					pairs := []string{"x-user", "root", "X-Allowed-By", "client"}
					if c.cookie != "" {
						pairs = append(pairs, "cookie", c.cookie)
					}
					var got wrapperspb.StringValue
					var header, trailer metadata.MD
					err := conn.Invoke(within(t, pairs...), c.method, wrapperspb.String(c.say), &got, grpc.Header(&header), grpc.Trailer(&trailer))
					if status.Code(err) != c.code || got.Value != c.want {
						t.Errorf("%v %q, want %v %q", err, got.Value, c.code, c.want)
					}
					if through := c.want != "" || c.say == "fail"; through != (backends.total() > before) || through != (len(trailer.Get("x-after")) == 1) {
						t.Errorf("the upstream saw %d requests, the client the trailers %v", backends.total()-before, trailer)
					}
					if message := status.Convert(err).Message(); c.say != "fail" && strings.ContainsAny(message, "{}/:") {
						t.Errorf("the message is %q", message)
					}
					if all := metadata.Join(header, trailer); len(all.Get("location")) > 0 {
						t.Errorf("the client is sent away: %v", all)
					}
				})
			}
		})
	}
}

// A stream's messages pass one by one, both ways, and each before the next is sent.
func TestGRPCStream(t *testing.T) {
	for name, o := range map[string]*oathgate{"clear text": plain, "TLS": secure} {
		t.Run(name, func(t *testing.T) {
			conn := o.stub(t)
			both := &grpc.StreamDesc{StreamName: "Chat", ServerStreams: true, ClientStreams: true}
			for _, cookie := range []string{"session=alice", "session=slow"} {
				stream, err := conn.NewStream(within(t, "cookie", cookie), both, "/test.Session/Chat")
				if err != nil {
					t.Fatal(err)
				}
				for _, say := range []string{"a", "b", strings.Repeat("c", 200_000)} {
					var got wrapperspb.StringValue
					if err := stream.SendMsg(wrapperspb.String(say)); err != nil {
						t.Fatal(err)
					}
					if err := stream.RecvMsg(&got); err != nil || got.Value != strings.TrimPrefix(cookie, "session=")+":"+say {
						t.Fatalf("%.20q, %v", got.Value, err)
					}
				}
				if err := stream.CloseSend(); err != nil {
					t.Fatal(err)
				}
				if err := stream.RecvMsg(new(wrapperspb.StringValue)); !errors.Is(err, io.EOF) || len(stream.Trailer().Get("x-after")) != 1 {
					t.Errorf("it ends with %v and %v", err, stream.Trailer())
				}
			}
			before := backends.total()
			for method, want := range map[string]codes.Code{
				"/test.Session/Chat": codes.Unauthenticated, "/test.Denied/Chat": codes.PermissionDenied, "/test.None/Chat": codes.Unimplemented,
			} {
				stream, err := conn.NewStream(within(t), both, method)
				if err == nil {
					_ = stream.SendMsg(wrapperspb.String("a"))
					err = stream.RecvMsg(new(wrapperspb.StringValue))
				}
				if status.Code(err) != want {
					t.Errorf("%s: %v, want %v", method, err, want)
				}
			}
			if n := backends.total() - before; n != 0 {
				t.Errorf("the upstream saw %d of the refused", n)
			}
		})
	}
}

// Who says that it speaks gRPC and does not gets no refusal that could be taken for success: Envoy would answer 200. What
// is allowed passes.
func TestNotGRPC(t *testing.T) {
	before := backends.total()
	paths := map[string]int{"/test.Session/Say": 401, "/test.Realm/Say": 401, "/test.Login/Say": 302, "/test.Denied/Say": 403, "/test.None/Say": 404}
	client := plain.h2(t)
	ask := func(path, method, contentType string) (int, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://app.test"+path, nil)
		if err != nil {
			return 0, err
		}
		r.Header.Set("Content-Type", contentType)
		resp, err := client.RoundTrip(r)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	// Envoy takes a second to close a connection that it breaks off.
	var asked sync.WaitGroup
	for _, contentType := range []string{"application/grpc", "application/grpc+proto"} {
		for path := range paths {
			for _, method := range []string{"GET", "POST"} {
				asked.Go(func() {
					if reply, err := plain.Raw(harness.Message(method, path, "body", "Content-Type: "+contentType)); err == nil {
						t.Errorf("%s %s with %s: %d %v", method, path, contentType, reply.Status, reply.Header)
					}
				})
			}
			// Not every request over HTTP/2 is gRPC.
			asked.Go(func() {
				if status, err := ask(path, "GET", contentType); err == nil {
					t.Errorf("GET %s over HTTP/2 with %s: %d", path, contentType, status)
				}
			})
		}
	}
	asked.Wait()
	for _, contentType := range []string{"application/grpc-web", "application/grpc-web+proto"} {
		for path, want := range paths {
			reply, err := plain.Raw(harness.Message("POST", path, "body", "Content-Type: "+contentType))
			if err != nil || reply.Status != want {
				t.Errorf("POST %s with %s: %d, %v", path, contentType, reply.Status, err)
			}
		}
	}
	if n := backends.total() - before; n != 0 {
		t.Errorf("the upstream saw %d of the refused", n)
	}
	if reply := plain.Get(t, "/plain/a", "Content-Type: application/grpc"); reply.Status != 200 || !strings.Contains(reply.Body, `"first"`) {
		t.Errorf("allowed: %d %s", reply.Status, reply.Body)
	}
}
