package program

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"oathgate/rules"
)

// listing is the rules as Oathkeeper's API shows them, in document order: one text
// for all, so that thousands of them are nothing to the garbage collector.
type listing struct {
	text []byte
	ends []int
	ids  []string
}

// release is the version that rules have whose version is given: that of the
// Oathkeeper whose behaviour this is.
const release = "master"

func (l *listing) add(r *rules.Rule) {
	b := append(l.text, `{"id":`...)
	id := r.ID
	if r.Unnamed {
		id = ""
	}
	b = gjson.AppendJSONString(b, id)
	b = append(b, `,"version":`...)
	version := ""
	if r.Version != "" {
		version = release
	}
	b = gjson.AppendJSONString(b, version)
	b = append(b, `,"description":`...)
	b = gjson.AppendJSONString(b, r.Description)
	b = append(b, `,"match":{`...)
	if r.RPC {
		b = append(b, `"authority":`...)
		b = gjson.AppendJSONString(b, r.Authority)
		b = append(b, `,"full_method":`...)
		b = gjson.AppendJSONString(b, r.FullMethod)
	} else {
		b = append(b, `"methods":[`...)
		for i, m := range r.Methods {
			if i > 0 {
				b = append(b, ',')
			}
			b = gjson.AppendJSONString(b, m)
		}
		b = append(b, `],"url":`...)
		b = gjson.AppendJSONString(b, r.URL)
	}
	b = append(b, `},"authenticators":`...)
	b = appendRefs(b, r.Authenticators)
	b = append(b, `,"authorizer":`...)
	b = appendRef(b, &r.Authorizer)
	b = append(b, `,"mutators":`...)
	b = appendRefs(b, r.Mutators)
	b = append(b, `,"errors":`...)
	b = appendRefs(b, r.Errors)
	b = append(b, `,"upstream":{"preserve_host":`...)
	b = strconv.AppendBool(b, r.Upstream.PreserveHost)
	b = append(b, `,"strip_path":`...)
	b = gjson.AppendJSONString(b, r.Upstream.StripPath)
	b = append(b, `,"url":`...)
	b = gjson.AppendJSONString(b, r.Upstream.URL)
	l.text = append(b, "}}"...)
	l.ends = append(l.ends, len(l.text))
	l.ids = append(l.ids, id)
}

func appendRefs(b []byte, refs []rules.HandlerRef) []byte {
	if refs == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range refs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRef(b, &refs[i])
	}
	return append(b, ']')
}

func appendRef(b []byte, ref *rules.HandlerRef) []byte {
	b = append(b, `{"handler":`...)
	b = gjson.AppendJSONString(b, ref.Handler)
	b = append(b, `,"config":`...)
	from := len(b)
	b = ref.Config.AppendJSON(b)
	return append(withoutKeys(b, from), '}')
}

// withoutKeys cuts what follows inline:// in the strings of b that start at from or
// later: such a URL holds a key set (token.InlineURL), and keys may be private.
func withoutKeys(b []byte, from int) []byte {
	const start = `"inline://`
	for {
		i := bytes.Index(b[from:], []byte(start))
		if i < 0 {
			return b
		}
		from += i + len(start)
		b = slices.Delete(b, from, from+bytes.IndexByte(b[from:], '"'))
	}
}

// Listed is the number of rules that ListedRule gives: all, in the role decision.
func (p *Program) Listed() int { return len(p.listing.ends) }

// ListedRule gives rule i in document order as the JSON that Oathkeeper's API
// shows, nil if there is none.
func (p *Program) ListedRule(i int) []byte {
	l := &p.listing
	if i < 0 || i >= len(l.ends) {
		return nil
	}
	start := 0
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.text[start:l.ends[i]]
}

// FindListed gives the place of the first rule with an id, -1 if none has it. A
// rule without an id has the id "".
func (p *Program) FindListed(id string) int { return slices.Index(p.listing.ids, id) }
