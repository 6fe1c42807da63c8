package workload

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"oathgate/internal/tokentest"
)

// claims are those of an access token that lasts for a day; jti is its number.
func claims(audience string, number int) string {
	now := time.Now().Unix()
	return fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":[%q],"iat":%d,"nbf":%d,"exp":%d,"jti":"%08d-8f14-4e45-bd1a-9d7a5c3e21f0","client_id":"shop","scope":"read write"}`,
		Issuer, User, audience, now-60, now-60, now+24*60*60, number)
}

// mint makes n tokens that differ, on every core.
func mint(key *tokentest.Key, n int) []string {
	tokens := make([]string, n)
	workers := runtime.NumCPU()
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				tokens[i] = key.Sign(claims(Audience, i))
			}
		})
	}
	wait.Wait()
	return tokens
}
