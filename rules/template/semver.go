package template

import (
	"strconv"
	"strings"
)

// semverFunctions are Sprig's functions for versions (semver.go,
// Masterminds/semver).
var semverFunctions = [...]function{
	{"semver", "s", func(_ *state, a []any) (any, error) {
		v, err := parseVersion(a[0].(string))
		if err != nil {
			return nil, err
		}
		return v, nil
	}},
	{"semverCompare", "ss", func(s *state, a []any) (any, error) {
		alternatives, err := parseConstraints(a[0].(string))
		if err != nil {
			return nil, err
		}
		v, err := parseVersion(a[1].(string))
		if err != nil {
			return nil, err
		}
		for _, all := range alternatives {
			if holdsFor(all, v) {
				return true, nil
			}
		}
		return false, s.work(len(a[0].(string)) / 16)
	}},
}

// version is a *semver.Version: a version of Semantic Versioning 2.0.0, of which
// minor and patch may be left out.
type version struct {
	major, minor, patch     uint64
	pre, metadata, original string
}

const (
	errVersion    = constError("the text is no semantic version")
	errConstraint = constError("the text is no constraint of versions")
)

// Field gives no field.
func (*version) Field(string) (any, bool) { return nil, false }

// String is the version with all three numbers.
func (v *version) String() string {
	s := strconv.FormatUint(v.major, 10) + "." + strconv.FormatUint(v.minor, 10) + "." + strconv.FormatUint(v.patch, 10)
	if v.pre != "" {
		s += "-" + v.pre
	}
	if v.metadata != "" {
		s += "+" + v.metadata
	}
	return s
}

// JSON gives the version as a text.
func (v *version) JSON() any { return v.String() }

// Call gives the parts of a version. The numbers are int64, in Sprig uint64.
func (v *version) Call(method string, args []any) (any, error) {
	var r any
	var n uint64
	switch method {
	case "Major":
		n = v.major
	case "Minor":
		n = v.minor
	case "Patch":
		n = v.patch
	case "Prerelease":
		r = v.pre
	case "Metadata":
		r = v.metadata
	case "Original":
		r = v.original
	case "String":
		r = v.String()
	default:
		return nil, constError("the method " + method + " of a version is not supported")
	}
	if r == nil {
		if int64(n) < 0 {
			return nil, constError("a number over 2^63 is not supported")
		}
		r = int64(n)
	}
	return r, noArgs(args)
}

// parts are a version cut at its signs: up to three numbers, or in a constraint
// also wildcards.
type parts struct {
	numbers       []string
	pre, metadata string
}

// cutVersion reads a version from the beginning of s.
func cutVersion(s, numberChars string) (p parts, rest string) {
	s = strings.TrimPrefix(s, "v")
	for len(p.numbers) < 3 {
		n := prefixOf(s, numberChars)
		if n == 0 {
			break
		}
		p.numbers = append(p.numbers, s[:n])
		s = s[n:]
		if len(p.numbers) == 3 || len(s) < 2 || s[0] != '.' || strings.IndexByte(numberChars, s[1]) < 0 {
			break
		}
		s = s[1:]
	}
	p.pre, s = cutIdentifiers(s, '-')
	p.metadata, s = cutIdentifiers(s, '+')
	return p, s
}

// prefixOf is how many bytes of s are of chars.
func prefixOf(s, chars string) int { return len(s) - len(strings.TrimLeft(s, chars)) }

const (
	digitsOfVersion  = "0123456789"
	lettersOfVersion = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-" + digitsOfVersion
)

// cutIdentifiers reads identifiers with dots between them behind a sign.
func cutIdentifiers(s string, sign byte) (identifiers, rest string) {
	if len(s) < 2 || s[0] != sign {
		return "", s
	}
	end := 1
	for {
		n := prefixOf(s[end:], lettersOfVersion)
		if n == 0 {
			if end == 1 {
				return "", s
			}
			return s[1 : end-1], s[end-1:]
		}
		end += n
		if end == len(s) || s[end] != '.' {
			return s[1:end], s[end:]
		}
		end++
	}
}

func parseVersion(s string) (*version, error) {
	p, rest := cutVersion(s, digitsOfVersion)
	if rest != "" {
		return nil, errVersion
	}
	v, err := p.version()
	if err != nil {
		return nil, err
	}
	v.original = s
	return v, nil
}

func (p *parts) version() (*version, error) {
	if len(p.numbers) == 0 {
		return nil, errVersion
	}
	v := &version{pre: p.pre, metadata: p.metadata}
	for i, to := range [...]*uint64{&v.major, &v.minor, &v.patch} {
		if i < len(p.numbers) {
			var err error
			if *to, err = strconv.ParseUint(p.numbers[i], 10, 64); err != nil {
				return nil, errVersion
			}
		}
	}
	for _, id := range strings.Split(v.pre, ".") {
		if len(id) > 1 && id[0] == '0' && strings.Trim(id, digitsOfVersion) == "" {
			return nil, errVersion
		}
	}
	return v, nil
}

// compareVersions is -1, 0 or 1 as v is older than w, equal or newer
// (SemVer section 11).
func compareVersions(v, w *version) int {
	for _, pair := range [...][2]uint64{{v.major, w.major}, {v.minor, w.minor}, {v.patch, w.patch}} {
		if pair[0] != pair[1] {
			return sign(pair[0] > pair[1])
		}
	}
	switch {
	case v.pre == w.pre:
		return 0
	case v.pre == "" || w.pre == "":
		return sign(v.pre == "")
	}
	return comparePre(v.pre, w.pre)
}

func sign(more bool) int {
	if more {
		return 1
	}
	return -1
}

func comparePre(v, w string) int {
	for v != "" || w != "" {
		var a, b string
		a, v, _ = strings.Cut(v, ".")
		b, w, _ = strings.Cut(w, ".")
		if a == b {
			continue
		}
		if a == "" || b == "" {
			return sign(b == "")
		}
		x, errX := strconv.ParseUint(a, 10, 64)
		y, errY := strconv.ParseUint(b, 10, 64)
		switch {
		case errX != nil && errY != nil:
			return sign(a > b)
		case errX != nil || errY != nil:
			return sign(errX != nil)
		}
		return sign(x > y)
	}
	return 0
}
