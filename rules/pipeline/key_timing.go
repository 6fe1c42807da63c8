package pipeline

import (
	"time"

	"oathgate/rules/tree"
)

// KeyTiming says how JSON Web Key Sets are fetched. In Oathkeeper one fetcher
// serves all handlers, with the times of authenticators.jwt.config
// (driver/registry_memory.go); those of a rule have no effect.
type KeyTiming struct {
	// Wait is how long a request waits for keys (`jwks_max_wait`), and TTL how long
	// keys are used (`jwks_ttl`).
	Wait, TTL time.Duration
}

const (
	defaultKeyWait = time.Second
	defaultKeyTTL  = 30 * time.Second
	// maxKeyWait and maxKeyTTL are far from where times overflow.
	maxKeyWait = time.Hour
	maxKeyTTL  = 100 * 365 * 24 * time.Hour
)

// ReadKeyTiming reads the configuration of the handler jwt.
func ReadKeyTiming(o tree.Fields) KeyTiming {
	return KeyTiming{
		Wait: keyTime(o.Field("jwks_max_wait"), defaultKeyWait, maxKeyWait),
		TTL:  keyTime(o.Field("jwks_ttl"), defaultKeyTTL, maxKeyTTL),
	}
}

// OrDefault gives Oathkeeper's times if there are none.
func (t KeyTiming) OrDefault() KeyTiming {
	if t == (KeyTiming{}) {
		return KeyTiming{Wait: defaultKeyWait, TTL: defaultKeyTTL}
	}
	return t
}

// keyTime reads a time as Go writes it: Oathkeeper's schema asks for no more here.
func keyTime(c tree.Cursor, def, most time.Duration) time.Duration {
	text := c.StringOr("")
	if c.Kind() != tree.String {
		return def
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > most {
		c.Fail(`must be a length of time of more than 0, such as "500ms" or "1h30m"`)
		return def
	}
	return d
}
