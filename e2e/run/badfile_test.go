package run

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// Whatever becomes of a rule file under load, no answer is wrong, no connection breaks, and the last good rules serve.
func TestBadRuleFile(t *testing.T) {
	s := newSite(t, http.HandlerFunc(echoUser))
	good := s.subject("one")
	s.write(t, "rules.yaml", good)
	c := s.start(t)
	stop := make(chan struct{})
	load := s.load(stop)
	file := s.path("rules.yaml")
	for _, bad := range []struct {
		about string
		do    func() error
		says  string
	}{
		{"deleted", func() error { return os.Remove(file) }, "does not exist"},
		{"a directory", func() error { return errors.Join(os.RemoveAll(file), os.Mkdir(file, 0o700)) }, "is a directory"},
		{"empty", func() error { return errors.Join(os.RemoveAll(file), os.WriteFile(file, nil, 0o600)) }, "is empty"},
		{"truncated", func() error { return os.WriteFile(file, []byte(good[:len(good)-40]), 0o600) }, "rules.yaml:"},
		{"4 MiB + 1", func() error {
			return os.WriteFile(file, []byte(good+"#"+strings.Repeat("x", 4<<20-len(good))), 0o600)
		}, "is longer than 4 MiB"},
	} {
		s.serves(t, good)
		if err := bad.do(); err != nil {
			t.Fatal(err)
		}
		c.says(t, bad.says, 20*time.Second)
		if got := status(t, s.proxy, "/only/one"); got != 200 {
			t.Errorf("%s: the last good rules are gone: %d", bad.about, got)
		}
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
	}
	// Twenty changes a second, good, with a mistake, and half written.
	for n, end := 0, time.Now().Add(*loadTime); time.Now().Before(end); n++ {
		text := s.subject([]string{"one", "two"}[n%2])
		switch n % 4 {
		case 2:
			text = strings.Replace(text, "methods", "metods", 1)
		case 3:
			text = text[:len(text)/2]
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.serves(t, s.rule("last")+good)
	close(stop)
	load(t)
}

// serves writes a good rule file with a rule of its own more, and waits until that is in force.
func (s *site) serves(t *testing.T, rules string) {
	t.Helper()
	own := fmt.Sprint("own", time.Now().UnixNano())
	s.write(t, "rules.yaml", rules+s.rule(own))
	comes(t, s, "/"+own+"/a")
}

// Two rules may have one id, as in Oathkeeper, and both are in force.
func TestDuplicateID(t *testing.T) {
	s := newSite(t, http.HandlerFunc(echoUser))
	s.write(t, "rules.yaml", s.rule("open")+strings.Replace(s.rule("other"), "id: other", "id: open", 1))
	s.start(t)
	for _, path := range []string{"/open/a", "/other/a"} {
		if got := status(t, s.proxy, path); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
	}
}
