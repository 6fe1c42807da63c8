package authn

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/internal/tokentest"
)

// forgeries are tokens that nobody may get in with, by what is wrong, where every
// algorithm is allowed that a key is there for.
func forgeries() map[string]string {
	const claims = `{"sub":"root"}`
	keys := issuers()
	ed, rsa, hs := keys["EdDSA"], keys["RS256"], keys["HS256"]
	none := func(header string) string {
		return tokentest.Encode([]byte(header)) + "." + tokentest.Encode([]byte(claims)) + "."
	}
	// The public key as an HMAC secret, in the spellings that libraries have taken.
	public := rsa.JWK()
	n := strings.Split(strings.Split(public, `"n":"`)[1], `"`)[0]
	modulus, err := base64.RawURLEncoding.DecodeString(n)
	if err != nil {
		panic(err)
	}
	good := ed.Sign(claims)
	parts := strings.Split(good, ".")
	header := func(h string) string { return ed.SignAs(h, claims) }
	return map[string]string{
		"none":                    none(`{"alg":"none","kid":"EdDSA"}`),
		"None":                    none(`{"alg":"None","kid":"EdDSA"}`),
		"nOnE":                    none(`{"alg":"nOnE","kid":"RS256","typ":"JWT"}`),
		"no alg":                  none(`{"kid":"EdDSA"}`),
		"an empty alg":            none(`{"alg":"","kid":"EdDSA"}`),
		"alg null":                header(`{"alg":null,"kid":"EdDSA"}`),
		"alg a list":              header(`{"alg":["EdDSA"],"kid":"EdDSA"}`),
		"alg in lower case":       header(`{"alg":"eddsa","kid":"EdDSA"}`),
		"alg with a NUL":          header(`{"alg":"EdDSA\u0000","kid":"EdDSA"}`),
		"two algs":                header(`{"alg":"none","alg":"EdDSA","kid":"EdDSA"}`),
		"no signature":            parts[0] + "." + parts[1] + ".",
		"HS by the JWK":           tokentest.Secret("RS256", "HS256", []byte(public)).Sign(claims),
		"HS by the modulus":       tokentest.Secret("RS256", "HS256", modulus).Sign(claims),
		"HS by n":                 tokentest.Secret("RS256", "HS256", []byte(n)).Sign(claims),
		"HS by nothing":           tokentest.Secret("RS256", "HS256", []byte{}).Sign(claims),
		"HS for an EdDSA key":     tokentest.Secret("EdDSA", "HS256", []byte(ed.JWK())).Sign(claims),
		"EdDSA for an RSA key":    ed.SignAs(`{"alg":"EdDSA","kid":"RS256"}`, claims),
		"RS for a secret":         rsa.SignAs(`{"alg":"RS256","kid":"HS256"}`, claims),
		"RS as PS":                rsa.SignAs(`{"alg":"PS256","kid":"RS256"}`, claims),
		"HS256 as HS512":          hs.SignAs(`{"alg":"HS512","kid":"HS256"}`, claims),
		"another's key":           keys["other"].As("EdDSA", "EdDSA").Sign(claims),
		"the token's own key":     keys["other"].SignAs(`{"alg":"EdDSA","kid":"EdDSA","jwk":`+keys["other"].JWK()+`}`, claims),
		"the token's own URL":     keys["other"].SignAs(`{"alg":"EdDSA","kid":"other","jku":"http://evil.test/keys"}`, claims),
		"the token's certificate": keys["other"].SignAs(`{"alg":"EdDSA","kid":"other","x5u":"http://evil.test/cert","x5c":["AA=="]}`, claims),
		"no kid":                  header(`{"alg":"EdDSA"}`),
		"an empty kid":            header(`{"alg":"EdDSA","kid":""}`),
		"kid null":                header(`{"alg":"EdDSA","kid":null}`),
		"kid a number":            header(`{"alg":"EdDSA","kid":1}`),
		"an unknown kid":          header(`{"alg":"EdDSA","kid":"unknown"}`),
		"a kid in another case":   header(`{"alg":"EdDSA","kid":"eddsa"}`),
		"a kid that is a path":    header(`{"alg":"EdDSA","kid":"../../../dev/null"}`),
		"a kid that is a query":   header(`{"alg":"EdDSA","kid":"x' UNION SELECT 'k"}`),
		"two kids":                header(`{"alg":"EdDSA","kid":"other","kid":"EdDSA"}`),
		"crit":                    header(`{"alg":"EdDSA","kid":"EdDSA","crit":["b64"],"b64":false}`),
		"a header that is a list": header(`["EdDSA"]`),
		"a header that is null":   header(`null`),
		"no header":               header(``),
		"a header and more":       header(`{"alg":"EdDSA","kid":"EdDSA"} ` + "{}"),
		"two subs":                ed.Sign(`{"sub":"user","sub":"root"}`),
		"two subs, one escaped":   ed.Sign(`{"sub":"user","\u0073ub":"root"}`),
		"two exps":                ed.Sign(`{"exp":1,"exp":1800000000}`),
		"claims null":             ed.Sign(`null`),
		"claims a list":           ed.Sign(`[]`),
		"claims a string":         ed.Sign(`"root"`),
		"no claims":               ed.Sign(``),
		"claims cut off":          ed.Sign(`{"sub":"root"`),
		"claims and more":         ed.Sign(`{"sub":"root"}{}`),
		"claims 33 deep":          ed.Sign(`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`),
		"claims not UTF-8":        ed.Sign("{\"sub\":\"ro\xffot\"}"),
		"claims overlong UTF-8":   ed.Sign("{\"sub\":\"\xc0\xafroot\"}"),
		"claims a surrogate":      ed.Sign(`{"sub":"\ud800"}`),
		"claims in UTF-16":        ed.Sign("\xfe\xff\x00{\x00}"),
		"claims behind a mark":    ed.Sign("\xef\xbb\xbf{}"),
		"claims with NUL":         ed.Sign("{}\x00"),
		"claims with NaN":         ed.Sign(`{"exp":NaN}`),
		"claims with a comment":   ed.Sign(`{/**/}`),
		"claims that go on":       ed.Sign(`{"sub":"root",}`),
		"over 16 KiB":             ed.Sign(`{"a":"` + strings.Repeat("a", 16<<10) + `"}`),
		"over 16 KiB, half of it": ed.Sign(`{"a":"` + strings.Repeat("a", 13<<10) + `"}`),
		"other claims":            parts[0] + "." + tokentest.Encode([]byte(`{"sub":"toor"}`)) + "." + parts[2],
		"another header":          tokentest.Encode([]byte(`{"kid":"EdDSA","alg":"EdDSA","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2],
		"padding":                 parts[0] + "." + parts[1] + "." + parts[2] + "==",
		"padding in the claims":   parts[0] + "." + parts[1] + "=." + parts[2],
		"standard base64":         strings.NewReplacer("-", "+", "_", "/").Replace(forWhich(ed, claims, "-_")),
		"a space before":          " " + good,
		"a space behind":          good + " ",
		"unused bits":             otherBits(good),
		"a shorter signature":     good[:len(good)-4],
		"a longer signature":      good + "AAAA",
		"two signatures":          good + parts[2],
		"PS as RS":                keys["PS256"].SignAs(`{"alg":"RS256","kid":"PS256"}`, claims),
		"a detached payload":      parts[0] + ".." + parts[2],
		"an encrypted token's":    header(`{"alg":"dir","enc":"A128GCM","kid":"EdDSA"}`),
		"b64 false":               ed.SignAs(`{"alg":"EdDSA","kid":"EdDSA","b64":false,"crit":["b64"]}`, claims),
	}
}

// forWhich is a token in which one of some characters stands.
func forWhich(k *tokentest.Key, claims, chars string) string {
	for i := 0; ; i++ {
		tok := k.SignAs(`{"alg":"EdDSA","kid":"EdDSA","n":"`+strings.Repeat("n", i)+`"}`, claims)
		if strings.ContainsAny(tok, chars) {
			return tok
		}
	}
}

// otherBits spells the same signature in another way: 64 bytes leave four bits of
// the last character unused.
func otherBits(tok string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, tok[len(tok)-1])
	return tok[:len(tok)-1] + string(alphabet[last|1])
}

func TestJWTForgeries(t *testing.T) {
	for _, allowed := range []string{`"EdDSA"`, `"RS256","RS384","RS512","PS256","PS384","PS512","ES256","HS256","HS384","HS512","EdDSA"`} {
		a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": [`+allowed+`]}`)
		w := newJWTWorld(t)
		for name, tok := range forgeries() {
			x, got := w.ask(a, tok)
			if got != 401 || x.Session.Subject != "" || x.Session.Extra != nil || w.memory.Cache.Len() != 0 {
				t.Errorf("%s, %s allowed: %d, session %+v", name, allowed, got, x.Session)
			}
		}
		if len(w.calls) > 2 {
			t.Errorf("%d callouts", len(w.calls))
		}
		if _, got := w.ask(a, issuer(t).Sign(`{"sub":"alice"}`)); got != 200 {
			t.Errorf("afterwards: %d", got)
		}
	}
}

// What looks odd and is none of the verifier's business, as in Oathkeeper.
func TestJWTOddButGood(t *testing.T) {
	w := newJWTWorld(t)
	a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["EdDSA"]}`)
	for name, header := range map[string]string{
		"no typ":       `{"alg":"EdDSA","kid":"EdDSA"}`,
		"another typ":  `{"alg":"EdDSA","kid":"EdDSA","typ":"at+jwt"}`,
		"no JWT":       `{"alg":"EdDSA","kid":"EdDSA","typ":"JOSE"}`,
		"cty":          `{"alg":"EdDSA","kid":"EdDSA","cty":"JWT"}`,
		"jku":          `{"alg":"EdDSA","kid":"EdDSA","jku":"http://evil.test/"}`,
		"another jwk":  `{"alg":"EdDSA","kid":"EdDSA","jwk":` + issuers()["other"].JWK() + `}`,
		"spaces":       " { \"alg\" : \"EdDSA\" ,\n\"kid\":\"EdDSA\" } ",
		"an escape":    `{"alg":"EdDS\u0041","kid":"EdDSA"}`,
		"upper-case x": `{"alg":"EdDSA","kid":"EdDSA","ALG":"none","Kid":"other"}`,
	} {
		if _, got := w.ask(a, issuer(t).SignAs(header, `{"sub":"alice"}`)); got != 200 {
			t.Errorf("%s: %d", name, got)
		}
	}
	deep := `{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`
	if _, got := w.ask(a, issuer(t).Sign(deep)); got != 200 {
		t.Errorf("claims 32 deep: %d", got)
	}
	if _, got := w.ask(a, issuer(t).Sign(`{"a":"`+strings.Repeat("a", 12000)+`"}`)); got != 200 {
		t.Errorf("just below 16 KiB: %d", got)
	}
	for _, call := range w.calls {
		if call.Endpoint.Host() != "keys.test" {
			t.Errorf("the token's own URL was asked: %s", calltest.Wire(call))
		}
	}
}

// A flood of made-up kids costs the issuer no more than one callout an interval.
func TestJWTFloodOfUnknownKids(t *testing.T) {
	w := newJWTWorld(t)
	a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["EdDSA"]}`)
	began := w.now
	requests := 0
	for w.now.Sub(began) < 30*time.Second {
		tok := issuer(t).SignAs(`{"alg":"EdDSA","kid":"made up `+strconv.Itoa(requests)+`"}`, `{}`)
		if _, got := w.ask(a, tok); got != 401 {
			t.Fatal(got)
		}
		requests++
		w.now = w.now.Add(10 * time.Millisecond)
	}
	if len(w.calls) > 7 || w.memory.Cache.Len() > 0 {
		t.Errorf("%d callouts for %d requests in 30 seconds", len(w.calls), requests)
	}
	t.Logf("%d callouts for %d requests in 30 seconds", len(w.calls), requests)
	if _, got := w.ask(a, issuer(t).Sign(`{}`)); got != 200 {
		t.Errorf("who is known meanwhile: %d", got)
	}
}

// A key set that is not what it was, or none: duplicate members, two keys of one id,
// keys for other uses.
func TestJWTKeySets(t *testing.T) {
	good, other := issuer(t), issuers()["other"]
	tok := good.Sign(`{}`)
	for name, c := range map[string]struct {
		set  string
		want int
	}{
		"the key":                  {tokentest.Set(good.JWK()), 200},
		"behind others":            {tokentest.Set(other.JWK(), issuers()["RS256"].JWK(), good.JWK()), 200},
		"the first of an id":       {tokentest.Set(good.JWK(), other.As("EdDSA", "EdDSA").JWK()), 200},
		"the second of an id":      {tokentest.Set(other.As("EdDSA", "EdDSA").JWK(), good.JWK()), 401},
		"the first that signs":     {tokentest.Set(other.As("EdDSA", "EdDSA").JWKFor("enc"), good.JWK()), 200},
		"without use":              {tokentest.Set(good.JWKFor("")), 401},
		"for encryption":           {tokentest.Set(good.JWKFor("enc")), 401},
		"for another algorithm":    {tokentest.Set(good.As("EdDSA", "ES256").JWK()), 401},
		"without an algorithm":     {tokentest.Set(good.As("EdDSA", "").JWK()), 200},
		"without an id":            {tokentest.Set(good.As("", "EdDSA").JWK()), 401},
		"two lists":                {`{"keys":[],"keys":[` + good.JWK() + `]}`, 401},
		"two ids":                  {tokentest.Set(strings.Replace(good.JWK(), `{`, `{"kid":"x",`, 1)), 401},
		"beside one that is none":  {tokentest.Set(good.JWK(), `{"kty":"oct"}`), 401},
		"beside an unknown kty":    {tokentest.Set(good.JWK(), `{"kty":"LWE"}`), 401},
		"a single key, not a set":  {good.JWK(), 401},
		"an RSA key that is small": {tokentest.Set(strings.Replace(issuers()["RS256"].As("EdDSA", "").JWK(), `"n":"`, `"n":"AQAB","x":"`, 1)), 401},
	} {
		w := newWorld(t, calltest.Always(calltest.Reply(200, c.set)))
		a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["EdDSA","RS256"]}`)
		if _, got := w.ask(a, tok); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
