package tree

import "testing"

// What is written differently and may be read differently stands for itself only.
func TestAppendExact(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{
		`null`, `true`, `false`, `0`, `1`, `1.0`, `""`, `"1"`, `"a"`, `"ab"`, `[]`, `{}`, `[null]`, `[[]]`, `[[],[]]`, `[[[]]]`, `["a","b"]`, `["ab"]`, `["a","b",""]`,
		`{"a":null}`, `{"a":"b"}`, `{"a":["b"]}`, `{"ab":""}`, `{"a":{"b":1}}`, `{"a":{},"b":1}`, `{"a":1,"b":2}`, `{"b":2,"a":1}`, `["a",["b"]]`, `[["a"],"b"]`,
	} {
		n, err := ParseJSON([]byte(text), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		exact := string(n.AppendExact(nil))
		if other, ok := seen[exact]; ok {
			t.Errorf("%s and %s are the same", text, other)
		}
		seen[exact] = text
		again, err := ParseJSON([]byte(" "+text+"\n"), Limits{})
		if err != nil || string(again.AppendExact(nil)) != exact {
			t.Errorf("%s is not the same twice", text)
		}
	}
}
