package tree

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// whole reads a document by Split and puts the list back where it was; nil if that is refused.
func whole(n *Node, l *List, err error) *Node {
	if err != nil {
		return nil
	}
	for i := range l.Len() {
		item, err := l.Parse(i)
		if err != nil {
			return nil
		}
		list := n.Get("a").Get("b")
		list.Items = append(list.Items, item)
	}
	return n
}

// alike compares two trees by all that is read of them.
func alike(a, b *Node) bool {
	return (a == nil) == (b == nil) && string(a.AppendExact(nil)) == string(b.AppendExact(nil)) && reflect.DeepEqual(a.Any(), b.Any())
}

func TestSplitIsTheWhole(t *testing.T) {
	for _, c := range []struct {
		text     string
		elements int // -1: refused
	}{
		{`{}`, 0},
		{`[]`, 0},
		{`{"a":{"b":[]}}`, 0},
		{`{"a":{"b":[ ]}}`, 0},
		{`{"a":{"b":[1,"x",[2,[3]],{"c":"]},{"}, null , true]},"z":[1]}`, 6},
		{`{"a":{"x":{"b":[1]},"b":["\"]",  "\\" ,{"d":[{},[]]}]}}`, 3},
		{`{"a":[{"b":[1]}],"b":[2],"c":{"a":{"b":[3]}}}`, 0},
		{`{"a":{"b":{"b":[1]}}}`, 0},
		{`{"\u0061":{"\u0062":[1,2]}}`, 2},
		{"{\"a\":\n{\"b\":\n[\n1\n,\n2\n]\n}}", 2},
		{`{"a":{"b":[1,]}}`, -1},
		{`{"a":{"b":[,1]}}`, -1},
		{`{"a":{"b":[1 2]}}`, -1},
		{`{"a":{"b":[{]}]}}`, -1},
		{`{"a":{"b":[[}]}}`, -1},
		{`{"a":{"b":[1}}`, -1},
		{`{"a":{"b":["x]}}`, -1},
		{`{"a":{"b":["x\"]}}`, -1},
		{`{"a":{"b":[{"c":1,"c":2}]}}`, -1},
		{`{"a":{"b":[1]},"a":{"b":[2]}}`, -1},
		{`{"a":{"b":[1],"b":[2]}}`, -1},
		{`{"a":{"b":[1]}} x`, -1},
		{`{"a":{"b":[` + strings.Repeat("[", 29) + strings.Repeat("]", 29) + `]}}`, 1},
		{`{"a":{"b":[` + strings.Repeat("[", 30) + strings.Repeat("]", 30) + `]}}`, -1},
	} {
		want, err := ParseJSON([]byte(c.text), Limits{})
		n, l, splitErr := SplitJSON([]byte(c.text), Limits{}, "a", "b")
		got := whole(n, l, splitErr)
		if (err != nil) != (c.elements < 0) || (got == nil) != (err != nil) {
			t.Errorf("%s: whole %v, split %v %v", c.text, err, got, splitErr)
			continue
		}
		if err == nil && (l.Len() != c.elements || !alike(got, want)) {
			t.Errorf("%s: %d elements, %v, want %v", c.text, l.Len(), got.Any(), want.Any())
		}
	}
}

func TestSplitOfAStruct(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"a":{"b":[]}}`, `{"a":{"b":[1,"x",[2,[3]],{"c":"]"},null,true]},"z":[1]}`, `{"a":[{"b":[1]}],"b":[2],"c":{"a":{"b":[3]}}}`,
		`{"a":{"b":{"b":[1]}}}`, `{"a":{"b":[` + strings.Repeat("[", 29) + strings.Repeat("]", 29) + `]}}`,
		`{"a":{"b":[` + strings.Repeat("[", 30) + strings.Repeat("]", 30) + `]}}`,
	} {
		var s structpb.Struct
		if err := s.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		pb, err := proto.Marshal(&s)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ParseStruct(pb, Limits{})
		n, l, splitErr := SplitStruct(pb, Limits{}, "a", "b")
		if got := whole(n, l, splitErr); (got == nil) != (err != nil) || got != nil && !alike(got, want) {
			t.Errorf("%s: whole %v, split %v", text, err, splitErr)
		}
		// Damaged anywhere, it is refused by both or read alike.
		for i := range pb {
			for _, flip := range []byte{1, 2, 8, 0x80} {
				pb[i] ^= flip
				want, err := ParseStruct(pb, Limits{})
				n, l, splitErr := SplitStruct(pb, Limits{}, "a", "b")
				if got := whole(n, l, splitErr); (got == nil) != (err != nil) || got != nil && !alike(got, want) {
					t.Errorf("%s, byte %d: whole %v, split %v", text, i, err, splitErr)
				}
				pb[i] ^= flip
			}
		}
	}
}

func TestSplitCountsValues(t *testing.T) {
	text := []byte(`{"a":{"b":[1,[2,3],{"c":4}]}}`)
	for nodes := 1; nodes < 12; nodes++ {
		_, err := ParseJSON(text, Limits{Nodes: nodes})
		n, l, splitErr := SplitJSON(text, Limits{Nodes: nodes}, "a", "b")
		if got := whole(n, l, splitErr); (got == nil) != (err != nil) {
			t.Errorf("%d values: whole %v, split %v", nodes, err, got)
		}
	}
}

// Nodes that are made together, and names and texts that are shared, are each as if it stood alone.
func TestElementsStandAlone(t *testing.T) {
	var text []byte
	var want []any
	for i := range 500 {
		item := map[string]any{"k" + strings.Repeat("x", i%70): i % 7, "list": []any{"v", strings.Repeat("y", i), nil}, "o": map[string]any{"p": i%2 == 0}}
		want = append(want, item)
	}
	text, err := json.Marshal(map[string]any{"a": map[string]any{"b": want}})
	if err != nil {
		t.Fatal(err)
	}
	_, l, err := SplitJSON(text, Limits{}, "a", "b")
	if err != nil || l.Len() != len(want) {
		t.Fatal(err, l.Len())
	}
	var items []*Node
	for i := range want {
		n, err := l.Parse(i)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, n)
	}
	for i, n := range items {
		got, err := json.Marshal(n.Any())
		if err != nil {
			t.Fatal(err)
		}
		if expected, _ := json.Marshal(want[i]); string(got) != string(expected) {
			t.Fatalf("element %d: %s, want %s", i, got, expected)
		}
	}
}

func FuzzSplitJSON(f *testing.F) {
	f.Add(`{"a":{"b":[1,"x",[2,[3]],{"c":"]},{"}, null , true]},"z":[1]}`)
	f.Add(`{"a":{"b":["\"]",  "\\" ,{"d":[{},[]]}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		want, err := ParseJSON([]byte(text), Limits{})
		n, l, splitErr := SplitJSON([]byte(text), Limits{}, "a", "b")
		if got := whole(n, l, splitErr); (got == nil) != (err != nil) || got != nil && !alike(got, want) {
			t.Fatalf("whole %v, split %v %v", err, got, splitErr)
		}
	})
}
