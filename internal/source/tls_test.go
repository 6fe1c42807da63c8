package source

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keyPair is a certificate and its key in PEM.
func keyPair(t *testing.T, seed byte) (cert, key string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func TestTLS(t *testing.T) {
	cert, key := keyPair(t, 1)
	_, other := keyPair(t, 2)
	in64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, c := range map[string]struct {
		tls  string
		want string
	}{
		"files":          {"{cert: {path: DIR/cert.pem}, key: {path: DIR/key.pem}}", ""},
		"base64":         {"{cert: {base64: " + in64(cert) + "}, key: {base64: " + in64(key) + "}}", ""},
		"base64 wins":    {"{cert: {base64: " + in64(cert) + ", path: /no}, key: {base64: " + in64(key) + ", path: /no}}", ""},
		"a missing key":  {"{cert: {path: DIR/cert.pem}}", "serve.proxy.tls.key: is missing, but there is a certificate"},
		"a missing cert": {"{key: {path: DIR/key.pem}}", "serve.proxy.tls.cert: is missing, but there is a key"},
		"no file":        {"{cert: {path: DIR/no.pem}, key: {path: DIR/key.pem}}", "serve.proxy.tls.cert.path: the file no.pem does not exist"},
		"a wrong key":    {"{cert: {path: DIR/cert.pem}, key: {path: DIR/other.pem}}", "serve.proxy.tls: certificate and key cannot be used: private key does not match"},
		"no PEM":         {"{cert: {path: DIR/a.yaml}, key: {path: DIR/key.pem}}", "serve.proxy.tls: certificate and key cannot be used: "},
		"no base64":      {"{cert: {base64: \"!\"}, key: {base64: " + in64(key) + "}}", "serve.proxy.tls.cert.base64: is not standard base64"},
		"a key":          {"{cert: {file: a}}", "serve.proxy.tls.cert.file: unknown key"},
	} {
		t.Run(name, func(t *testing.T) {
			files := []string{"a.yaml", "serve: {proxy: {tls: " + c.tls + "}}", "cert.pem", cert, "key.pem", key, "other.pem", other}
			if c.want == "" {
				dir := folder(t, files...)
				got := load(t, dir, nil, "a.yaml")
				if got.Proxy.TLS == nil || string(got.Proxy.TLS.Certificate) != cert || string(got.Proxy.TLS.Key) != key || got.API.TLS != nil {
					t.Errorf("%+v", got.Proxy.TLS)
				}
				if name == "files" && !slices.Contains(got.Files, filepath.Join(dir, "key.pem")) {
					t.Errorf("%q", got.Files)
				}
				return
			}
			got, _ := problemsOf(t, nil, files...)
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("%q", got)
			}
		})
	}
	if c := load(t, folder(t, "a.yaml", "serve: {proxy: {tls: {cert: {path: \"\"}, key: null}}, api: {tls: null}}"), nil, "a.yaml"); c.Proxy.TLS != nil {
		t.Errorf("%+v", c.Proxy.TLS)
	}
}
