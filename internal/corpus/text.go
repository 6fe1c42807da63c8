package corpus

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var repeats = regexp.MustCompile(`\$\{([^{}]+)\*([0-9]+)\}`)

// octets turns the text of a case into bytes: each character up to U+00FF is one byte, and ${x*3} is xxx.
func octets(s string) (string, error) {
	s = repeats.ReplaceAllStringFunc(s, func(m string) string {
		part := repeats.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[2])
		return strings.Repeat(part[1], n)
	})
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return "", fmt.Errorf("%q: write the bytes of this character as \\xNN", r)
		}
		b = append(b, byte(r))
	}
	return string(b), nil
}

func octetsOf(s *string) (*string, error) {
	if s == nil {
		return nil, nil
	}
	b, err := octets(*s)
	return &b, err
}

func headers(pairs [][2]string) ([]Header, error) {
	var list []Header
	for _, p := range pairs {
		name, err1 := octets(p[0])
		value, err2 := octets(p[1])
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		list = append(list, Header{name, value})
	}
	return list, nil
}

// wanted reads header expectations: a string is one line, a list is these lines, null is none.
func wanted(m map[string]any) (map[string]Lines, error) {
	if m == nil {
		return nil, nil
	}
	out := make(map[string]Lines, len(m))
	for name, v := range m {
		var lines Lines
		switch v := v.(type) {
		case nil:
		case string:
			lines = Lines{v}
		case []any:
			for _, item := range v {
				s, ok := item.(string)
				if !ok {
					return nil, fmt.Errorf("header %s: %v is not a string: quote it", name, item)
				}
				lines = append(lines, s)
			}
		default:
			return nil, fmt.Errorf("header %s: %v is not a string: quote it", name, v)
		}
		for i := range lines {
			var err error
			if lines[i], err = octets(lines[i]); err != nil {
				return nil, err
			}
		}
		out[strings.ToLower(name)] = lines
	}
	return out, nil
}

// line splits "GET /x" at its first space.
func line(s string) (method, target string, err error) {
	method, target, ok := strings.Cut(s, " ")
	if !ok {
		return "", "", fmt.Errorf("%q: write the method, a space and the target", s)
	}
	if method, err = octets(method); err != nil {
		return "", "", err
	}
	target, err = octets(target)
	return method, target, err
}
