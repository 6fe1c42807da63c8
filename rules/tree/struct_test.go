package tree

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// The encoder below follows the protobuf encoding guide and struct.proto, not
// the parser: google.protobuf.Struct is map<string, Value> fields = 1.

func field(number, wire int, body ...byte) []byte {
	b := binary.AppendUvarint(nil, uint64(number)<<3|uint64(wire))
	if wire == 2 {
		b = binary.AppendUvarint(b, uint64(len(body)))
	}
	return append(b, body...)
}

func encodeStruct(m map[string]any) []byte {
	var b []byte
	for k, v := range m {
		b = append(b, field(1, 2, append(field(1, 2, []byte(k)...), field(2, 2, encodeValue(v)...)...)...)...)
	}
	return b
}

func encodeValue(v any) []byte {
	switch v := v.(type) {
	case nil:
		return field(1, 0, 0)
	case float64:
		return field(2, 1, binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))...)
	case string:
		return field(3, 2, []byte(v)...)
	case bool:
		if v {
			return field(4, 0, 1)
		}
		return field(4, 0, 0)
	case map[string]any:
		return field(5, 2, encodeStruct(v)...)
	case []any:
		var b []byte
		for _, item := range v {
			b = append(b, field(1, 2, encodeValue(item)...)...)
		}
		return field(6, 2, b...)
	}
	panic("not a value")
}

func TestParseStruct(t *testing.T) {
	// Bytes written by hand: {"a": [null, 1.5, true], "": {}}.
	pb := []byte{
		0x0a, 0x19, 0x0a, 0x01, 'a', 0x12, 0x14, 0x32, 0x12,
		0x0a, 0x02, 0x08, 0x00,
		0x0a, 0x09, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f,
		0x0a, 0x01, // an element that says one byte and has the next tag for it
	}
	if _, err := ParseStruct(pb, Limits{}); err == nil {
		t.Error("a damaged list is accepted")
	}
	pb = []byte{
		0x0a, 0x1a, 0x0a, 0x01, 'a', 0x12, 0x15, 0x32, 0x13,
		0x0a, 0x02, 0x08, 0x00,
		0x0a, 0x09, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f,
		0x0a, 0x02, 0x20, 0x01,
		0x0a, 0x06, 0x0a, 0x00, 0x12, 0x02, 0x2a, 0x00,
	}
	n, err := ParseStruct(pb, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": []any{nil, 1.5, true}, "": map[string]any{}}
	if got := n.Any(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if !reflect.DeepEqual(n.Keys, []string{"", "a"}) {
		t.Errorf("names not sorted: %q", n.Keys)
	}
	if empty, err := ParseStruct(nil, Limits{}); err != nil || empty.Kind != Object || len(empty.Items) != 0 {
		t.Errorf("no bytes are an empty Struct: %v %v", empty, err)
	}
}

func TestParseStructRefuses(t *testing.T) {
	member := func(key string, value []byte) []byte {
		return field(1, 2, append(field(1, 2, []byte(key)...), field(2, 2, value...)...)...)
	}
	join := func(parts ...[]byte) (b []byte) {
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	deep := func(n int) []byte {
		v := field(6, 2)
		for range n - 2 {
			v = field(6, 2, field(1, 2, v...)...)
		}
		return member("a", v)
	}
	str := field(3, 2, 's')
	for _, c := range []struct {
		name string
		pb   []byte
		want string
	}{
		{"another field", field(2, 2, 'x'), "damaged"},
		{"another wire type", field(1, 0, 1), "damaged"},
		{"group", []byte{0x0b, 0x0c}, "damaged"},
		{"cut short", member("a", str)[:6], "damaged"},
		{"length beyond the end", []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f}, "damaged"},
		{"length of 2^64-1", []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, "damaged"},
		{"varint of 11 bytes", []byte{0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, "damaged"},
		{"varint over 64 bits", []byte{0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}, "damaged"},
		{"twice", join(member("a", str), member("b", str), member("a", str)), "a: stands twice"},
		{"no value", field(1, 2, field(1, 2, 'a')...), "damaged"},
		{"value of no kind", member("a", nil), "a: not a google"},
		{"two values", field(1, 2, join(field(1, 2, 'a'), field(2, 2, str...), field(2, 2, str...))...), "damaged"},
		{"two keys", field(1, 2, join(field(1, 2, 'a'), field(1, 2, 'b'), field(2, 2, str...))...), "damaged"},
		{"two kinds", member("a", join(str, field(4, 0, 1))), "damaged"},
		{"unknown kind", member("a", field(7, 0, 1)), "damaged"},
		{"null of 1", member("a", field(1, 0, 1)), "damaged"},
		{"bool of 2", member("a", field(4, 0, 2)), "damaged"},
		{"short double", member("a", field(2, 1, 1, 2, 3)), "damaged"},
		{"NaN", member("a", encodeValue(math.NaN())), "a: the number is not finite"},
		{"infinity", member("a", encodeValue(math.Inf(-1))), "not finite"},
		{"UTF-8 in a string", member("a", field(3, 2, 0xff)), "UTF-8"},
		{"UTF-8 in a name", member("\xc0\xaf", str), "UTF-8"},
		{"in a list", member("a", field(6, 2, join(field(1, 2, str...), field(1, 2))...)), "a[1]: "},
		{"in a struct", member("a", field(5, 2, member("b.c", nil)...)), `a["b.c"]: `},
		{"deep", deep(33), "deeper than 32"},
	} {
		n, err := ParseStruct(c.pb, Limits{})
		if err == nil || n != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", c.name, n, err, c.want)
		}
	}
	if _, err := ParseStruct(deep(32), Limits{}); err != nil {
		t.Errorf("depth 32: %v", err)
	}
	two := join(member("a", str), member("b", str))
	if _, err := ParseStruct(two, Limits{Bytes: len(two), Nodes: 3}); err != nil {
		t.Error(err)
	}
	for _, lim := range []Limits{{Bytes: len(two) - 1}, {Nodes: 2}} {
		if _, err := ParseStruct(two, lim); err == nil {
			t.Errorf("%+v accepted", lim)
		}
	}
}

func TestStructNumbersAreJSON(t *testing.T) {
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1e21, 1e20, 1e-7, 1e-6, 1 << 53, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		n, err := ParseStruct(encodeStruct(map[string]any{"n": f}), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var got float64
		if err := json.Unmarshal([]byte(n.Get("n").Text), &got); err != nil || got != f || n.Get("n").Number != f {
			t.Errorf("%g: %q, %v", f, n.Get("n").Text, err)
		}
	}
}

func FuzzParseStruct(f *testing.F) {
	f.Add(encodeStruct(map[string]any{"a": []any{1.0, "x", nil, true, map[string]any{"b": -2.5}}, "c": false}), `{"a":1}`)
	f.Add([]byte{0x0a, 0x00}, `{"a":{"b":[1,"2",null,{"c":true}]}}`)
	f.Fuzz(func(t *testing.T, pb []byte, text string) {
		if n, err := ParseStruct(pb, Limits{}); err == nil {
			again, err := ParseStruct(encodeStruct(n.Any().(map[string]any)), Limits{})
			if err != nil || !reflect.DeepEqual(n.Any(), again.Any()) {
				t.Fatalf("encoding what was read gives %v, %v", again, err)
			}
		} else if n != nil {
			t.Fatal("a node and an error")
		}
		n, err := ParseJSON([]byte(text), Limits{})
		if err != nil || n.Kind != Object {
			return
		}
		m := n.Any().(map[string]any)
		got, err := ParseStruct(encodeStruct(m), Limits{})
		if err != nil || !reflect.DeepEqual(got.Any(), any(m)) {
			t.Fatalf("round trip of %s: %v, %v", text, got.Any(), err)
		}
	})
}
