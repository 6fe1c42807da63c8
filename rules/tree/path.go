package tree

import "strconv"

// pathKey spells a member name as a path element: itself where it is a plain
// name, ["…"] otherwise.
func pathKey(key string) string {
	plain := key != ""
	for i := 0; i < len(key) && plain; i++ {
		c := key[i]
		plain = c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	if plain {
		return key
	}
	return "[" + strconv.Quote(key) + "]"
}

func pathIndex(i int) string { return "[" + strconv.Itoa(i) + "]" }

func joinPath(path, element string) string {
	if path == "" || element == "" || element[0] == '[' {
		return path + element
	}
	return path + "." + element
}
