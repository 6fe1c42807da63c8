package main

import (
	"encoding/binary"
	"errors"

	"oathgate/sdkhost"
)

// envoyCrypto is Envoy's cryptography: its foreign functions verify_signature and
// sign (source/extensions/common/wasm/foreign.cc), BoringSSL behind protobuf
// messages. Envoy 1.36 has no sign.
type envoyCrypto struct{}

var errNoMessage = errors.New("the host's answer is not the message that it should be")

// VerifySignature implements token.Host.
func (envoyCrypto) VerifySignature(hash string, spki, signature, text []byte) (bool, error) {
	answer, err := sdkhost.CallForeignFunction("verify_signature", message([]byte(hash), spki, signature, text))
	if err != nil {
		return false, err
	}
	result, _, err := readAnswer(answer)
	return result, err
}

// Sign implements token.Host.
func (envoyCrypto) Sign(hash string, pkcs8, text []byte) ([]byte, error) {
	answer, err := sdkhost.CallForeignFunction("sign", message([]byte(hash), pkcs8, text))
	if err != nil {
		return nil, err
	}
	result, signature, err := readAnswer(answer)
	if err == nil && !result {
		err = errors.New("the host does not sign with this key")
	}
	return signature, err
}

// message is a protobuf message of fields 1, 2 and so on, all of type bytes.
func message(fields ...[]byte) []byte {
	size := 0
	for _, f := range fields {
		size += len(f) + 1 + binary.MaxVarintLen32
	}
	b := make([]byte, 0, size)
	for i, f := range fields {
		b = append(b, byte(i+1)<<3|2)
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	return b
}

// readAnswer reads a protobuf message: field 1 a bool, fields 2 and 3 bytes, which in
// VerifySignatureResult say what went wrong and in SignResult are the signature and
// that.
func readAnswer(b []byte) (result bool, second []byte, err error) {
	for len(b) > 0 {
		tag := b[0]
		n, size := binary.Uvarint(b[1:])
		if size <= 0 {
			return false, nil, errNoMessage
		}
		b = b[1+size:]
		switch {
		case tag == 1<<3:
			result = n == 1
		case (tag == 2<<3|2 || tag == 3<<3|2) && n <= uint64(len(b)):
			if tag == 2<<3|2 {
				second = b[:n]
			}
			b = b[n:]
		default:
			return false, nil, errNoMessage
		}
	}
	return result, second, nil
}
