package template

import "sort"

// absent is a nil that a map or list holds, before a pipeline ends: a field of
// it is an error, whereas a field of nil is nil again. text/template makes the
// same difference, between an interface that holds nil and no value.
type absent struct{}

//go:noinline
func plain(v any) any {
	if _, ok := v.(absent); ok {
		return nil
	}
	return v
}

// element is v as what a map or list holds.
//
//go:noinline
func element(v any) any {
	if v == nil {
		return absent{}
	}
	return v
}

// truth is what if and with test.
//
//go:noinline
func truth(v any) bool {
	switch v := v.(type) {
	case nil, absent, nobody:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int:
		return v != 0
	case int64:
		return v != 0
	case uint8:
		return v != 0
	case float64:
		return v != 0
	}
	if n, ok := listLen(v); ok {
		return n > 0
	}
	if n, ok := mapLen(v); ok {
		return n > 0
	}
	return true
}

// typeName is the type of v in Go's notation.
//
//go:noinline
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "<nil>"
	case absent:
		return "interface {}"
	case bool:
		return "bool"
	case int:
		return "int"
	case int64:
		return "int64"
	case uint8:
		return "uint8"
	case float64:
		return "float64"
	case string:
		return "string"
	case []any:
		return "[]interface {}"
	case []string:
		return "[]string"
	case []int:
		return "[]int"
	case [][]any:
		return "[][]interface {}"
	case map[string]any:
		return "map[string]interface {}"
	case map[string]string:
		return "map[string]string"
	case *HeaderMap:
		return "http.Header"
	case *Values:
		return "url.Values"
	case *URL:
		return "*url.URL"
	case nobody:
		return "*url.Userinfo"
	case instant:
		return "time.Time"
	case *version:
		return "*semver.Version"
	}
	return "object"
}

// kindName is reflect's name of v's kind.
//
//go:noinline
func kindName(v any) string {
	switch v.(type) {
	case nil, absent:
		return "invalid"
	case []any, []string, []int, [][]any:
		return "slice"
	case map[string]any, map[string]string, *HeaderMap, *Values:
		return "map"
	case *URL, *version, nobody:
		return "ptr"
	case instant:
		return "struct"
	}
	return typeName(v)
}

//go:noinline
func isScalar(v any) bool {
	switch v.(type) {
	case bool, int, int64, uint8, float64, string:
		return true
	}
	return false
}

// listLen is the length of a list; ok is false if v is none.
//
//go:noinline
func listLen(v any) (n int, ok bool) {
	switch v := v.(type) {
	case []any:
		return len(v), true
	case []string:
		return len(v), true
	case []int:
		return len(v), true
	case [][]any:
		return len(v), true
	}
	return 0, false
}

// listAt is element i of a list.
//
//go:noinline
func listAt(v any, i int) any {
	switch v := v.(type) {
	case []any:
		return v[i]
	case []string:
		return v[i]
	case []int:
		return v[i]
	case [][]any:
		return v[i]
	}
	return nil
}

// mapLen is the size of a map; ok is false if v is none.
//
//go:noinline
func mapLen(v any) (n int, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		return len(v), true
	case map[string]string:
		return len(v), true
	case *HeaderMap:
		return len(v.keys()), true
	case *Values:
		return len(v.keys()), true
	}
	return 0, false
}

// mapKeys are a map's keys, sorted.
//
//go:noinline
func mapKeys(v any) []string {
	var keys []string
	switch v := v.(type) {
	case map[string]any:
		keys = make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
	case map[string]string:
		keys = make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
	case *HeaderMap:
		keys = v.keys()
	case *Values:
		keys = v.keys()
	}
	sortStrings(keys)
	return keys
}

// mapAt is a map's value for key, or for an absent key the zero value of its
// type: absent for map[string]any.
//
//go:noinline
func mapAt(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		return element(v[key])
	case map[string]string:
		return v[key]
	case *HeaderMap:
		return v.at(key)
	case *Values:
		return v.at(key)
	}
	return nil
}

// isNil says that v is nil or a nil list, map or pointer.
//
//go:noinline
func isNil(v any) bool {
	switch v := v.(type) {
	case nil, absent, nobody:
		return true
	case []any:
		return v == nil
	case []string:
		return v == nil
	case []int:
		return v == nil
	case [][]any:
		return v == nil
	case map[string]any:
		return v == nil
	case map[string]string:
		return v == nil
	case *HeaderMap:
		return v.none()
	}
	return false
}

// sortStrings sorts as the rest of the module does, with sort.Stable: each other
// sort would be 12 KB more of it.
func sortStrings(s []string) { sort.Stable(sort.StringSlice(s)) }
