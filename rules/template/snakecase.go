package template

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wordKind is what a word is made of.
type wordKind uint8

const (
	noWord        wordKind = iota
	digitWord              // numbers
	capitalWord            // a capital and small letters, or capitals
	letterWord             // small letters
	connectorWord          // hyphens, underscores, white space
	punctWord
	otherWord // CJK characters, symbols
)

// words reads a text word by word.
type words struct {
	rest string
	kind wordKind
	text string // the word read last
}

// next reads a word; its kind is noWord at the end.
func (w *words) next() {
	s := w.rest
	if s == "" {
		w.kind, w.text = noWord, ""
		return
	}
	first, end := utf8.DecodeRuneInString(s)
	w.kind = kindOfRune(first)
	kind := w.kind
	if kind == capitalWord {
		second, _ := utf8.DecodeRuneInString(s[end:])
		switch {
		case end == len(s):
		case unicode.IsUpper(second):
			end = capitalsEnd(s)
			w.text, w.rest = s[:end], s[end:]
			return
		case isAlphabet(second):
			kind = letterWord
		default:
			w.text, w.rest = s[:end], s[end:]
			return
		}
	}
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		// Hyphens and underscores are punctuation, too.
		if kindOfRune(r) != kind && !(kind == punctWord && unicode.IsPunct(r)) {
			break
		}
		end += size
	}
	w.text, w.rest = s[:end], s[end:]
}

// capitalsEnd is where a word of capitals ends: before the last if a small letter
// follows it, which begins the next word.
func capitalsEnd(s string) int {
	last := 0
	for i, r := range s {
		if !unicode.IsUpper(r) {
			if isAlphabet(r) {
				return last
			}
			return i
		}
		last = i
	}
	return len(s)
}

func kindOfRune(r rune) wordKind {
	switch {
	case isConnector(r):
		return connectorWord
	case unicode.IsPunct(r):
		return punctWord
	case unicode.IsUpper(r):
		return capitalWord
	case isAlphabet(r):
		return letterWord
	case unicode.IsNumber(r):
		return digitWord
	}
	return otherWord
}

// isAlphabet says what a letter is that is no Chinese character.
func isAlphabet(r rune) bool {
	return unicode.IsLetter(r) && !(r >= 0x4E00 && r <= 0x9FCC || r >= 0x3400 && r <= 0x4D85 || r >= 0x20000 && r <= 0x2B81D)
}

// joinWords writes the words of s in small letters with connectors between them.
// A number belongs to the word before it, unless letters follow: `http2xx` is
// `http_2xx`, `Bld4Floor` is `bld4_floor`.
func joinWords(s string, connector rune) (any, error) {
	// Sprig cuts words at broken UTF-8 and at the character that stands for it.
	if strings.ContainsRune(s, utf8.RuneError) {
		return nil, constError("the text is not UTF-8")
	}
	var b strings.Builder
	write := func(kind wordKind, text string) {
		if kind != capitalWord && kind != connectorWord {
			b.WriteString(text)
			return
		}
		for _, r := range text {
			switch {
			case isConnector(r):
				r = connector
			case unicode.IsUpper(r):
				r = unicode.ToLower(r)
			}
			b.WriteRune(r)
		}
	}
	w := words{rest: s}
	w.next()
	// tail writes letters and numbers that follow a number, and then a connector if
	// one is not there.
	tail := func() {
		for w.kind == letterWord || w.kind == digitWord {
			write(w.kind, w.text)
			w.next()
		}
		if w.kind != noWord && w.kind != punctWord && w.kind != connectorWord {
			b.WriteRune(connector)
		}
	}
	for w.rest != "" {
		before := w
		if before.kind != connectorWord {
			write(before.kind, before.text)
		}
		w.next()
		switch before.kind {
		case digitWord:
			tail()
			continue
		case connectorWord:
			write(connectorWord, before.text)
			continue
		case punctWord:
			continue
		}
		if w.kind != digitWord {
			if w.kind != connectorWord && w.kind != punctWord {
				b.WriteRune(connector)
			}
			continue
		}
		if w.rest == "" {
			continue
		}
		number := w.text
		w.next()
		if w.kind == letterWord {
			b.WriteRune(connector)
			write(digitWord, number)
			tail()
			continue
		}
		write(digitWord, number)
		if w.kind != connectorWord && w.kind != punctWord {
			b.WriteRune(connector)
		}
	}
	write(w.kind, w.text)
	return b.String(), nil
}
