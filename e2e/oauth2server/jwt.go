package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/token/jwt"
)

// issuer issues access tokens that are JSON Web Tokens, and publishes its key.
type issuer struct {
	mutex sync.Mutex
	keys  int
	key   *jose.JSONWebKey
}

// rotate takes another key, under another id.
func (i *issuer) rotate() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.keys++
	i.key = &jose.JSONWebKey{Key: key, KeyID: "key-" + strconv.Itoa(i.keys), Algorithm: "RS256", Use: "sig"}
	return nil
}

func (i *issuer) signingKey(context.Context) (any, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.key, nil
}

// handle serves a token endpoint.
func (i *issuer) handle(mux *http.ServeMux, path string, config *fosite.Config, store any) {
	strategy := &compose.CommonStrategy{CoreStrategy: compose.NewOAuth2JWTStrategy(i.signingKey, compose.NewOAuth2HMACStrategy(config), config)}
	provider := compose.Compose(config, store, strategy, compose.OAuth2ClientCredentialsGrantFactory)
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		session := &oauth2.JWTSession{JWTClaims: &jwt.JWTClaims{Issuer: "https://issuer.test/"}, JWTHeader: &jwt.Headers{}}
		issue(provider, w, r, session, func(client string) { session.Subject, session.JWTClaims.Subject = client, client })
	})
}

func (i *issuer) publish(w http.ResponseWriter, _ *http.Request) {
	i.mutex.Lock()
	public := i.key.Public()
	i.mutex.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
}
