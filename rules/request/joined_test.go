package request

import "testing"

func TestJoinedKeepsOneDigest(t *testing.T) {
	for _, value := range []string{
		"Bearer abc", "", "abc", `Digest username="u", realm="r", nonce="n", qop=auth, nc=00000001`,
		"AWS4-HMAC-SHA256 Credential=AKID/20260101/eu/s3/aws4_request, SignedHeaders=host, Signature=fe5f",
	} {
		if joined(value) {
			t.Errorf("%q is one value", value)
		}
	}
}
