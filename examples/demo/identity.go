package main

import (
	"encoding/json"
	"net/http"
	"time"
)

// identity is an identity server with one user: token introspection as RFC 7662 has it, and Ory Kratos' question
// whose session a cookie is.
func identity() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/introspect", introspect)
	mux.HandleFunc("GET /sessions/whoami", whoami)
	return mux
}

// scopes are the access tokens that are valid.
var scopes = map[string]string{"read-token": "read", "write-token": "write"}

func introspect(w http.ResponseWriter, r *http.Request) {
	if client, secret, ok := r.BasicAuth(); !ok || client != "demo" || secret != "secret" {
		w.Header().Set("WWW-Authenticate", `Basic realm="introspection"`)
		reply(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	scope, known := scopes[r.PostFormValue("token")]
	if !known {
		reply(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"active": true, "sub": "alice", "client_id": "shop", "scope": scope,
		"token_use": "access_token", "exp": time.Now().Add(time.Hour).Unix(),
	})
}

func whoami(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("ory_kratos_session")
	if err != nil || cookie.Value != "alices-session" {
		reply(w, http.StatusUnauthorized, map[string]any{"error": map[string]any{"code": 401, "status": "Unauthorized"}})
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"id": "5f4c1c2e", "active": true,
		"identity": map[string]any{"id": "alice", "traits": map[string]any{"email": "alice@example.org"}},
	})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
