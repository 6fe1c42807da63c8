package token

// Lack says what a host's cryptography cannot do that nobody else can: ECDSA. The
// zero Lack is of a host that can do it all.
type Lack struct{ Verify, Sign bool }

// Verifying reports whether tokens of that algorithm cannot be verified.
func (l Lack) Verifying(algorithm string) bool { return l.Verify && NeedsHost(algorithm) }

// Signing reports whether tokens of that algorithm cannot be signed.
func (l Lack) Signing(algorithm string) bool { return l.Sign && NeedsHost(algorithm) }

// The example of RFC 7515 appendix A.3. The private key is known to everybody.
const (
	probeKey = `{"keys":[{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256",` +
		`"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",` +
		`"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}]}`
	probeToken = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" +
		".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)

// Probe finds out what a host lacks, by signatures that are known to be good and bad
// and one of its own.
func Probe(host Host) (l Lack) {
	keys, err := ParseKeys([]byte(probeKey))
	if err != nil {
		return Lack{true, true}
	}
	j, err := Parse(probeToken)
	if err != nil || j.Verify(keys[0], host) != nil {
		l.Verify = true
	} else {
		j.Signature[0] ^= 1
		l.Verify = j.Verify(keys[0], host) == nil
	}
	_, err = Sign(keys[0], "", []byte("{}"), host, nil)
	l.Sign = err != nil
	return l
}
