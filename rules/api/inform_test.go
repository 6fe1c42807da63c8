package api

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"oathgate/rules/program"
	"oathgate/rules/request"
)

// load compiles n rules for the role.
func load(t testing.TB, role string, n int) *program.Program {
	t.Helper()
	list := make([]string, n)
	for i := range list {
		id := strconv.Itoa(i)
		list[i] = `{"id":"` + id + `","match":{"url":"http://app.test/` + id + `","methods":["GET"]},"authenticators":[{"handler":"noop"}],"authorizer":{"handler":"allow"},"mutators":[{"handler":"noop"}],"x-own":1}`
	}
	p, problems := program.Load([]byte(`{"oathgate":{"role":"` + role + `"},"access_rules":{"rules":[` + strings.Join(list, ",") + `]},
"authenticators":{"noop":{"enabled":true}},"authorizers":{"allow":{"enabled":true}},"mutators":{"noop":{"enabled":true}}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

func TestPages(t *testing.T) {
	p := load(t, "decision", 600)
	for query, want := range map[string][2]int{
		"": {0, 50}, "?limit=&offset=": {0, 50}, "?limit=10": {0, 10}, "?limit=501": {0, 500}, "?offset=590": {590, 600}, "?offset=600": {600, 600},
		"?limit=99999999999999999999": {0, 50}, "?limit=2147483647&offset=2147483647": {600, 600}, "?limit=1.5&offset=0x1": {0, 50},
		"?limit=2&limit=3": {0, 2}, "?limit=%32": {0, 2}, "?limit=2;offset=1": {0, 50},
	} {
		response := inform(p, &request.Raw{Method: "GET", Path: "/rules" + query})
		var list []struct{ ID string }
		if err := json.Unmarshal(response.Body, &list); err != nil || response.Status != 200 {
			t.Fatalf("%s: %d %s %v", query, response.Status, response.Body, err)
		}
		if len(list) != want[1]-want[0] || len(list) > 0 && (list[0].ID != strconv.Itoa(want[0])) {
			t.Errorf("%s: %d rules, want %v", query, len(list), want)
		}
	}
}

// What is not served has three forms; Accept chooses.
func TestNoEndpoint(t *testing.T) {
	p := load(t, "decision", 1)
	for accept, want := range map[string]string{
		"": "text/html", "*/*": "text/html", "image/png": "text/html", "application/json": "application/json", "text/plain": "text/plain",
		"text/html,application/json": "text/html", "application/json, text/plain, */*": "application/json",
	} {
		raw := request.Raw{Method: "GET", Path: "/nope", Headers: request.Headers{{Name: "accept", Value: accept}}}
		response := inform(p, &raw)
		if got := response.Headers.Get("content-type"); response.Status != 404 || got != want+"; charset=utf-8" || !strings.Contains(string(response.Body), noEndpointText) {
			t.Errorf("%q: %d %s %s", accept, response.Status, got, response.Body)
		}
		if json.Valid(response.Body) != (want == "application/json") {
			t.Errorf("%q: %s", accept, response.Body)
		}
	}
}

// A proxy keeps nothing to show.
func TestProxyListsNothing(t *testing.T) {
	if n := load(t, "proxy", 3).Listed(); n != 0 {
		t.Errorf("%d rules", n)
	}
}

func BenchmarkServe(b *testing.B) {
	p := load(b, "decision", 100)
	for name, raw := range map[string]request.Raw{
		"path":      ask("/decisions/7", "x-forwarded-proto", "http"),
		"forwarded": ask("/decisions", "x-forwarded-method", "GET", "x-forwarded-proto", "http", "x-forwarded-host", "app.test", "x-forwarded-uri", "/7"),
	} {
		b.Run(name, func(b *testing.B) {
			w := worker()
			b.ReportAllocs()
			for b.Loop() {
				if _, _, step := Serve(w, p, raw); step.Done == nil || !step.Done.Allow {
					b.Fatal(step.Done)
				}
			}
		})
	}
}
