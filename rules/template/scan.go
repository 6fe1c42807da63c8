package template

import "strings"

// scan bounds what text/template/parse, which is recursive, is given: the
// nesting of blocks and parentheses.
func scan(text string) error {
	if len(text) > MaxText {
		return constError("the template is longer than 64 KiB")
	}
	blocks, elses, actions := 0, 0, 0
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "{{")
		if !found {
			return nil
		}
		if actions++; actions > maxActions {
			return constError("the template has more than 2000 actions")
		}
		word := strings.TrimLeft(strings.TrimPrefix(after, "-"), " \t\r\n")
		switch {
		case hasWord(word, "if"), hasWord(word, "range"), hasWord(word, "with"), hasWord(word, "block"), hasWord(word, "define"):
			blocks++
		case hasWord(word, "end"):
			blocks--
		case hasWord(word, "else"):
			elses++
		}
		if blocks > maxNesting || elses > maxElse {
			return constError("the template nests its blocks too deeply")
		}
		end, deep := action(after)
		if deep {
			return constError("the template nests its parentheses too deeply")
		}
		rest = after[end:]
	}
}

func hasWord(s, word string) bool {
	rest, ok := strings.CutPrefix(s, word)
	return ok && (rest == "" || !letter(rest[0]))
}

func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// action gives the length of the action that s starts with, delimiter
// excluded, and whether its parentheses nest too deeply.
func action(s string) (end int, deep bool) {
	if c := strings.TrimLeft(strings.TrimPrefix(s, "-"), " \t\r\n"); strings.HasPrefix(c, "/*") {
		if i := strings.Index(s, "*/"); i >= 0 {
			return i, false
		}
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'', '`':
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && c != '`' {
					i++
				}
			}
		case '(':
			if depth++; depth > maxNesting {
				return 0, true
			}
		case ')':
			depth--
		case '}':
			if i+1 < len(s) && s[i+1] == '}' {
				return i, false
			}
		}
	}
	return len(s), false
}
