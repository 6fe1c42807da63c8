package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand"
	"net/http"
	"strings"
	"testing"
)

// A piece of an answer reaches the client before the upstream sends the next.
func TestResponseStreams(t *testing.T) {
	var goOn chan bool
	gate(t, "pieces", func(w http.ResponseWriter, r *http.Request) {
		for _, piece := range []string{"one,", "two,", "three"} {
			_, _ = io.WriteString(w, piece)
			w.(http.Flusher).Flush()
			select {
			case <-goOn:
			case <-r.Context().Done():
				return
			}
		}
	})
	everyWay(t, func(t *testing.T, base string, client http.RoundTripper) {
		for _, path := range []string{"/plain/pieces", "/secure/pieces"} {
			goOn = make(chan bool, 1)
			resp := ask(t, client, "GET", base+path, nil)
			for _, want := range []string{"one,", "two,", "three"} {
				got := make([]byte, len(want))
				if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != want {
					t.Fatalf("%s: %q, %v", path, got, err)
				}
				goOn <- true
			}
			if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
				t.Errorf("%s: %q, %v", path, rest, err)
			}
		}
	})
}

// A piece of an upload reaches the upstream before the client sends the next.
func TestRequestStreams(t *testing.T) {
	var arrived chan string
	gate(t, "upload", func(w http.ResponseWriter, r *http.Request) {
		piece := make([]byte, 4)
		for {
			if _, err := io.ReadFull(r.Body, piece); err != nil {
				close(arrived)
				return
			}
			arrived <- string(piece)
		}
	})
	everyWay(t, func(t *testing.T, base string, client http.RoundTripper) {
		for _, cookie := range []string{"session=alice", "session=slow"} {
			arrived = make(chan string)
			got := arrived
			body, pieces := io.Pipe()
			go func() {
				for _, piece := range []string{"one,", "two,", "end."} {
					if _, err := io.WriteString(pieces, piece); err != nil {
						return
					}
					if at := <-got; at != piece {
						pieces.CloseWithError(io.ErrUnexpectedEOF)
						return
					}
				}
				pieces.Close()
			}()
			resp := ask(t, client, "POST", base+"/session/upload", body, header("Cookie", cookie))
			if _, open := <-got; open || resp.StatusCode != 200 {
				t.Errorf("%s: %d", cookie, resp.StatusCode)
			}
		}
	})
}

// An upload is no shorter or other behind the proxy, however long, unless a rule reads it: then it has 1 MiB.
func TestUploads(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	large := make([]byte, 16<<20)
	_, _ = random.Read(large)
	judged := func(size int) []byte { return append(bytes.Clone(large[:size-2]), "ok"...) }
	everyWay(t, func(t *testing.T, base string, client http.RoundTripper) {
		for _, c := range []struct {
			about, path, cookie string
			body                []byte
			status              int
		}{
			{"nobody reads it", "/plain/a", "", large, 200},
			{"sent on in TLS", "/secure/a", "", large, 200},
			{"while the session is checked", "/session/a", "slow", large, 200},
			{"of nobody", "/session/a", "eve", large[:4<<20], 401},
			{"of nobody, short", "/session/a", "eve", large[:1000], 401},
			{"denied", "/denied/a", "", large[:1000], 403},
			{"judged", "/judged/a", "", judged(1 << 20), 200},
			{"judged and refused", "/judged/a", "", large[:1<<20], 403},
			{"too long to be judged", "/judged/a", "", judged(1<<20 + 1), 413},
		} {
			before := backends.total()
			for _, length := range []int64{int64(len(c.body)), -1} {
				resp, err := attempt(t, client, base+c.path, c.body, length, "session="+c.cookie)
				if err != nil {
					// Who is answered before all is sent may see the connection break.
					if c.status == 200 || len(c.body) < 1<<20 {
						t.Errorf("%s, %d: %v", c.about, length, err)
					}
					continue
				}
				if resp.StatusCode != c.status {
					t.Errorf("%s, %d: %d, want %d", c.about, length, resp.StatusCode, c.status)
					continue
				}
				if c.status == 200 {
					sum := sha256.Sum256(c.body)
					if seen := saw(t, resp); seen.Size != len(c.body) || seen.Sum != hex.EncodeToString(sum[:]) {
						t.Errorf("%s, %d: the upstream saw %d bytes", c.about, length, seen.Size)
					}
				}
			}
			if n := backends.total() - before; c.status != 200 && n != 0 {
				t.Errorf("%s: the upstream saw %d requests", c.about, n)
			}
		}
	})
}

func attempt(t *testing.T, client http.RoundTripper, url string, body []byte, length int64, cookie string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = length
	r.Header.Set("Cookie", cookie)
	resp, err := client.RoundTrip(r)
	if err == nil {
		t.Cleanup(func() { resp.Body.Close() })
	}
	return resp, err
}

// A client that waits for 100 Continue gets it where its body is wanted, and sends none where it is refused.
func TestContinue(t *testing.T) {
	everyWay(t, func(t *testing.T, base string, client http.RoundTripper) {
		for path, want := range map[string]int{"/plain/a": 200, "/judged/a": 200, "/denied/a": 403, "/none/a": 404} {
			resp := ask(t, client, "POST", base+path, strings.NewReader("ok"), header("Expect", "100-continue"))
			if resp.StatusCode != want {
				t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
			}
			if want == 200 && saw(t, resp).Size != 2 {
				t.Errorf("%s: the body is gone", path)
			}
		}
	})
}
