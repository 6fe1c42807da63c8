package token

import (
	"strings"
	"testing"
)

func TestTokensRefused(t *testing.T) {
	const header, claims, signature = `{"alg":"HS256","kid":"k"}`, `{"sub":"a"}`, "AAAA"
	of := func(header, claims string) string {
		return b64([]byte(header)) + "." + b64([]byte(claims)) + "." + signature
	}
	if _, err := Parse(of(header, claims)); err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat(`{"a":`, 31) + `{"a":1}` + strings.Repeat("}", 31)
	if _, err := Parse(of(header, deep)); err != nil {
		t.Errorf("32 levels: %v", err)
	}
	for name, raw := range map[string]string{
		"empty":                   "",
		"opaque":                  "opaque",
		"two parts":               b64([]byte(header)) + "." + b64([]byte(claims)),
		"four parts":              of(header, claims) + ".AAAA",
		"five parts (JWE)":        "a.b.c.d.e",
		"empty parts":             "..",
		"too long":                of(header, claims+strings.Repeat(" ", MaxToken)),
		"padding":                 b64([]byte(header)) + "=." + b64([]byte(claims)) + ".AAAA",
		"unused bits":             of(header, claims) + "AB",
		"line break":              of(header, claims) + "\n",
		"line break inside":       strings.Replace(of(header, claims), ".", "\r\n.", 1),
		"space":                   of(header, claims) + " ",
		"base64, not url":         b64([]byte(header)) + "." + b64([]byte(claims)) + ".+/+/",
		"header not JSON":         of("x", claims),
		"header a list":           of("[]", claims),
		"no alg":                  of(`{"kid":"k"}`, claims),
		"alg empty":               of(`{"alg":""}`, claims),
		"alg null":                of(`{"alg":null}`, claims),
		"alg a list":              of(`{"alg":["HS256"]}`, claims),
		"alg twice":               of(`{"alg":"HS256","alg":"none"}`, claims),
		"alg twice, escaped":      of(`{"alg":"HS256","\u0061lg":"none"}`, claims),
		"kid a number":            of(`{"alg":"HS256","kid":1}`, claims),
		"typ an object":           of(`{"alg":"HS256","typ":{}}`, claims),
		"crit":                    of(`{"alg":"HS256","crit":["b64"],"b64":false}`, claims),
		"crit empty":              of(`{"alg":"HS256","crit":[]}`, claims),
		"claims not JSON":         of(header, "x"),
		"claims null":             of(header, "null"),
		"claims a string":         of(header, `"a"`),
		"claims twice":            of(header, `{"sub":"a","sub":"b"}`),
		"claims twice, nested":    of(header, `{"a":{"sub":"a","sub":"b"}}`),
		"claims not UTF-8":        of(header, "{\"sub\":\"\xff\"}"),
		"claims 33 deep":          of(header, `{"a":`+deep+`}`),
		"something behind claims": of(header, `{} {}`),
		"byte order mark":         of(header, "\xef\xbb\xbf{}"),
	} {
		if j, err := Parse(raw); err == nil {
			t.Errorf("%s: %+v", name, j)
		}
	}
}
