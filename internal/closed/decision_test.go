//go:build !wasip1

package closed

import (
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

// Envoy makes a refusal of what looks like gRPC a 200: in the role decision there is no answer then.
func TestDecisionOfGRPC(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wazerohost.Options{})
	p := w.configure(document(t, func(doc map[string]any) { doc["oathgate"].(map[string]any)["role"] = "decision" }))
	for _, c := range []struct {
		contentType, path string
		status            int // 0: none
	}{
		{"application/grpc", "/decisions/public/a", 200},
		{"application/grpc", "/decisions/session/a", 0},
		{"application/grpc", "/decisions/denied/a", 0},
		{"application/grpc+proto", "/decisions/denied/a", 0},
		{"application/grpc", "/decisions/nothing", 0},
		{"application/grpc", "/decisions", 0},
		{"application/grpc", "/nothing", 0},
		{"application/grpc-web", "/decisions/denied/a", 403},
		{"application/json", "/decisions/denied/a", 403},
		{"", "/decisions/denied/a", 403},
	} {
		var more []string
		if c.contentType != "" {
			more = []string{"content-type", c.contentType}
		}
		s := p.Request(request("GET", c.path, more...))
		w.vm.Run(time.Minute)
		status := 0
		if s.Response() != nil {
			status = s.Response().Status
		}
		if status != c.status || s.Upstream() != nil || !s.Over() {
			t.Errorf("%s of %s: %d, want %d; %s", c.path, c.contentType, status, c.status, s.Outcome())
		}
		s.End()
	}
	w.sound(1, "gRPC")
	w.unpanicked()
}

// The access log learns of decisions in filter state, if it is told to, escaped.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"proxy", "decision"} {
		for _, told := range []bool{true, false} {
			w := newWorld(t, wazerohost.Options{})
			w.session = func(*wazerohost.Callout) wazerohost.Reply { return answer(200, `{"subject":"a\"sue"}`) }
			p := w.configure(document(t, func(doc map[string]any) {
				doc["oathgate"].(map[string]any)["role"] = role
				doc["oathgate"].(map[string]any)["access_log"] = told
			}))
			prefix := ""
			if role == "decision" {
				prefix = "/decisions"
			}
			for path, want := range map[string][3]string{
				"/session/a": {"session", `a\"sue`, "allowed"},
				"/denied/a":  {"denied", "anonymous", "forbidden"},
				"/nothing":   {"", "", "no_rule"},
			} {
				s := p.Request(request("GET", prefix+path, "cookie", "session=1"))
				w.vm.Run(time.Minute)
				for i, name := range []string{"rule_id", "subject", "reason"} {
					got, _ := s.FilterState("wasm.oathgate." + name)
					if !told {
						want[i] = ""
					}
					if got != want[i] {
						t.Errorf("%s, told %v: %s: %s is %q, want %q", role, told, path, name, got, want[i])
					}
				}
				s.End()
			}
		}
	}
}
