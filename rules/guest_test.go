package rules

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"oathgate/rules/tree"
)

// wire encodes a value as google.protobuf.Value, an object at the top as
// google.protobuf.Struct (google/protobuf/struct.proto).
func wire(v any) []byte {
	bytes := func(field byte, b []byte) []byte {
		return append(binary.AppendUvarint([]byte{field<<3 | 2}, uint64(len(b))), b...)
	}
	switch v := v.(type) {
	case map[string]any:
		return bytes(5, wireStruct(v))
	case []any:
		var list []byte
		for _, item := range v {
			list = append(list, bytes(1, wire(item))...)
		}
		return bytes(6, list)
	case string:
		return bytes(3, []byte(v))
	case float64:
		return binary.LittleEndian.AppendUint64([]byte{2<<3 | 1}, math.Float64bits(v))
	case bool:
		if v {
			return []byte{4 << 3, 1}
		}
		return []byte{4 << 3, 0}
	}
	return []byte{1 << 3, 0}
}

func wireStruct(m map[string]any) []byte {
	var out []byte
	for k, v := range m {
		key := append(binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(k))), k...)
		value := wire(v)
		entry := append(append(key, binary.AppendUvarint([]byte{2<<3 | 2}, uint64(len(value)))...), value...)
		out = append(append(out, binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(entry)))...), entry...)
	}
	return out
}

// The same document gives the same result as YAML, as JSON text and as a
// Struct, but for positions and the order of members.
func TestParseGuestReadsBothForms(t *testing.T) {
	for _, file := range []string{"good.txt", "bad.txt"} {
		for _, c := range corpus(t, file) {
			root := yamlTree(t, c.text)
			if root.Kind != tree.Object {
				continue
			}
			text, err := json.Marshal(root.Any())
			if err != nil {
				t.Fatal(err)
			}
			wired := wireStruct(root.Any().(map[string]any))
			for form, data := range map[string][]byte{"JSON": text, "JSON after a newline": []byte("\n" + string(text)), "JSON after spaces": []byte(" \r\n\t" + string(text)), "Struct": wired} {
				doc, problems := ParseGuest(data)
				checkGuest(t, data, doc, problems)
				if got := paths(problems); !slices.Equal(got, c.want) {
					t.Errorf("%s as %s: problems at %q, want %q", c.name, form, got, c.want)
					continue
				}
				if len(c.want) > 0 {
					continue
				}
				want, _ := Decode(root, GuestDocument)
				if !reflect.DeepEqual(forget(doc), forget(want)) {
					t.Errorf("%s as %s: another document\n%+v\n%+v", c.name, form, doc, want)
				}
			}
		}
	}
}

// forget drops what the forms differ in.
func forget(d *Document) any {
	type rule struct {
		Rule
		configs []any
	}
	refs := func(r *rule, refs []HandlerRef) []HandlerRef {
		out := slices.Clone(refs)
		for i := range out {
			r.configs = append(r.configs, out[i].Config.Any())
			out[i].Config, out[i].Line, out[i].Column = nil, 0, 0
		}
		return out
	}
	var rules []rule
	for _, r := range d.Rules {
		x := rule{Rule: r}
		x.URLLine, x.URLColumn, x.Upstream.Line, x.Upstream.Column = 0, 0, 0, 0
		x.Authenticators, x.Mutators, x.Errors = refs(&x, r.Authenticators), refs(&x, r.Mutators), refs(&x, r.Errors)
		x.Authorizer = refs(&x, []HandlerRef{r.Authorizer})[0]
		rules = append(rules, x)
	}
	settings := map[string]any{}
	for _, m := range []map[string]HandlerSettings{d.Authenticators, d.Authorizers, d.Mutators, d.ErrorHandlers} {
		for _, s := range m {
			settings[s.Path] = []any{s.Enabled, s.Config.Any()}
		}
	}
	return []any{d.Strategy, rules, settings, refs(&rule{}, d.Fallback), d.Options, paths(d.Ignored)}
}

// checkGuest reads data rule by rule: it is sound if and only if there are no problems, and gives the same document.
func checkGuest(t *testing.T, data []byte, doc *Document, problems []Problem) {
	t.Helper()
	g := OpenGuest(data)
	if g == nil {
		if len(problems) == 0 {
			t.Fatalf("read rule by rule the document is refused: %q", data)
		}
		return
	}
	got := *g.Document
	for r := g.Next(); r != nil; r = g.Next() {
		got.Rules = append(got.Rules, *r)
	}
	if g.Sound() != (len(problems) == 0) {
		t.Fatalf("read rule by rule the document is sound: %v, but there are %v: %q", g.Sound(), problems, data)
	}
	if !g.Sound() {
		return
	}
	if !reflect.DeepEqual(placeless(&got), placeless(doc)) {
		t.Fatalf("read rule by rule another document\n%+v\n%+v", got, doc)
	}
}

// placeless drops what a document says of places.
func placeless(d *Document) any {
	refs := func(refs []HandlerRef) (out []any) {
		for _, r := range refs {
			out = append(out, []any{r.Handler, r.Config.Any()})
		}
		return out
	}
	var rules []any
	for _, r := range d.Rules {
		handlers := [][]any{refs(r.Authenticators), refs([]HandlerRef{r.Authorizer}), refs(r.Mutators), refs(r.Errors)}
		r.Path, r.URLPath, r.URLLine, r.URLColumn = "", "", 0, 0
		r.Upstream.Path, r.Upstream.Line, r.Upstream.Column = "", 0, 0
		r.Authenticators, r.Authorizer, r.Mutators, r.Errors = nil, HandlerRef{}, nil, nil
		rules = append(rules, []any{r, handlers})
	}
	var settings []any
	for _, m := range []map[string]HandlerSettings{d.Authenticators, d.Authorizers, d.Mutators, d.ErrorHandlers} {
		said := map[string]any{}
		for name, s := range m {
			said[name] = []any{s.Enabled, s.Config.Any()}
		}
		settings = append(settings, said)
	}
	return []any{d.Name, d.Strategy, rules, settings, refs(d.Fallback), d.Options}
}

func TestStructAndJSONAreToldApart(t *testing.T) {
	// Structs that begin like JSON text: a first entry of 123 bytes gives
	// "\n{\n", of 32 and 10 bytes "\n \n" and "\n\n\n".
	for _, size := range []int{123, 32, 10, 13, 9} {
		key := strings.Repeat("\n", size-2-4)
		data := wireStruct(map[string]any{key: nil})
		if int(data[1]) != size || data[0] != '\n' {
			t.Fatalf("first entry of %d bytes, want %d", data[1], size)
		}
		if !isStruct(data) {
			t.Errorf("%q is taken for JSON", data)
		}
	}
	for _, text := range []string{"\n{\n}", "\n \n{}", "{}", " {\"\\u0012\": 1}"} {
		if isStruct([]byte(text)) {
			t.Errorf("%q is taken for a Struct", text)
		}
	}
}

func TestParseGuestRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "plugin configuration: (document): is empty"},
		{" \n", "is empty"},
		{"access_rules: {}", "not JSON"},
		{"{\"a\":1,\n\"a\":2}", "plugin configuration:2:1: a: stands twice"},
		{"[]", "(document): must be an object"},
		{"\x0a\x05\x0a\x01a\x12\x09", "damaged"},
		{"\n{\"a\": \"\x12\"}", "damaged"},
		{"\x12\x00", "not JSON"},
	} {
		_, problems := ParseGuest([]byte(c.text))
		if len(problems) == 0 || !strings.Contains(problems[0].String(), c.want) {
			t.Errorf("%q: got %v", c.text, problems)
		}
	}
}

func FuzzParseGuest(f *testing.F) {
	for _, file := range []string{"good.txt", "bad.txt"} {
		for _, c := range corpus(f, file) {
			if root, err := tree.ParseYAML([]byte(c.text), tree.Limits{}); err == nil && root.Kind == tree.Object {
				text, _ := json.Marshal(root.Any())
				f.Add(text)
				f.Add(wireStruct(root.Any().(map[string]any)))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, problems := ParseGuest(data)
		checkDecoded(t, doc, problems)
		checkGuest(t, data, doc, problems)
	})
}

func FuzzDecodeYAML(f *testing.F) {
	for _, file := range []string{"good.txt", "bad.txt"} {
		for _, c := range corpus(f, file) {
			f.Add(c.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		root, err := tree.ParseYAML([]byte(text), tree.Limits{Bytes: 1 << 13, Nodes: 10_000})
		if err != nil {
			return
		}
		doc, problems := Decode(root, "d")
		checkDecoded(t, doc, problems)
		_, problems = DecodeRules(root, "d")
		for _, p := range problems {
			if p.Path == "" || p.Message == "" {
				t.Fatalf("a problem without a place: %+v", p)
			}
		}
	})
}

// checkDecoded: problems have places, and a document without problems is one
// that package program can rely on.
func checkDecoded(t *testing.T, doc *Document, problems []Problem) {
	for _, p := range problems {
		if p.Path == "" || p.Message == "" || p.Document == "" {
			t.Fatalf("a problem without a place: %+v", p)
		}
	}
	if len(problems) > 0 {
		return
	}
	if doc == nil || len(doc.Fallback) == 0 || doc.Options.RoutingHeader == "" || doc.Options.CalloutTimeout <= 0 {
		t.Fatalf("an incomplete document: %+v", doc)
	}
	for _, r := range doc.Rules {
		if r.ID == "" || r.Authorizer.Handler == "" || len(r.Authenticators) == 0 || len(r.Mutators) == 0 || !r.RPC && (r.URL == "" || len(r.Methods) == 0) {
			t.Fatalf("an incomplete rule: %+v", r)
		}
		for _, refs := range [][]HandlerRef{r.Authenticators, r.Mutators, r.Errors} {
			for _, ref := range refs {
				if ref.Handler == "" || ref.Path == "" || ref.Config != nil && ref.Config.Kind != tree.Object {
					t.Fatalf("an incomplete handler: %+v", ref)
				}
			}
		}
	}
}
