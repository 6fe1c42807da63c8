package main

import (
	"encoding/json"
	"net/http"
	"strings"
)

// upstream answers every request with what arrived: method, path with query, and the X- headers that Envoy does not
// add on its own.
func upstream() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers := map[string]string{}
		for name, values := range r.Header {
			if strings.HasPrefix(name, "X-") && !fromEnvoy(name) {
				headers[name] = strings.Join(values, ", ")
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(struct {
			Method  string            `json:"method"`
			Path    string            `json:"path"`
			Headers map[string]string `json:"headers"`
		}{r.Method, r.URL.RequestURI(), headers})
	})
}

func fromEnvoy(name string) bool {
	return strings.HasPrefix(name, "X-Envoy-") || name == "X-Forwarded-Proto" || name == "X-Request-Id"
}
