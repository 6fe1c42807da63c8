//go:build !wasip1

package tree

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	jsonInt    = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	yamlFloat  = regexp.MustCompile(`^[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	looseFloat = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// plain resolves an unquoted word as Oathkeeper's reader of rule files does
// (ghodss/yaml on yaml.v2, YAML 1.1): yes, no, on, off, y, n are booleans.
// Numbers that YAML 1.1 and 1.2 read differently, or that JSON cannot write,
// give a message instead.
func plain(word string) (n Node, refusal string) {
	switch word {
	case "", "~", "null", "Null", "NULL":
		return n, ""
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return Node{Kind: Bool, Bool: true, Text: word}, ""
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return Node{Kind: Bool, Text: word}, ""
	}
	switch strings.ToLower(strings.TrimLeft(word, "+-")) {
	case ".inf", ".nan":
		return n, "is not a finite number; put it in quotes if it is text"
	}
	if !strings.ContainsRune("+-.0123456789", rune(word[0])) {
		return Node{Kind: String, Text: word}, ""
	}
	if yamlFloat.MatchString(word) {
		f, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return n, "the number is too large; put it in quotes if it is text"
		}
		if refused := n.setNumber(f); refused != nil {
			return n, refused.Message
		}
		if jsonNumber.MatchString(word) {
			n.Text = word
		}
		return n, ""
	}
	if loose := strings.ReplaceAll(word, "_", ""); loose != "" && isLooseNumber(loose) {
		return n, "readers of YAML disagree on this number; write it in plain decimal, or in quotes if it is text"
	}
	return Node{Kind: String, Text: word}, ""
}

// isLooseNumber: octal, hexadecimal, binary, and leading zeros.
func isLooseNumber(s string) bool {
	if looseFloat.MatchString(s) {
		return true
	}
	if _, err := strconv.ParseInt(s, 0, 64); err == nil {
		return true
	}
	_, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 0, 64)
	return err == nil
}
