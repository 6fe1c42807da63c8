package request

import (
	"net/url"
	gopath "path"
	"regexp"
	"strings"
)

// servers are ways in which servers are known to read a raw path, written with
// other means than the package's own and independently of it: each gives the
// path without a trailing slash.
var servers = map[string]func(raw string) string{
	"net/url and path.Clean": func(raw string) string { return gopath.Clean(unescapePath(raw)) },
	"a server that decodes twice": func(raw string) string {
		return gopath.Clean(lenient(unescapePath(raw)))
	},
	"a server that decodes until nothing changes": func(raw string) string {
		for lenient(raw) != raw {
			raw = lenient(raw)
		}
		return gopath.Clean(raw)
	},
	"a server on Windows": func(raw string) string {
		return gopath.Clean(strings.ReplaceAll(unescapePath(raw), `\`, "/"))
	},
	"a servlet container": func(raw string) string {
		return gopath.Clean(unescapePath(parameters.ReplaceAllString(raw, "")))
	},
	"a framework that strips parameters late": func(raw string) string {
		return tidy(parameters.ReplaceAllString(gopath.Clean(unescapePath(raw)), ""))
	},
	"a server that cuts parameters after decoding": func(raw string) string {
		return gopath.Clean(parameters.ReplaceAllString(unescapePath(raw), ""))
	},
	"a C program": func(raw string) string {
		path, _, _ := strings.Cut(unescapePath(raw), "\x00")
		return gopath.Clean(path)
	},
	"a server that keeps encoded slashes": func(raw string) string {
		return gopath.Clean(unescapePath(encodedSlash.ReplaceAllString(raw, "%252F")))
	},
	"a server that removes dot segments first": func(raw string) string {
		return mergeSlashes.ReplaceAllString(tidy(unescapePath(gopath.Clean(raw))), "/")
	},
	"a lenient UTF-8 decoder": func(raw string) string {
		return gopath.Clean(decodeOverlongs(unescapePath(raw)))
	},
	"a decoder that skips invalid UTF-8": func(raw string) string {
		return gopath.Clean(strings.ToValidUTF8(unescapePath(raw), ""))
	},
}

var (
	parameters   = regexp.MustCompile(`;[^/]*`)
	encodedSlash = regexp.MustCompile(`(?i)%2f`)
	mergeSlashes = regexp.MustCompile(`//+`)
	escape       = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	overlongs    = regexp.MustCompile(`[\x{c0}\x{c1}][\x{80}-\x{bf}]|\x{e0}[\x{80}-\x{9f}][\x{80}-\x{bf}]|\x{f0}[\x{80}-\x{8f}][\x{80}-\x{bf}]{2}`)
)

func unescapePath(raw string) string {
	p, err := url.PathUnescape(raw)
	if err != nil {
		panic(err)
	}
	return p
}

func lenient(s string) string {
	return escape.ReplaceAllStringFunc(s, unescapePath)
}

// tidy takes trailing slashes away.
func tidy(p string) string {
	if p = strings.TrimRight(p, "/"); p == "" {
		return "/"
	}
	return p
}

// decodeOverlongs works on a string that has one character for each byte.
func decodeOverlongs(s string) string {
	var wide, narrow []rune
	for _, b := range []byte(s) {
		wide = append(wide, rune(b))
	}
	for _, r := range overlongs.ReplaceAllStringFunc(string(wide), func(seq string) string {
		var value rune
		for _, r := range []rune(seq)[1:] {
			value = value*64 + r%64
		}
		if len([]rune(seq)) == 2 {
			value += []rune(seq)[0] % 32 * 64
		}
		for _, b := range []byte(string(value)) {
			narrow = append(narrow, rune(b))
		}
		out := string(narrow)
		narrow = nil
		return out
	}) {
		narrow = append(narrow, r)
	}
	out := make([]byte, len(narrow))
	for i, r := range narrow {
		out[i] = byte(r)
	}
	return string(out)
}
