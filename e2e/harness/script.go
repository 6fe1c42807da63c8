package harness

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Script is how an identity server answers. The request's body has been read: it stands in Seen.
type Script func(w http.ResponseWriter, r *http.Request, seen Seen)

// JSON answers status and value.
func JSON(status int, value any) Script {
	return func(w http.ResponseWriter, _ *http.Request, _ Seen) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(value)
	}
}

// Text answers status and these bytes, which claim to be JSON.
func Text(status int, body string) Script {
	return func(w http.ResponseWriter, _ *http.Request, _ Seen) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Introspection answers as RFC 7662 has it: tokens maps a token to its claims, "active" aside; others are inactive.
func Introspection(tokens map[string]map[string]any) Script {
	return func(w http.ResponseWriter, r *http.Request, seen Seen) {
		answer := map[string]any{"active": false}
		form, err := url.ParseQuery(seen.Body)
		if claims, ok := tokens[form.Get("token")]; ok && err == nil {
			answer["active"] = true
			for name, value := range claims {
				answer[name] = value
			}
		}
		JSON(http.StatusOK, answer)(w, r, seen)
	}
}

// Delay waits before it does what next says, or until the caller is gone.
func Delay(d time.Duration, next Script) Script {
	return func(w http.ResponseWriter, r *http.Request, seen Seen) {
		select {
		case <-time.After(d):
			next(w, r, seen)
		case <-r.Context().Done():
		}
	}
}

// Until waits for gate to be closed before it does what next says, or until the caller is gone.
func Until(gate <-chan struct{}, next Script) Script {
	return func(w http.ResponseWriter, r *http.Request, seen Seen) {
		select {
		case <-gate:
			next(w, r, seen)
		case <-r.Context().Done():
		}
	}
}

// Reset breaks the connection off without an answer: the peer sees a reset.
func Reset() Script {
	return wire(func(conn *net.TCPConn) { _ = conn.SetLinger(0) })
}

// Garbage answers something that is not HTTP.
func Garbage() Script {
	return wire(func(conn *net.TCPConn) { _, _ = io.WriteString(conn, "\x00\xff\x16\x03 not HTTP at all\r\n\r\n") })
}

// CutOff announces more body than it sends, and closes.
func CutOff(status int, body string) Script {
	return wire(func(conn *net.TCPConn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 "+strconv.Itoa(status)+" Cut\r\nContent-Type: application/json\r\nContent-Length: "+strconv.Itoa(len(body)+100)+"\r\n\r\n"+body)
	})
}

// wire hands the bare connection over and closes it afterwards.
func wire(do func(*net.TCPConn)) Script {
	return func(w http.ResponseWriter, _ *http.Request, _ Seen) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		if tcp, ok := conn.(*net.TCPConn); ok {
			do(tcp)
		}
	}
}
