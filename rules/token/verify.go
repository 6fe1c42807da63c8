package token

import (
	"crypto/ed25519"
	"crypto/hmac"
	"errors"
)

// ErrSignature says that a signature is not one of that text by that key.
var ErrSignature = errors.New("the signature is not valid")

// ErrHost says that the host does not verify or sign what only it can.
var ErrHost = errors.New("the host does not know this signature algorithm")

// Verify reports why the token is not signed by k; nil says that it is. Which
// algorithms are allowed is for the caller to compare before: here the token's
// must be one that k is for.
func (j *JWT) Verify(k *Key, host Host) error {
	if k.Use != "sig" {
		return errors.New("the key is not for signatures (use is not sig)")
	}
	a, err := k.algorithm(j.Algorithm)
	if err != nil {
		return err
	}
	text := []byte(j.SigningInput)
	ok := false
	switch a.family {
	case familyRS:
		ok = k.verifyPKCS1(a, text, j.Signature, host)
	case familyPS:
		ok = len(j.Signature) == k.rsa.size() && k.rsa.verifyPSS(a, text, j.Signature)
	case familyES:
		if len(j.Signature) != 2*a.curve.bytes {
			return ErrSignature
		}
		if host == nil {
			return ErrHost
		}
		if ok, err = host.VerifySignature(a.hashName, k.spki, rawToDER(j.Signature), text); err != nil {
			return ErrHost
		}
	case familyHS:
		ok = hmac.Equal(j.Signature, k.mac(a, text))
	case familyEd:
		ok = ed25519.Verify(k.ed, text, j.Signature)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// algorithm gives the algorithm of that name if the key is one for it.
func (k *Key) algorithm(name string) (a algorithm, err error) {
	a = algorithmOf(name)
	fits := false
	switch a.family {
	case familyRS, familyPS:
		fits = k.rsa != nil
	case familyES:
		fits = k.curve == a.curve
	case familyHS:
		fits = k.secret != nil
	case familyEd:
		fits = k.ed != nil
	}
	switch {
	case a.family == familyNone:
		return a, errors.New("the signature algorithm is not known")
	case !fits || k.Algorithm != "" && k.Algorithm != name:
		return a, errors.New("the key is for another signature algorithm")
	case k.rsa != nil && k.rsa.bits < minRSABits:
		return a, errors.New("the RSA key is shorter than 2048 bits")
	}
	return a, nil
}

func (k *Key) verifyPKCS1(a algorithm, text, signature []byte, host Host) bool {
	if len(signature) != k.rsa.size() {
		return false
	}
	if host != nil {
		if ok, err := host.VerifySignature(a.hashName, k.spki, signature, text); err == nil {
			return ok
		}
	}
	return k.rsa.verifyPKCS1(a, text, signature)
}

func (k *Key) mac(a algorithm, text []byte) []byte {
	h := hmac.New(a.hash.New, k.secret)
	h.Write(text)
	return h.Sum(nil)
}
