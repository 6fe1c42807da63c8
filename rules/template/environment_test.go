package template_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"oathgate/rules/template"
)

// placed is a session in surroundings whose clock and randomness are known.
type placed struct {
	session
	env template.Environment
}

func (p placed) Environment() template.Environment { return p.env }

var someTime = time.Date(2026, 11, 25, 14, 5, 6, 789_000_000, time.FixedZone("X", 3600))

// counting gives 0, 1, 2 … as random bytes.
func counting() func([]byte) {
	n := byte(0)
	return func(p []byte) {
		for i := range p {
			p[i] = n
			n++
		}
	}
}

func execute(t *testing.T, text string, env template.Environment) (string, error) {
	t.Helper()
	tmpl, err := template.Compile("t", text, template.SessionShape)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tmpl.Execute(placed{session{samples()[0]}, env})
}

func TestClock(t *testing.T) {
	env := template.Environment{Now: func() time.Time { return someTime }}
	for text, want := range map[string]string{
		`{{ now }}`: "2026-11-25 13:05:06.789 +0000 UTC",
		`{{ now | date "2006-01-02 15:04:05 MST" }}`:                             "2026-11-25 13:05:06 UTC",
		`{{ date "2006" nil }}{{ htmlDate "x" }}`:                                "20262026-11-25",
		`{{ now.Unix }} {{ now.Year }} {{ now.Day }}`:                            "1795611906 2026 25",
		`{{ now.Hour }}:{{ now.Minute }}:{{ now.Second }} {{ now.UnixNano }}`:    "13:5:6 1795611906789000000",
		`{{ now.Format "Jan 2" }} {{ (now | dateModify "48h").Format "Jan 2" }}`: "Nov 25 Nov 27",
		`{{ now | date_modify "nonsense" | unixEpoch }}`:                         "1795611906",
		`{{ now | mustDateModify "-1h30m" | date "15:04" }}`:                     "11:35",
		`{{ ago 1795611900 }} {{ ago (now | dateModify "-25h") }} {{ ago "x" }}`: "7s 25h0m0s 0s",
		`{{ durationRound (now | dateModify "-800h") }}`:                         "1mo",
		`{{ toJson now }}{{ typeOf now }}{{ kindOf now }}`:                       `"2026-11-25T13:05:06.789Z"time.Timestruct`,
		`{{ if now }}y{{ end }}{{ now.IsZero }}{{ now.UTC.Local }}`:              "yfalse2026-11-25 13:05:06.789 +0000 UTC",
		`{{ set (dict) "t" now | toJson }}`:                                      `{"t":"2026-11-25T13:05:06.789Z"}`,
		`{{ dateInZone "15" now "UTC" }}{{ date_in_zone "15" 0 "" }}`:            "1300",
	} {
		if got, err := execute(t, text, env); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		`{{ dateInZone "15" 0 "Europe/Berlin" }}`: "only UTC",
		`{{ htmlDateInZone now "Mars" }}`:         "only UTC",
		`{{ now.Month }}`:                         "not supported",
		`{{ now.Year 1 }}`:                        "argument",
		`{{ unixEpoch 5 }}`:                       "no time",
		`{{ date_modify "1h" 5 }}`:                "no time",
		`{{ mustDateModify "x" now }}`:            "no duration",
	} {
		if got, err := execute(t, text, env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v, want an error with %q", text, got, err, want)
		}
	}
	for _, text := range []string{`{{ now }}`, `{{ ago 5 }}`, `{{ date "2006" nil }}`, `{{ uuidv4 }}`, `{{ randInt 0 5 }}`, `{{ shuffle "ab" }}`, `{{ randBytes 3 }}`} {
		if got, err := execute(t, text, template.Environment{}); err == nil || !strings.Contains(err.Error(), "there is no") {
			t.Errorf("%s without surroundings: %q, %v", text, got, err)
		}
	}
}

func TestRandomness(t *testing.T) {
	for text, want := range map[string]string{
		`{{ uuidv4 }}`:      "^00010203-0405-4607-8809-0a0b0c0d0e0f$",
		`{{ randBytes 3 }}`: "^AAEC$",
		`{{ randBytes 0 }}{{ randAlpha 0 }}{{ randAlpha -5 }}`:     "^$",
		`{{ randAlphaNum 200 }}`:                                   "^[0-9A-Za-z]{200}$",
		`{{ randAlpha 200 }}`:                                      "^[A-Za-z]{200}$",
		`{{ randNumeric 200 }}`:                                    "^[0-9]{200}$",
		`{{ randAscii 200 }}`:                                      "^[ -~]{200}$",
		`{{ range until 50 }}{{ randInt -3 4 }},{{ end }}`:         "^(-[123],|[0123],){50}$",
		`{{ randInt 5 6 }}{{ shuffle "" }}{{ shuffle "x" }}`:       "^5x$",
		`{{ shuffle "äbc" | splitList "" | sortAlpha | join "" }}`: "^bcä$",
	} {
		got, err := execute(t, text, template.Environment{Random: counting()})
		if err != nil || !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: %q, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{`{{ randBytes -1 }}`, `{{ randInt 5 5 }}`, `{{ randInt 5 4 }}`, `{{ randInt -9223372036854775808 9223372036854775807 }}`, `{{ randBytes 70000 }}`, `{{ randAscii 70000 }}`} {
		if got, err := execute(t, text, template.Environment{Random: counting()}); err == nil {
			t.Errorf("%s: %d bytes, want an error", text, len(got))
		}
	}
}

func TestRandomChoicesAreFair(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	env := template.Environment{Random: func(p []byte) {
		for i := range p {
			p[i] = byte(r.Uint32())
		}
	}}
	counts := map[rune]int{}
	for range 20 {
		got, err := execute(t, `{{ randNumeric 5000 }}`, env)
		if err != nil {
			t.Fatal(err)
		}
		for _, digit := range got {
			counts[digit]++
		}
	}
	for digit, n := range counts {
		if n < 9600 || n > 10400 {
			t.Errorf("%c comes %d times in 100000", digit, n)
		}
	}
	if len(counts) != 10 {
		t.Errorf("%v", counts)
	}
	// What shuffle permutes is all there.
	text := bytes.Repeat([]byte("0123456789"), 20)
	got, err := execute(t, `{{ shuffle "`+string(text)+`" }}`, template.Environment{Random: counting()})
	sorted := []byte(got)
	slices.Sort(sorted)
	slices.Sort(text)
	if err != nil || !bytes.Equal(sorted, text) {
		t.Errorf("%q, %v", got, err)
	}
	if b, err := execute(t, `{{ randBytes 1000 }}`, template.Environment{Random: counting()}); err != nil || base64.StdEncoding.DecodedLen(len(b)) < 1000 {
		t.Errorf("%d, %v", len(b), err)
	}
}
