package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of 256 bits
	_ "crypto/sha512" // and above
	"encoding/base64"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"oathgate/internal/corpus"
)

// minted finds a fresh id_token in Authorization: one with jti and iat. It returns the headers with a placeholder in
// its place, and what is recorded of it (norm_jwt of oracle.py): its header and claims without what is volatile,
// whether one of the folder's private keys has signed it, and how long it is valid. Without a token that is nil.
func minted(headers []corpus.Header, keys string) (recorded []corpus.Header, token any) {
	for _, h := range headers {
		if h.Name == "authorization" {
			if t := decodeMinted(h.Value, keys); t != nil {
				h.Value, token = "Bearer $MINTED_JWT", t
			}
		}
		recorded = append(recorded, h)
	}
	return recorded, token
}

func decodeMinted(value, keys string) any {
	token, ok := strings.CutPrefix(value, "Bearer ")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return nil
	}
	var header, claims map[string]any
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) || claims["jti"] == nil {
		return nil
	}
	iat, ok := claims["iat"].(float64)
	if !ok {
		return nil
	}
	exp, _ := claims["exp"].(float64)
	nbf, _ := claims["nbf"].(float64)
	for _, name := range []string{"exp", "iat", "nbf", "jti"} {
		if _, ok := claims[name]; ok {
			claims[name] = "$volatile"
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	algorithm, _ := header["alg"].(string)
	return map[string]any{
		"header": header, "claims": claims, "ttl_s": exp - iat, "nbf_minus_iat": nbf - iat,
		"signature_valid": err == nil && signed(algorithm, parts[0]+"."+parts[1], signature, keys),
	}
}

func decodePart(part string, v any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(text, v) == nil
}

// privateKey is a JWK as the folder's files have it.
type privateKey struct{ Kty, N, E, X, Y, K string }

func octets(s string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(s)
	return b
}

func number(s string) *big.Int { return new(big.Int).SetBytes(octets(s)) }

// signed says whether one of the keys with which cases let sign has signed text.
func signed(algorithm, text string, signature []byte, keys string) bool {
	sizes := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}
	if len(algorithm) != 5 || sizes[algorithm[2:]] == 0 {
		return false
	}
	hash := sizes[algorithm[2:]]
	h := hash.New()
	h.Write([]byte(text))
	digest := h.Sum(nil)
	for _, file := range []string{"RS256.private.json", "ES256.private.json", "HS256.private.json"} {
		var set struct{ Keys []privateKey }
		content, err := os.ReadFile(filepath.Join(keys, file))
		if err != nil || json.Unmarshal(content, &set) != nil {
			continue
		}
		for _, k := range set.Keys {
			switch kind := algorithm[:2] + " " + k.Kty; {
			case kind == "RS RSA" && rsa.VerifyPKCS1v15(&rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}, hash, digest, signature) == nil,
				kind == "ES EC" && k.es256(digest, signature),
				kind == "HS oct" && k.mac(hash, text, signature):
				return true
			}
		}
	}
	return false
}

func (k *privateKey) es256(digest, signature []byte) bool {
	if len(signature) != 64 {
		return false
	}
	point := append(append([]byte{4}, octets(k.X)...), octets(k.Y)...)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	return err == nil && ecdsa.Verify(public, digest, new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func (k *privateKey) mac(hash crypto.Hash, text string, signature []byte) bool {
	m := hmac.New(hash.New, octets(k.K))
	m.Write([]byte(text))
	return hmac.Equal(m.Sum(nil), signature)
}
