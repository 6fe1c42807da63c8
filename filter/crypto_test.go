package main

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"

	"oathgate/rules/token"
	"oathgate/sdkhost/wazerohost"
)

func TestReadAnswer(t *testing.T) {
	for b, want := range map[string]struct {
		result bool
		second string
		err    error
	}{
		"":                            {},
		"\x08\x01":                    {result: true},
		"\x08\x00":                    {},
		"\x08\x02":                    {},
		"\x08\x01\x12\x02ab":          {result: true, second: "ab"},
		"\x08\x01\x12\x02ab\x1a\x01c": {result: true, second: "ab"},
		"\x12\x00\x08\x01":            {result: true},
		"\x08":                        {err: errNoMessage},
		"\x08\x81":                    {err: errNoMessage},
		"\x12\x03ab":                  {err: errNoMessage},
		"\x12\xff\xff\xff\xff\x7fab":  {err: errNoMessage},
		"\x09\x01":                    {err: errNoMessage},
		"\x22\x01a":                   {err: errNoMessage},
		"\x08\x01\x12" + "\x80\x01ab": {err: errNoMessage},
		"\x0a\x01\x01":                {err: errNoMessage},
		strings.Repeat("\xff", 11):    {err: errNoMessage},
		"\x08\x01\x08\x00":            {},
		"\x12\x01a\x12\x02bc\x08\x01": {result: true, second: "bc"},
	} {
		result, second, err := readAnswer([]byte(b))
		if err != want.err || err == nil && (result != want.result || string(second) != want.second) {
			t.Errorf("%q: %v %q %v", b, result, second, err)
		}
	}
}

func TestMessage(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 300)
	want := append(binary.AppendUvarint([]byte("\x0a\x01a\x12\x00\x1a"), 300), long...)
	if got := message([]byte("a"), nil, long); !bytes.Equal(got, want) {
		t.Errorf("%x", got)
	}
}

// The functions as the emulator has them: without any, and with what Envoy 1.36 has.
func TestEnvoyCrypto(t *testing.T) {
	host, _ := emulate(t, document)
	if got := token.Probe(envoyCrypto{}); got != (token.Lack{}) {
		t.Errorf("with both functions: %+v", got)
	}
	refuses := func([]byte) []byte { return []byte("\x1a\x02no") }
	host.RegisterForeignFunction("sign", refuses)
	if got := token.Probe(envoyCrypto{}); got != (token.Lack{Sign: true}) {
		t.Errorf("with verify_signature: %+v", got)
	}
	host.RegisterForeignFunction("verify_signature", refuses)
	if got := token.Probe(envoyCrypto{}); got != (token.Lack{Verify: true, Sign: true}) {
		t.Errorf("without: %+v", got)
	}
}

// cryptography gives the emulator Envoy's functions; it dies of those it lacks.
func cryptography(t *testing.T, host proxytest.HostEmulator) {
	host.RegisterForeignFunction("verify_signature", func(p []byte) []byte {
		f := fields(t, p, 4)
		if ok, err := (wazerohost.Crypto{}).VerifySignature(f[0], []byte(f[1]), []byte(f[2]), []byte(f[3])); !ok || err != nil {
			return []byte("\x12\x02no")
		}
		return []byte("\x08\x01")
	})
	host.RegisterForeignFunction("sign", func(p []byte) []byte {
		f := fields(t, p, 3)
		signature, err := (wazerohost.Crypto{}).Sign(f[0], []byte(f[1]), []byte(f[2]))
		if err != nil {
			return []byte("\x1a\x02no")
		}
		return append([]byte{8, 1, 2<<3 | 2, byte(len(signature))}, signature...)
	})
}

// fields reads a message of n fields of type bytes.
func fields(t *testing.T, b []byte, n int) (list []string) {
	t.Helper()
	for i := range n {
		size, k := binary.Uvarint(b[1:])
		if b[0] != byte(i+1)<<3|2 || k <= 0 || int(size) > len(b)-1-k {
			t.Fatalf("field %d of %x", i+1, b)
		}
		list = append(list, string(b[1+k:1+k+int(size)]))
		b = b[1+k+int(size):]
	}
	return list
}
