package token

// Host computes signatures at native speed for the module: Envoy's foreign
// functions verify_signature and sign (DESIGN §2), or Go's crypto where rules are
// evaluated natively. Both know RSASSA-PKCS1-v1_5 and ECDSA, whose signatures are
// ASN.1 DER here. hash is sha256, sha384 or sha512.
type Host interface {
	// VerifySignature reports whether signature is one of text by the key spki, a
	// SubjectPublicKeyInfo in DER. An error says that the host cannot tell: it has
	// no such function, or does not take the key.
	VerifySignature(hash string, spki, signature, text []byte) (bool, error)
	// Sign signs text by the key pkcs8, a PrivateKeyInfo in DER. An error says that
	// the host cannot: it has no such function, or does not take the key.
	Sign(hash string, pkcs8, text []byte) ([]byte, error)
}
