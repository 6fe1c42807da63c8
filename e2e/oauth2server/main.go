// Command oauth2server is an OAuth 2.0 server on Ory's fosite, the library that Ory Hydra is made of: access tokens
// by client credentials at /oauth2/token, introspection (RFC 7662) at /oauth2/introspect and revocation (RFC 7009) at
// /oauth2/revoke. Under /jwt its tokens are JSON Web Tokens: /jwt/token, /jwt/short for some that last three seconds,
// /jwt/keys for the key set, and /jwt/rotate for another key. It listens on a free port of 127.0.0.1, prints the address as its only line of output and ends when
// its standard input does.
//
// Two clients, both with the secret "secret": "shop" gets tokens, with the scopes "read" and "write"; "gateway"
// introspects them.
package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/storage"
	"golang.org/x/crypto/bcrypt"
)

func main() {
	server, err := newServer()
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		listener.Close()
	}()
	if err := http.Serve(listener, server); !errors.Is(err, net.ErrClosed) {
		log.Fatal(err)
	}
}

type server struct {
	provider fosite.OAuth2Provider
}

func newServer() (http.Handler, error) {
	secret, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		return nil, err
	}
	store := storage.NewMemoryStore()
	for name, scopes := range map[string][]string{"shop": {"read", "write"}, "gateway": nil} {
		store.Clients[name] = &fosite.DefaultClient{
			ID: name, Secret: secret, GrantTypes: []string{"client_credentials"}, Scopes: scopes,
		}
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	config := newConfig(key, 10*time.Minute)
	s := &server{compose.Compose(
		config, store, &compose.CommonStrategy{CoreStrategy: compose.NewOAuth2HMACStrategy(config)},
		compose.OAuth2ClientCredentialsGrantFactory, compose.OAuth2TokenIntrospectionFactory, compose.OAuth2TokenRevocationFactory,
	)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/token", s.token)
	mux.HandleFunc("POST /oauth2/introspect", s.introspect)
	mux.HandleFunc("POST /oauth2/revoke", s.revoke)
	i := &issuer{}
	if err := i.rotate(); err != nil {
		return nil, err
	}
	i.handle(mux, "/jwt/token", newConfig(key, 10*time.Minute), store)
	i.handle(mux, "/jwt/short", newConfig(key, 3*time.Second), store)
	mux.HandleFunc("GET /jwt/keys", i.publish)
	mux.HandleFunc("POST /jwt/rotate", func(w http.ResponseWriter, _ *http.Request) {
		if err := i.rotate(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux, nil
}

// newConfig is a configuration for one provider: fosite keeps the provider's handlers in it.
func newConfig(secret []byte, lifetime time.Duration) *fosite.Config {
	return &fosite.Config{AccessTokenLifespan: lifetime, GlobalSecret: secret, ScopeStrategy: fosite.ExactScopeStrategy}
}

func (s *server) token(w http.ResponseWriter, r *http.Request) {
	session := &fosite.DefaultSession{}
	issue(s.provider, w, r, session, func(client string) { session.Subject = client })
}

// issue answers a token request. name is told who asks before the token is made.
func issue(provider fosite.OAuth2Provider, w http.ResponseWriter, r *http.Request, session fosite.Session, name func(client string)) {
	ctx := r.Context()
	request, err := provider.NewAccessRequest(ctx, r, session)
	if err != nil {
		provider.WriteAccessError(ctx, w, request, err)
		return
	}
	name(request.GetClient().GetID())
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	response, err := provider.NewAccessResponse(ctx, request)
	if err != nil {
		provider.WriteAccessError(ctx, w, request, err)
		return
	}
	provider.WriteAccessResponse(ctx, w, request, response)
}

func (s *server) introspect(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	response, err := s.provider.NewIntrospectionRequest(ctx, r, &fosite.DefaultSession{})
	if err != nil {
		s.provider.WriteIntrospectionError(ctx, w, err)
		return
	}
	s.provider.WriteIntrospectionResponse(ctx, w, response)
}

func (s *server) revoke(w http.ResponseWriter, r *http.Request) {
	s.provider.WriteRevocationResponse(r.Context(), w, s.provider.NewRevocationRequest(r.Context(), r))
}
