package template_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// randomText is made of what escaping and quoting care about.
func randomText(r *rand.Rand) string {
	pieces := []string{
		"a", "Z", "0", " ", "%", "%2F", "%zz", "%C3%A9", "é", "☃", "😀", "\xff", "\x00", "\n", "\t", "\"", "'", "`", "\\", "<", ">", "&", "=", "/", "//", "..",
		"?", "#", ":", "@", "[", "]", ";", ",", "+", "*", "!", "$", "(", ")", "-", "_", ".", "~", "|", "^", "{", "}", "\u2028", "\u00a0", "\u0085", "\u200b", "\x7f", "1.50", "e9",
	}
	var b strings.Builder
	for range r.IntN(8) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

func randomValue(r *rand.Rand, depth int) any {
	n := r.IntN(9)
	if depth > 3 {
		n = r.IntN(7)
	}
	switch n {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		return float64(r.IntN(2000) - 1000)
	case 3:
		return r.NormFloat64() * pow10(r.IntN(60)-30)
	case 7:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, randomValue(r, depth+1))
		}
		return list
	case 8:
		m := map[string]any{}
		for range r.IntN(4) {
			m[randomText(r)] = randomValue(r, depth+1)
		}
		return m
	}
	return randomText(r)
}

func pow10(n int) float64 {
	f := 1.0
	for ; n > 0; n-- {
		f *= 10
	}
	for ; n < 0; n++ {
		f /= 10
	}
	return f
}

func randomReference(r *rand.Rand) *reference {
	text := func() string { return randomText(r) }
	u, err := url.Parse("http://h.test/" + text() + "?" + text() + "&" + text())
	if err != nil || r.IntN(2) == 0 {
		u = &url.URL{
			Scheme: []string{"", "http", "https"}[r.IntN(3)], Host: text(), Path: text(), RawPath: text(), RawQuery: text(),
			Fragment: text(), RawFragment: text(), ForceQuery: r.IntN(2) == 0, OmitHost: r.IntN(2) == 0,
		}
		if r.IntN(3) == 0 {
			u.RawPath = u.EscapedPath()
		}
		if r.IntN(5) == 0 {
			u.Opaque = text()
		}
		if r.IntN(5) == 0 {
			u.Host = ""
		}
		if r.IntN(3) == 0 {
			u.Host += ":" + []string{"", "80", "x8"}[r.IntN(3)]
		}
	}
	u.User = nil
	headers := http.Header{}
	for range r.IntN(3) {
		name := []string{"x-a", "X-ABC-d", "cookie", "x_y", "a-", "-", "x--y", "é"}[r.IntN(8)]
		headers.Add(name, text())
	}
	m := map[string]any{"v": randomValue(r, 0), "t": text(), "w": randomValue(r, 0), "j": text()}
	if j, err := json.Marshal(randomValue(r, 0)); err == nil && r.IntN(2) == 0 {
		m["j"] = string(j)
	}
	return &reference{
		Subject: text(), Extra: m, Header: headers,
		MatchContext: referenceMatchContext{RegexpCaptureGroups: []string{text(), text()}, URL: u, Method: "GET", Header: headers},
	}
}

// TestRandomDataIsThatOfOathkeeper executes fixed templates over random data.
func TestRandomDataIsThatOfOathkeeper(t *testing.T) {
	texts := []string{
		`{{ .MatchContext.URL }}`, `{{ .MatchContext.URL.EscapedPath }}|{{ .MatchContext.URL.EscapedFragment }}|{{ .MatchContext.URL.RequestURI }}`,
		`{{ .MatchContext.URL.Hostname }}|{{ .MatchContext.URL.Port }}`, `{{ .MatchContext.URL.Query }}|{{ .MatchContext.URL.Query.Encode }}`,
		`{{ .MatchContext.URL | toJson }}`, `{{ .Header }}{{ .Header.Get "X-a" }}{{ .Header.Values "x-abc-D" }}{{ index .Header "X-A" }}{{ .Header.Cookie }}{{ .Header.Get "É" }}`,
		`{{ .Extra }}`, `{{ .Extra | toJson }}`, `{{ .Extra | toRawJson }}`, `{{ .Extra | toPrettyJson }}`, `{{ . | toJson }}`, `{{ printf "%v %q %x %s" .Extra.v .Extra.v .Extra.t .Extra.w }}`,
		`{{ printf "%#v" .Extra.v }}`, `{{ printf "%8.3v|%-8v|%+q|%#q" .Extra.t .Extra.t .Extra.t .Extra.t }}`, `{{ html .Extra.t }}{{ js .Extra.t }}{{ urlquery .Extra.t }}`,
		`{{ quote .Extra.v }}{{ squote .Extra.v }}{{ cat .Extra.v .Extra.w }}`, `{{ upper .Extra.t }}{{ lower .Extra.t }}{{ title .Extra.t }}{{ trim .Extra.t }}{{ nospace .Extra.t }}`,
		`{{ int .Extra.v }} {{ float64 .Extra.v }} {{ int64 .Extra.t }} {{ float64 .Extra.t }} {{ toDecimal .Extra.t }} {{ atoi .Extra.t }}`,
		`{{ fromJson .Extra.j }}`, `{{ mustFromJson .Extra.j | toJson }}`, `{{ b64dec .Extra.t }}{{ b64enc .Extra.t }}{{ sha256sum .Extra.t }}`,
		`{{ deepEqual .Extra.v .Extra.w }}{{ has .Extra.v (list .Extra.w .Extra.v) }}`, `{{ uniq .Extra.v }}{{ compact .Extra.v }}`, `{{ join "," .Extra.v }}`,
		`{{ splitList "/" .Extra.t | toJson }}{{ splitn "%" 2 .Extra.t }}{{ replace "%" "☃" .Extra.t }}{{ trunc 3 .Extra.t }}{{ trunc -3 .Extra.t }}`,
		`{{ eq .Extra.v .Extra.w }}`, `{{ lt .Extra.v .Extra.w }}`, `{{ len .Extra.v }}`, `{{ range $k, $v := .Extra.v }}{{ $k }}{{ $v }}{{ end }}`, `{{ ceil .Extra.v }}{{ round .Extra.v 2 }}`,
		`{{ printf "%e %.3f %8.2g %X" .Extra.v .Extra.v .Extra.v .Extra.v }}`, `{{ printf .Extra.t .Extra.v }}`, `{{ default .Extra.v .Extra.w }}{{ coalesce .Extra.v .Extra.w }}`,
		`{{ indent 2 .Extra.t }}{{ substr 1 3 .Extra.t }}`, `{{ kindOf .Extra.v }}{{ typeOf .Extra.v }}`,
	}
	for seed := range uint64(150) {
		data := randomReference(rand.New(rand.NewPCG(seed, 2)))
		for _, text := range texts {
			sameOver(t, text, data)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
