package tree

import (
	"bytes"
	"encoding/json"
	"testing"
)

// What is appended is what encoding/json makes of a json.RawMessage of the text.
func FuzzAppendJSON(f *testing.F) {
	f.Add(`{"a":[1,2.50,1e3,-0,true,false,null,"<&>\u2028\n"],"":{}, "b" : [ ] }`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseJSON([]byte(text), Limits{})
		if err != nil {
			return
		}
		got := n.AppendJSON(nil)
		var a, b any
		if json.Unmarshal([]byte(text), &a) != nil || json.Unmarshal(got, &b) != nil {
			t.Fatalf("%s: %s", text, got)
		}
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if !bytes.Equal(x, y) {
			t.Fatalf("%s: %s", text, got)
		}
		if bytes.ContainsAny(got, "<>&") {
			t.Fatalf("%s can be taken for HTML", got)
		}
	})
}

func TestAppendJSONOfYAML(t *testing.T) {
	n, err := ParseYAML([]byte("{a: +31, b: .5, c: 5., e: 1e3, g: ~}"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(n.AppendJSON(nil), &m); err != nil {
		t.Fatalf("%s: %v", n.AppendJSON(nil), err)
	}
	if m["a"] != 31.0 || m["b"] != 0.5 || m["e"] != 1000.0 || m["g"] != nil {
		t.Errorf("%v", m)
	}
	if got := string((*Node)(nil).AppendJSON(nil)); got != "null" {
		t.Error(got)
	}
}
