//go:build !wasip1

package wazerohost

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"   // sha1
	_ "crypto/sha256" // sha224, sha256
	_ "crypto/sha512" // sha384, sha512
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// Envoy's messages for what fails (source/common/crypto/utility_impl.cc), as far as they are of use.
const (
	errVerifyInit = "Failed to initialize digest verify."
	errVerify     = "Failed to verify digest. Error code: 0"
	errSignInit   = "Failed to initialize signing context"
	errSign       = "Failed to create signature"
)

// Crypto is what verify_signature and sign compute, for rules that are evaluated natively.
type Crypto struct{}

// VerifySignature reports whether signature is one of text by the key spki. An error says that it is no key.
func (Crypto) VerifySignature(hash string, spki, signature, text []byte) (bool, error) {
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return false, err
	}
	return verify(hash, key, signature, text) == "", nil
}

// Sign signs text by the key pkcs8.
func (Crypto) Sign(hash string, pkcs8, text []byte) ([]byte, error) {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	signature, reason := sign(hash, key, text)
	if reason != "" {
		return nil, errors.New(reason)
	}
	return signature, nil
}

func hashByName(name string) (crypto.Hash, bool) {
	h, ok := map[string]crypto.Hash{
		"sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512,
	}[strings.ToLower(name)]
	return h, ok
}

// keyBytes takes exactly one of DER and PEM.
func keyBytes(der, text []byte) ([]byte, bool) {
	switch {
	case len(der) > 0 && len(text) > 0, len(der) == 0 && len(text) == 0:
		return nil, false
	case len(der) > 0:
		return der, true
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, false
	}
	return block.Bytes, true
}

// foreignVerify is verify_signature: {1 hash_function, 2 public_key (SPKI), 3 signature, 4 text, 5 public_key_pem} to {1 result, 2 error}.
// RSA is PKCS #1 v1.5, an ECDSA signature is DER.
func foreignVerify(_ *Stream, args []byte) ([]byte, uint32) {
	m, ok := parseProto(args)
	if !ok {
		return nil, StatusBadArgument
	}
	der, ok := keyBytes(m[2], m[5])
	if !ok {
		return nil, StatusBadArgument
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, StatusBadArgument
	}
	if reason := verify(string(m[1]), key, m[3], m[4]); reason != "" {
		return appendProto(nil, 2, []byte(reason)), StatusOK
	}
	return []byte{1 << 3, 1}, StatusOK
}

func verify(hashName string, key any, signature, text []byte) (reason string) {
	hash, ok := hashByName(hashName)
	if !ok {
		return hashName + " is not supported."
	}
	sum := hash.New()
	sum.Write(text)
	switch key := key.(type) {
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(key, hash, sum.Sum(nil), signature) == nil
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(key, sum.Sum(nil), signature)
	default:
		return errVerifyInit
	}
	if !ok {
		return errVerify
	}
	return ""
}

// foreignSign is sign: {1 hash_function, 2 private_key (PKCS #8), 3 text, 4 private_key_pem} to {1 result, 2 signature, 3 error}.
func foreignSign(_ *Stream, args []byte) ([]byte, uint32) {
	m, ok := parseProto(args)
	if !ok {
		return nil, StatusBadArgument
	}
	der, ok := keyBytes(m[2], m[4])
	if !ok {
		return nil, StatusBadArgument
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, StatusBadArgument
	}
	signature, reason := sign(string(m[1]), key, m[3])
	if reason != "" {
		return appendProto(nil, 3, []byte(reason)), StatusOK
	}
	return appendProto([]byte{1 << 3, 1}, 2, signature), StatusOK
}

func sign(hashName string, key any, text []byte) (signature []byte, reason string) {
	hash, ok := hashByName(hashName)
	if !ok {
		return nil, hashName + " is not supported."
	}
	sum := hash.New()
	sum.Write(text)
	var err error
	switch key := key.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(nil, key, hash, sum.Sum(nil))
	case *ecdsa.PrivateKey:
		signature, err = ecdsa.SignASN1(rand.Reader, key, sum.Sum(nil))
	default:
		return nil, errSignInit
	}
	if err != nil {
		return nil, errSign
	}
	return signature, ""
}
