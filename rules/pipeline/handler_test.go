package pipeline

import (
	"strings"
	"testing"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/tree"
)

func TestBuildEndpoint(t *testing.T) {
	b := Build{Clusters: callout.Clusters{Named: map[string]string{"http://a.test:80": "named"}}}
	for _, c := range []struct {
		node    *tree.Node
		cluster string
	}{
		{&tree.Node{Kind: tree.String, Text: "http://a.test/x"}, "named"},
		{&tree.Node{Kind: tree.String, Text: "https://a.test/x"}, "oathgate_https_a.test_443"},
		{&tree.Node{Kind: tree.String, Text: "a.test"}, ""},
		{&tree.Node{Kind: tree.Number}, ""},
		{nil, ""},
	} {
		var found tree.Problems
		e, ok := b.Endpoint(tree.NewCursor(c.node, "url", &found))
		if ok != (c.cluster != "") || e.Cluster != c.cluster || ok == (found.Len() > 0) || found.Len() > 1 {
			t.Errorf("%+v: %+v, %v, %v", c.node, e, ok, found.List())
		}
	}
	var found tree.Problems
	if _, ok := b.Endpoint(tree.NewCursor(&tree.Node{Kind: tree.String}, "url", &found)); ok {
		t.Error("an empty URL can be used")
	}
	if found.Len() == 0 {
		t.Error("an empty URL is no problem")
	}
}

func TestBuildTemplateTraits(t *testing.T) {
	for text, want := range map[string]string{
		`plain`:                        "",
		`{{ .Subject }}`:               "",
		`{{ .MatchContext.URL.Path }}`: "url",
		`{{ index .MatchContext.RegexpCaptureGroups 0 }}`:      "groups",
		`{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}`: "groups",
		`{{ with .MatchContext }}{{ .URL.Host }}{{ end }}`:     "url",
		`{{ . | toJson }}`:             "url groups",
		`{{ .MatchContext | toJson }}`: "url groups",
		`{{ .Subject }`:                "problem",
		`{{ .Nothing }}`:               "problem",
	} {
		var b Build
		var found tree.Problems
		tpl := b.Template("t", text, tree.NewCursor(&tree.Node{Kind: tree.String, Text: text}, "t", &found))
		var got []string
		if b.Traits.ReadsURL {
			got = append(got, "url")
		}
		if b.Traits.ReadsGroups {
			got = append(got, "groups")
		}
		if found.Len() > 0 {
			got = append(got, "problem")
		}
		// To say too much is safe.
		for word := range strings.FieldsSeq(want) {
			if !strings.Contains(strings.Join(got, " "), word) {
				t.Errorf("%s: %v, want %s", text, got, want)
			}
		}
		if want == "" && got != nil || (tpl == nil) != (want == "problem") {
			t.Errorf("%s: %v, want %q", text, got, want)
		}
	}
}
