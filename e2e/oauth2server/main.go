// Command oauth2server is an OAuth 2.0 server on Ory's fosite, the library that Ory Hydra is made of: access tokens
// by client credentials at /oauth2/token, introspection (RFC 7662) at /oauth2/introspect and revocation (RFC 7009) at
// /oauth2/revoke. It listens on a free port of 127.0.0.1, prints the address as its only line of output and ends when
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
	config := &fosite.Config{AccessTokenLifespan: 10 * time.Minute, GlobalSecret: key, ScopeStrategy: fosite.ExactScopeStrategy}
	s := &server{compose.Compose(
		config, store, &compose.CommonStrategy{CoreStrategy: compose.NewOAuth2HMACStrategy(config)},
		compose.OAuth2ClientCredentialsGrantFactory, compose.OAuth2TokenIntrospectionFactory, compose.OAuth2TokenRevocationFactory,
	)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/token", s.token)
	mux.HandleFunc("POST /oauth2/introspect", s.introspect)
	mux.HandleFunc("POST /oauth2/revoke", s.revoke)
	return mux, nil
}

func (s *server) token(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	request, err := s.provider.NewAccessRequest(ctx, r, &fosite.DefaultSession{})
	if err != nil {
		s.provider.WriteAccessError(ctx, w, request, err)
		return
	}
	if session, ok := request.GetSession().(*fosite.DefaultSession); ok {
		session.Subject = request.GetClient().GetID()
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	response, err := s.provider.NewAccessResponse(ctx, request)
	if err != nil {
		s.provider.WriteAccessError(ctx, w, request, err)
		return
	}
	s.provider.WriteAccessResponse(ctx, w, request, response)
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
