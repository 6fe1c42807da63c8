package authz

import (
	"strings"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/internal/treetest"
	"oathgate/rules/pipeline"
	"oathgate/rules/tree"
)

// build builds an authorizer from its configuration in JSON, "" for none.
func build(t testing.TB, name, config string, ttl time.Duration) (pipeline.Authorizer, pipeline.Traits, []tree.Problem) {
	t.Helper()
	cursor, found := treetest.Config(t, config)
	b := pipeline.Build{Config: cursor, Reserved: []string{"x-oathgate-cluster", ""}, CalloutTimeout: 3 * time.Second, CacheTTL: ttl}
	a := Registry(name)(&b)
	return a, b.Traits, found.List()
}

func mustBuild(t testing.TB, name, config string, ttl time.Duration) pipeline.Authorizer {
	t.Helper()
	a, _, problems := build(t, name, config, ttl)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", config, problems)
	}
	return a
}

func paths(problems []tree.Problem) string {
	var list []string
	for _, p := range problems {
		list = append(list, strings.TrimPrefix(p.Path, "config."))
	}
	return strings.Join(list, " ")
}

// ask asks an authorizer about a request of alice, and gives the status, the
// callouts and the headers that were set.
func ask(t testing.TB, a pipeline.Authorizer, w *calltest.World, x *pipeline.Exchange) (status int, set string) {
	t.Helper()
	x.Session.Subject = "alice"
	x.Session.Extra = map[string]any{"role": "r", "evil": `x","admin":true,"y":"`, "crlf": "a\r\nb"}
	x.Session.MatchContext.RegexpCaptureGroups = []string{"g"}
	status = calltest.Status(t, a.Authorize(x))
	for _, h := range x.Session.Header {
		set += h.Name + ": " + h.Value + "\n"
	}
	return status, set
}
