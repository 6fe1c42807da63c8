//go:build !wasip1

package closed

import (
	"bytes"
	"fmt"
	"net/url"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"oathgate/internal/ruletest"
	"oathgate/sdkhost/wazerohost"
)

// TestSwaps replaces one configuration of many rules by another, as text and as a Struct in turn, and sends requests for
// every rule in between. The linear memory stays within its budget and is flat once a fifth is through.
func TestSwaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wazerohost.Options{
		StreamIdleTimeout: -1, RunningClock: true,
		Upstream: func(*wazerohost.Upstream) wazerohost.Reply { return wazerohost.Reply{Status: 200} },
	})
	defer w.vm.Close()
	list := ruletest.Mix(*swapRules)
	forms := largeDocuments(t, list)
	requests := make([]wazerohost.Headers, len(list))
	for i, r := range list {
		u, err := url.Parse(r.Example)
		if err != nil {
			t.Fatal(err)
		}
		requests[i] = request("GET", u.Path)
		requests[i][2][1], requests[i][3][1] = u.Host, u.Scheme
	}
	budget := uint64(memoryBudget)
	if len(list) > 1000 {
		budget = largeBudget
	}
	w.vm.TakeLogs()
	p := w.configure(generation(forms[0], 0))
	loaded, warm := w.vm.MemoryBytes(), uint64(0)
	sent := 0
	for swap := 1; swap <= *swaps; swap++ {
		next := w.configure(generation(forms[swap%len(forms)], swap))
		p.Close()
		p = next
		for ; sent < *swapRequests*swap / *swaps; sent++ {
			h := requests[sent%len(requests)]
			s := p.Start(wazerohost.Peer{TLS: h[3][1] == "https"})
			s.SendHeaders(h, true)
			if s.Upstream() == nil || s.Response() == nil || s.Response().Status != 200 || !s.Over() {
				t.Fatalf("request %d, rule %q: %s %+v", sent, list[sent%len(list)].URL, s.Outcome(), s.Response())
			}
		}
		if swap == *swaps/5 {
			warm = w.vm.MemoryBytes()
		}
	}
	w.sound(1, "at the end")
	w.unpanicked()
	last := w.vm.MemoryBytes()
	t.Logf("%d rules, %d swaps, %d requests: linear memory %.1f MiB after the first, %.1f after a fifth, %.1f at the end", len(list), *swaps, sent,
		mib(loaded), mib(warm), mib(last))
	if last > budget {
		t.Errorf("linear memory: %.1f MiB", mib(last))
	}
	if *swaps >= 50 && last > warm+warm/8 {
		t.Errorf("linear memory grew from %d to %d bytes in the last four fifths", warm, last)
	}
}

// largeDocuments are configurations with the rules in list, as text and as a Struct. Rules differ in what they want of
// clients and tell upstreams; every request that one is for is allowed.
func largeDocuments(t testing.TB, list []ruletest.Rule) [][]byte {
	type m = map[string]any
	type l = []any
	text := document(t, func(doc m) {
		rules := make(l, len(list))
		for i, r := range list {
			id := fmt.Sprintf("rule-%d", i)
			jwt := m{"handler": "jwt", "config": m{"required_scope": l{"read:" + id}, "scope_strategy": "exact"}}
			header := m{"handler": "header", "config": m{"headers": m{"X-User": "{{ print .Subject }}", "X-Rule": id}}}
			remote := m{"handler": "remote_json", "config": m{"payload": `{"subject":"{{ print .Subject }}","rule":"` + id + `"}`}}
			rule := m{
				"id": id, "match": m{"url": r.URL, "methods": l{"GET"}}, "upstream": m{"url": fmt.Sprintf("http://app.upstream:%d", 9000+i%50)},
				"authenticators": l{jwt, m{"handler": "anonymous"}}, "authorizer": m{"handler": "allow"}, "mutators": l{header},
			}
			if i%5 == 0 {
				rule["authenticators"] = l{m{"handler": "noop"}}
				rule["errors"] = l{m{"handler": "json", "config": m{"verbose": true}}}
			}
			if i%20 == 19 {
				// It overlaps with the one before, which is asked in its place.
				rule["priority"], rule["authorizer"] = -1, remote
			}
			rules[i] = rule
		}
		rules[0].(m)["description"] = mark
		doc["access_rules"] = m{"rules": rules}
		doc["authenticators"].(m)["noop"] = m{"enabled": true}
		doc["authorizers"].(m)["remote_json"] = m{"enabled": true, "config": m{"remote": "http://authz.test/check", "payload": "{}"}}
	})
	var s structpb.Struct
	if err := s.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	wire, err := proto.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{text, wire}
}

// mark is where a document of largeDocuments says which one it is.
const mark = "number 0000000000"

// generation gives a document that is unlike those of other numbers: the host gives equal ones one context.
func generation(document []byte, n int) []byte {
	return bytes.Replace(document, []byte(mark), fmt.Appendf(nil, "number %010d", n), 1)
}
