package authz

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"oathgate/rules/pipeline"
	"oathgate/rules/tree"
)

func TestAuthorizers(t *testing.T) {
	if !slices.IsSorted(Names()) {
		t.Error("the names are not sorted")
	}
	status := map[string]int{"allow": 0, "deny": 403}
	for _, name := range []string{"allow", "deny"} {
		for _, config := range []*tree.Node{nil, {Kind: tree.Object, Keys: []string{"anything"}, Items: []*tree.Node{{}}}, {Kind: tree.Array}} {
			var found tree.Problems
			b := pipeline.Build{Config: tree.NewCursor(config, "config", &found)}
			a := Registry(name)(&b)
			if found.Len() > 0 || !reflect.DeepEqual(b.Traits, pipeline.Traits{Forgets: true}) {
				t.Errorf("%s: %v, %+v", name, found.List(), b.Traits)
			}
			var x pipeline.Exchange
			err := a.Authorize(&x)
			var refusal *pipeline.Error
			if (err == nil) != (status[name] == 0) || err != nil && (!errors.As(err, &refusal) || refusal.Status != status[name]) {
				t.Errorf("%s: %v", name, err)
			}
			if !reflect.DeepEqual(x, pipeline.Exchange{}) {
				t.Errorf("%s changed the session", name)
			}
		}
	}
	for _, name := range Names() {
		if Registry(name) == nil {
			t.Errorf("%s has no constructor", name)
		}
	}
	for _, name := range []string{"", "Allow", "allow "} {
		if Registry(name) != nil {
			t.Errorf("%q has a constructor", name)
		}
	}
}
