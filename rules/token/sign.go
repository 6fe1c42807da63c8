package token

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"

	"github.com/tidwall/gjson"
)

// Signer chooses the key of a set that signs, and the `kid` that its tokens carry
// (Oathkeeper, credentials/signer_default.go): the last private key up to the point
// where there is one and a public key has been met, whose id names both; the private
// key's own id if there is no public one.
func Signer(keys []*Key) (k *Key, kid string, err error) {
	for _, key := range keys {
		if key.Private() {
			k = key
		}
		if key.Symmetric() || !key.Private() {
			kid = key.ID
		}
		if k != nil && kid != "" {
			break
		}
	}
	switch {
	case k == nil:
		return nil, "", errors.New("no key of the set has a private part")
	case k.ID == "":
		return nil, "", errors.New("the private key has no kid")
	case k.Algorithm == "":
		return nil, "", errors.New("the private key has no alg")
	}
	if kid == "" {
		kid = k.ID
	}
	_, err = k.algorithm(k.Algorithm)
	return k, kid, err
}

// Sign makes a token of claims, a JSON object, signed by k with the algorithm that
// k names. kid is the token's `kid`. random is for RSASSA-PSS, the one algorithm
// here that needs chance; ECDSA's is the host's.
func Sign(k *Key, kid string, claims []byte, host Host, random func([]byte)) (string, error) {
	if !k.Private() {
		return "", errors.New("the key has no private part")
	}
	a, err := k.algorithm(k.Algorithm)
	if err != nil {
		return "", err
	}
	header := append([]byte(`{"alg":`), gjson.AppendJSONString(nil, k.Algorithm)...)
	header = append(header, `,"kid":`...)
	header = append(gjson.AppendJSONString(header, kid), `,"typ":"JWT"}`...)

	text := base64.RawURLEncoding.AppendEncode(nil, header)
	text = base64.RawURLEncoding.AppendEncode(append(text, '.'), claims)
	signature, err := k.sign(a, text, host, random)
	if err != nil {
		return "", err
	}
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), signature)), nil
}

func (k *Key) sign(a algorithm, text []byte, host Host, random func([]byte)) ([]byte, error) {
	switch a.family {
	case familyRS:
		if host != nil {
			if signature, err := host.Sign(a.hashName, k.pkcs8, text); err == nil && len(signature) == k.rsa.size() {
				return signature, nil
			}
		}
		return k.rsa.power(k.rsa.encodePKCS1(a, text))
	case familyPS:
		return k.rsa.power(k.rsa.encodePSS(a, text, random))
	case familyES:
		if host == nil {
			return nil, ErrHost
		}
		signature, err := host.Sign(a.hashName, k.pkcs8, text)
		if err != nil {
			return nil, ErrHost
		}
		raw, ok := derToRaw(signature, a.curve.bytes)
		if !ok {
			return nil, ErrHost
		}
		return raw, nil
	case familyHS:
		return k.mac(a, text), nil
	}
	return ed25519.Sign(k.edPrivate, text), nil
}
