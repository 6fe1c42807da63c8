package proxy

import (
	"net/http"
	"testing"
)

// CORS comes before every rule: a preflight has no credentials. It opens nothing: what follows it is judged as ever.
func TestCORS(t *testing.T) {
	everyWay(t, func(t *testing.T, base string, client http.RoundTripper) {
		before := backends.total()
		for _, path := range []string{"/plain/a", "/session/a", "/denied/a", "/none/a", "/silent/a"} {
			for origin, friend := range map[string]bool{
				"https://a.friend.test": true, "https://friend.test": false, "https://a.friend.test.evil": false,
				"http://a.friend.test": false, "null": false, "https://evil/.friend.test": false,
			} {
				resp := ask(t, client, "OPTIONS", base+path, nil, header("Origin", origin),
					header("Access-Control-Request-Method", "PUT"), header("Access-Control-Request-Headers", "x-token"))
				allowed := resp.Header.Get("Access-Control-Allow-Origin")
				if friend != (allowed == origin) || !friend && allowed != "" {
					t.Errorf("a preflight from %s of %s: %d %v", origin, path, resp.StatusCode, resp.Header)
				}
				if friend && (resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Methods") != "GET,PUT" || resp.Header.Get("Access-Control-Allow-Headers") != "X-Token" ||
					resp.Header.Get("Access-Control-Allow-Credentials") != "true" || resp.Header.Get("Access-Control-Max-Age") != "60") {
					t.Errorf("a preflight of %s: %d %v", path, resp.StatusCode, resp.Header)
				}
			}
		}
		// OPTIONS without what makes it a preflight is a request.
		for path, want := range map[string]int{"/plain/a": 404, "/none/a": 404} {
			if resp := ask(t, client, "OPTIONS", base+path, nil, header("Origin", "https://a.friend.test")); resp.StatusCode != want {
				t.Errorf("OPTIONS %s: %d", path, resp.StatusCode)
			}
		}
		if n := backends.total() - before; n != 0 {
			t.Errorf("the upstream saw %d requests", n)
		}
		for path, want := range map[string]int{"/plain/a": 200, "/session/a": 401, "/denied/a": 403, "/none/a": 404, "/dead/a": 502} {
			for origin, friend := range map[string]bool{"https://a.friend.test": true, "https://a.friend.test.evil": false} {
				resp := ask(t, client, "PUT", base+path, nil, header("Origin", origin))
				allowed := resp.Header.Get("Access-Control-Allow-Origin")
				if resp.StatusCode != want || friend != (allowed == origin) || !friend && allowed != "" || friend != (resp.Header.Get("Access-Control-Expose-Headers") == "X-From") {
					t.Errorf("PUT %s from %s: %d %v", path, origin, resp.StatusCode, resp.Header)
				}
			}
		}
	})
}
