// Package tokenmatrix has every signature algorithm verify good and corrupted tokens,
// and sign, on any target of package corpus: natively, on wazero, in Envoy.
package tokenmatrix

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"oathgate/internal/corpus"
	"oathgate/internal/tokentest"
	"oathgate/rules/token"
)

// Algorithms are all that there are.
var Algorithms = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "EdDSA",
}

// Matrix is a key for each algorithm, and a case.
type Matrix struct {
	// Case has a request for each token, and what must come of it.
	Case       corpus.Case
	algorithms []string
	mints      []string
	keys       map[string]*tokentest.Key
}

// WithoutECDSA are those that need no host.
var WithoutECDSA = slices.DeleteFunc(slices.Clone(Algorithms), token.NeedsHost)

// New makes keys and tokens of some algorithms, and has some of them minted. The
// case's configuration is that of another one, with rules of its own.
func New(id string, cases []corpus.Case, verified, minted []string) (*Matrix, error) {
	i := slices.IndexFunc(cases, func(c corpus.Case) bool { return c.ID == "jwt-good" })
	if i < 0 {
		return nil, errors.New("there is no case jwt-good")
	}
	m := &Matrix{Case: corpus.Case{ID: id}, algorithms: verified, mints: minted, keys: map[string]*tokentest.Key{}}
	if err := json.Unmarshal(cases[i].Document, &m.Case.Config); err != nil {
		return nil, err
	}
	var named, nameless []string
	for _, alg := range m.algorithms {
		k := tokentest.New("k-"+alg, alg)
		m.keys[alg] = k
		named = append(named, k.JWK())
		nameless = append(nameless, k.As(k.ID, "").JWK())
	}
	rules := []any{m.verifying("named", named), m.verifying("nameless", nameless)}
	for _, alg := range m.mints {
		rules = append(rules, rule("mint/"+alg, map[string]any{"handler": "noop"}, map[string]any{"handler": "id_token", "config": map[string]any{
			"issuer_url": "https://issuer.test/", "jwks_url": token.InlineURL([]byte(tokentest.Set(m.keys[alg].PrivateJWK()))),
		}}))
	}
	m.Case.Config["access_rules"] = map[string]any{"rules": rules}
	mutators := m.Case.Config["mutators"].(map[string]any)
	mutators["id_token"] = map[string]any{"enabled": true, "config": map[string]any{
		"issuer_url": "https://issuer.test/", "jwks_url": "http://keys.test/unused",
	}}
	var err error
	if m.Case.Document, err = json.Marshal(m.Case.Config); err != nil {
		return nil, err
	}
	for _, alg := range m.algorithms {
		m.signatures(alg)
		m.confusions(alg)
	}
	return m, nil
}

// verifying is a rule that lets in who has a token of one of the keys, whatever its
// algorithm is.
func (m *Matrix) verifying(path string, jwks []string) map[string]any {
	return rule(path, map[string]any{"handler": "jwt", "config": map[string]any{
		"jwks_urls": []any{token.InlineURL([]byte(tokentest.Set(jwks...)))}, "allowed_algorithms": m.algorithms,
	}}, map[string]any{"handler": "noop"})
}

func rule(path string, authenticator, mutator any) map[string]any {
	return map[string]any{
		"id": path, "match": map[string]any{"url": "http://app.test/" + path, "methods": []any{"GET"}},
		"upstream":       map[string]any{"url": "http://upstream.test"},
		"authenticators": []any{authenticator}, "authorizer": map[string]any{"handler": "allow"}, "mutators": []any{mutator},
	}
}

// try adds a request to the case.
func (m *Matrix) try(good bool, name, path, raw string) {
	r := corpus.Request{
		Name: name, Method: "GET", Target: "/" + path, Hosts: []string{"app.test"},
		Headers: []corpus.Header{{Name: "Authorization", Value: "Bearer " + raw}},
	}
	if good {
		r.Allow = &corpus.Allow{}
	} else {
		r.Deny = 401
	}
	m.Case.Requests = append(m.Case.Requests, r)
}

const claims = `{"sub":"alice"}`

// signatures tries a good signature and what comes near it: with every bit of it
// flipped, of one algorithm of each family.
func (m *Matrix) signatures(alg string) {
	k := m.keys[alg]
	raw := k.Sign(claims)
	at := strings.LastIndexByte(raw, '.') + 1
	text, good := raw[:at], decode(raw[at:])
	m.try(true, alg, "named", raw)
	m.try(true, alg+" by a key without alg", "nameless", raw)
	step := 29
	if alg == "RS256" || alg == "ES256" || alg == "HS256" || alg == "EdDSA" {
		step = 1
	}
	bad := func(name string, signature []byte) {
		m.try(false, alg+", "+name, "named", text+tokentest.Encode(signature))
	}
	for bit := 0; bit < 8*len(good); bit += step {
		flipped := slices.Clone(good)
		flipped[bit/8] ^= 1 << (bit % 8)
		bad("bit "+strconv.Itoa(bit), flipped)
	}
	bad("no signature", nil)
	bad("half a signature", good[:len(good)/2])
	bad("a byte less", good[:len(good)-1])
	bad("a byte more", append(slices.Clone(good), 0))
	bad("a zero in front", append([]byte{0}, good...))
	bad("zeros", make([]byte, len(good)))
	bad("ones", slices.Repeat([]byte{0xff}, len(good)))
	if alg[:2] == "ES" {
		half := len(good) / 2
		bad("DER", der(good))
		bad("the halves exchanged", append(slices.Clone(good[half:]), good[:half]...))
	}
	m.try(false, alg+", other claims", "named", raw[:strings.IndexByte(raw, '.')+1]+tokentest.Encode([]byte(`{"sub":"root"}`))+raw[at-1:])
}

// confusions tries every other algorithm and key id with this one's signature.
func (m *Matrix) confusions(alg string) {
	k := m.keys[alg]
	header := func(alg, kid string) string { return `{"alg":"` + alg + `","kid":"` + kid + `"}` }
	for _, other := range m.algorithms {
		if other == alg {
			continue
		}
		m.try(false, alg+" under the kid of "+other, "named", k.SignAs(header(alg, m.keys[other].ID), claims))
		m.try(false, alg+" under the kid of "+other+", without alg", "nameless", k.SignAs(header(alg, m.keys[other].ID), claims))
		m.try(false, alg+" that calls itself "+other, "named", k.SignAs(header(other, k.ID), claims))
		m.try(false, alg+" that calls itself "+other+", without alg", "nameless", k.SignAs(header(other, k.ID), claims))
	}
	for _, none := range []string{"none", "None", "", strings.ToLower(alg), alg + " "} {
		m.try(false, alg+" that calls itself "+strconv.Quote(none), "nameless", k.SignAs(header(none, k.ID), claims))
		m.try(false, fmt.Sprintf("unsigned %q under the kid of %s", none, alg), "nameless", tokentest.Encode([]byte(header(none, k.ID)))+"."+tokentest.Encode([]byte(claims))+".")
	}
	m.try(false, alg+", unknown kid", "named", k.SignAs(header(alg, "nobody"), claims))
	m.try(false, alg+", no kid", "named", k.SignAs(`{"alg":"`+alg+`"}`, claims))
	// The classic: what everybody knows of a key, as the secret of an HMAC.
	for _, secret := range []string{k.JWK(), k.As(k.ID, "").JWK(), tokentest.Set(k.JWK()), k.ID, ""} {
		m.try(false, "an HMAC by what is known of "+alg, "nameless", tokentest.Secret(k.ID, "HS256", []byte(secret)).SignAs(header("HS256", k.ID), claims))
	}
}

// Run sends the case's requests and says what is wrong with what comes of them and
// with what is minted. tokens is how many were verified.
func (m *Matrix) Run(target corpus.Target, inEnvoy bool) (tokens int, problems []string) {
	res := corpus.Run(target, &m.Case, inEnvoy)
	problems = append(res.Problems, m.minted(target)...)
	if len(res.Observations) != len(m.Case.Requests) {
		problems = append(problems, fmt.Sprintf("of %d requests %d have been made", len(m.Case.Requests), len(res.Observations)))
	}
	return len(res.Observations), problems
}

// minted has the target mint a token with each key, and says what is wrong with them.
func (m *Matrix) minted(target corpus.Target) (problems []string) {
	s, err := target.Open(&m.Case)
	if err != nil {
		return []string{err.Error()}
	}
	defer s.Close()
	for _, alg := range m.mints {
		var first string
		for range 2 {
			o, err := s.Do(&corpus.Request{Name: "mint " + alg, Method: "GET", Target: "/mint/" + alg, Hosts: []string{"app.test"}, Allow: &corpus.Allow{}})
			switch {
			case err != nil:
				return append(problems, alg+": "+err.Error())
			case len(o.Upstreams) != 1 || len(o.Upstreams[0].Values("authorization")) != 1:
				problems = append(problems, fmt.Sprintf("%s: status %d, and the upstream saw %+v", alg, o.Status, o.Upstreams))
				continue
			}
			raw := strings.TrimPrefix(o.Upstreams[0].Values("authorization")[0], "Bearer ")
			header, _, _ := strings.Cut(raw, ".")
			if want := `{"alg":"` + alg + `","kid":"k-` + alg + `","typ":"JWT"}`; string(decode(header)) != want || !m.keys[alg].Verify(raw) {
				problems = append(problems, alg+": "+raw+" is not a token of the key")
			}
			if first != "" && first != raw {
				problems = append(problems, alg+": the token is not used again")
			}
			first = raw
		}
	}
	return problems
}

func decode(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// der makes an ECDSA signature of r and s side by side what X.509 has.
func der(raw []byte) []byte {
	var content []byte
	for _, n := range [][]byte{raw[:len(raw)/2], raw[len(raw)/2:]} {
		n = append([]byte{0}, n...)
		for len(n) > 1 && n[0] == 0 && n[1] < 0x80 {
			n = n[1:]
		}
		content = append(append(content, 2, byte(len(n))), n...)
	}
	if len(content) >= 0x80 {
		return append([]byte{0x30, 0x81, byte(len(content))}, content...)
	}
	return append([]byte{0x30, byte(len(content))}, content...)
}
