//go:build !wasip1

package wazerohost_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"

	"oathgate/sdkhost/wazerohost"
)

func message(fields ...any) string {
	var b []byte
	for i := 0; i < len(fields); i += 2 {
		var v []byte
		switch f := fields[i+1].(type) {
		case string:
			v = []byte(f)
		case []byte:
			v = f
		}
		b = binary.AppendUvarint(b, uint64(fields[i].(int))<<3|2)
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	return hex.EncodeToString(b)
}

// foreign calls the function through the guest and returns its status and result.
func (w *world) foreign(name, args string) (status, result string) {
	w.t.Helper()
	w.do("foreign~" + name + "~" + args).End()
	lines := w.lines()
	for i := len(lines) - 1; i >= 0; i-- {
		if rest, ok := strings.CutPrefix(lines[i], "foreign "); ok {
			status, result, _ = strings.Cut(rest, " ")
			return status, result
		}
	}
	w.t.Fatal("not called")
	return "", ""
}

func TestVerifyAndSign(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("text"))
	for name, key := range map[string]crypto.Signer{"RSA": rsaKey, "ECDSA": ecKey} {
		t.Run(name, func(t *testing.T) {
			public, _ := x509.MarshalPKIXPublicKey(key.Public())
			private, _ := x509.MarshalPKCS8PrivateKey(key)
			signature, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
			for _, c := range []struct{ name, args, status, result string }{
				{"good", message(1, "sha256", 2, public, 3, signature, 4, "text"), "0", "0801"},
				{"PEM", message(1, "SHA256", 3, signature, 4, "text", 5, publicPEM), "0", "0801"},
				{"other text", message(1, "sha256", 2, public, 3, signature, 4, "other"), "0", message(2, "Failed to verify digest. Error code: 0")},
				{"other hash", message(1, "sha512", 2, public, 3, signature, 4, "text"), "0", message(2, "Failed to verify digest. Error code: 0")},
				{"no hash", message(2, public, 3, signature, 4, "text"), "0", message(2, " is not supported.")},
				{"both keys", message(1, "sha256", 2, public, 3, signature, 4, "text", 5, publicPEM), "2", ""},
				{"no key", message(1, "sha256", 3, signature, 4, "text"), "2", ""},
				{"bad key", message(1, "sha256", 2, "key", 3, signature, 4, "text"), "2", ""},
				{"no message", "ff", "2", ""},
			} {
				if status, result := w.foreign("verify_signature", c.args); status != c.status || result != c.result {
					t.Errorf("%s: %s %s, want %s %s", c.name, status, result, c.status, c.result)
				}
			}
			status, result := w.foreign("sign", message(1, "sha256", 2, private, 3, "text"))
			head, rest := "0801", result
			if status != "0" || !strings.HasPrefix(rest, head) {
				t.Fatalf("sign: %s %s", status, result)
			}
			b, _ := hex.DecodeString(rest[len(head):])
			_, n := binary.Uvarint(b[1:])
			if status, result := w.foreign("verify_signature", message(1, "sha256", 2, public, 3, b[1+n:], 4, "text")); status != "0" || result != "0801" {
				t.Errorf("own signature: %s %s", status, result)
			}
		})
	}
	public, _ := x509.MarshalPKIXPublicKey(edKey.Public())
	if status, result := w.foreign("verify_signature", message(1, "sha256", 2, public, 3, "s", 4, "t")); status != "0" || result != message(2, "Failed to initialize digest verify.") {
		t.Errorf("Ed25519: %s %s", status, result)
	}
}

func TestForeignFunctionsCanBeTakenAway(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Foreign: map[string]wazerohost.ForeignFunction{
		"sign": nil,
		"mine": func(_ *wazerohost.Stream, args []byte) ([]byte, uint32) { return append(args, 1), 5 },
	}})
	for name, want := range map[string]string{"sign": "1 ", "mine": "5 ab01", "none": "1 "} {
		if status, result := w.foreign(name, "ab"); status+" "+result != want {
			t.Errorf("%s: %s %s", name, status, result)
		}
	}
}
