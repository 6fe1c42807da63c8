package repository

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// library is a server of rules.
type library struct {
	text, etag, modified string
	status               int
	full, unchanged      int // how often it answered with all of the text, and with 304
}

func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.status != 0 {
		w.WriteHeader(l.status)
		return
	}
	if l.etag != "" {
		w.Header().Set("ETag", l.etag)
	}
	if l.modified != "" {
		w.Header().Set("Last-Modified", l.modified)
	}
	if l.etag != "" && r.Header.Get("If-None-Match") == l.etag || l.modified != "" && r.Header.Get("If-Modified-Since") == l.modified {
		l.unchanged++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	l.full++
	io.WriteString(w, l.text)
}

// bench is a set of one repository.
type bench struct {
	*library
	*Set
	address string
	said    bytes.Buffer
}

func newBench(t *testing.T, dir string) *bench {
	b := &bench{library: &library{text: "[1]"}}
	server := httptest.NewServer(b.library)
	t.Cleanup(server.Close)
	b.address = strings.Replace(server.URL, "http://", "http://me:secret@", 1) + "/r?k=secret"
	b.Set = NewSet(dir, slog.New(slog.NewTextHandler(&b.said, nil)))
	return b
}

// ask fetches whatever the hour is, and says whether that changed something.
func (b *bench) ask(t *testing.T) bool {
	b.Tick(t.Context(), time.Now().Add(time.Hour), time.Minute)
	b.Wait()
	return b.Changed()
}

func (b *bench) latest(t *testing.T, want string) {
	t.Helper()
	if got, err := b.Latest(b.address); string(got) != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, ErrNone) {
		t.Errorf("latest %q %v, want %q", got, err, want)
	}
}

func (b *bench) good(t *testing.T, want string) {
	t.Helper()
	if got, err := b.Good(b.address); string(got) != want || (err != nil) != (want == "") {
		t.Errorf("good %q %v, want %q", got, err, want)
	}
}

func (b *bench) keep(text string) { b.Keep(map[string][]byte{b.address: []byte(text)}) }

// Rules come, change, fail to come, and come again.
func TestSet(t *testing.T) {
	b := newBench(t, filepath.Join(t.TempDir(), "a", "b"))
	b.latest(t, "")
	if s := b.State(b.address, nil); s.Name != Name(b.address) || !s.Loaded.IsZero() || s.Error != "" {
		t.Errorf("%+v", s)
	}
	if !b.ask(t) {
		t.Error("nothing has changed")
	}
	b.latest(t, "[1]")
	b.good(t, "")
	b.keep("[1]")
	b.good(t, "[1]")
	if s := b.State(b.address, []byte("[1]")); s.Loaded.IsZero() || s.Error != "" || !s.Known.IsZero() {
		t.Errorf("%+v", s)
	}
	if b.ask(t) {
		t.Error("the same rules are a change")
	}
	b.library.status = 500
	if !b.ask(t) || b.ask(t) {
		t.Error("failing is a change, once")
	}
	b.latest(t, "[1]")
	if s := b.State(b.address, []byte("[1]")); s.Error != Status || s.Known.IsZero() || s.Loaded.IsZero() {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(b.said.String(), "answers 500, not 200; its last good rules stay in force") {
		t.Error(b.said.String())
	}
	b.library.status, b.text = 0, "[2]"
	if !b.ask(t) || b.State(b.address, nil).Error != "" {
		t.Error("it does not answer again")
	}
	b.latest(t, "[2]")
	b.good(t, "[1]")
	if !b.News(b.address) {
		t.Error("no news")
	}
	b.Refuse(b.address)
	if s := b.State(b.address, []byte("[1]")); s.Error != Refused {
		t.Errorf("%+v", s)
	}
	b.text = "[3]"
	b.ask(t)
	if s := b.State(b.address, []byte("[3]")); s.Error != "" {
		t.Errorf("%+v", s)
	}
	b.Keep(nil)
	b.good(t, "[1]") // from its file
	if strings.Contains(b.said.String(), "secret") {
		t.Error(b.said.String())
	}
}

// Unchanged rules are not sent again, whichever way the server knows them.
func TestNotModified(t *testing.T) {
	for name, l := range map[string]*library{
		"etag": {text: "[1]", etag: `W/"1"`}, "time": {text: "[1]", modified: "Wed, 25 Nov 2026 15:00:00 GMT"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "")
			*b.library = *l
			b.latest(t, "")
			for i := range 3 {
				if changed := b.ask(t); changed != (i == 0) {
					t.Errorf("%d: changed is %v", i, changed)
				}
				b.latest(t, "[1]")
			}
			if b.full != 1 || b.unchanged != 2 {
				t.Errorf("%d times sent, %d times not", b.full, b.unchanged)
			}
			// Rules that were refused are still refused when they are the same.
			b.keep("[0]")
			b.Refuse(b.address)
			if b.ask(t); b.State(b.address, nil).Error != Refused {
				t.Error("no longer refused")
			}
			b.text, b.etag, b.modified = "[2]", "", ""
			if !b.ask(t) {
				t.Error("a change is not seen")
			}
		})
	}
}

// A server is asked again after the interval, sooner if it has failed, and never twice at once.
func TestTick(t *testing.T) {
	b := newBench(t, "")
	b.latest(t, "")
	asked := func(after, interval time.Duration) bool {
		full := b.full
		b.Tick(t.Context(), time.Now().Add(after), interval)
		b.Tick(t.Context(), time.Now().Add(after), interval)
		b.Wait()
		return b.full > full
	}
	for i, step := range []struct {
		after, interval time.Duration
		want            bool
	}{{0, time.Minute, true}, {0, time.Minute, false}, {50 * time.Second, time.Minute, false}, {time.Minute + time.Second, time.Minute, true}} {
		if got := asked(step.after, step.interval); got != step.want {
			t.Errorf("%d: asked is %v", i, got)
		}
	}
	b.library.status = 500
	asked(time.Hour, time.Minute)
	b.library.status = 0
	if asked(soon-time.Second, time.Minute) || !asked(soon+time.Second, time.Minute) {
		t.Error("after a failure it is not asked soon")
	}
	if b.full != 3 {
		t.Errorf("asked %d times", b.full)
	}
}

// A start without the server has the rules that were kept, and says how old they are.
func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	b := newBench(t, dir)
	b.latest(t, "")
	b.ask(t)
	b.keep("[1]")
	file := cache{dir}.file(b.address)
	for name, mode := range map[string]os.FileMode{dir: 0o700, file: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%v %v", info, err)
		}
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) != 1 || strings.Contains(left[0], "secret") {
		t.Errorf("%q", left)
	}
	then := time.Now().Add(-90 * time.Minute)
	if err := os.Chtimes(file, then, then); err != nil {
		t.Fatal(err)
	}
	again := func() *bench {
		other := newBench(t, dir)
		other.address = b.address
		b.library.status = 503
		return other
	}
	c := again()
	c.latest(t, "[1]")
	c.ask(t)
	c.latest(t, "[1]")
	if !strings.Contains(c.said.String(), "its rules are those that were kept\" age=1h30m") {
		t.Error(c.said.String())
	}
	if s := c.State(c.address, []byte("[1]")); s.Error != Status || s.Known.Sub(then).Abs() > time.Second || s.Loaded.Sub(then).Abs() > time.Second {
		t.Errorf("%+v", s)
	}
	// The server is back with what is in the file, whose age is that of the answer.
	b.library.status = 0
	c.ask(t)
	if info, err := os.Stat(file); err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("%v %v", info, err)
	}
	// What the server has is better than what was kept.
	b.text = "[2]"
	c.ask(t)
	c.latest(t, "[2]")
	c.good(t, "[1]")
	// What others may write is not used.
	for _, name := range []string{file, dir} {
		if err := os.Chmod(name, 0o777); err != nil {
			t.Fatal(err)
		}
		d := again()
		d.latest(t, "")
		if !strings.Contains(d.said.String(), "may be written by others than its owner") {
			t.Errorf("%s: %s", name, d.said.String())
		}
		if err := os.Chmod(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, make([]byte, MaxRules+1), 0o600); err != nil {
		t.Fatal(err)
	}
	again().latest(t, "")
}
