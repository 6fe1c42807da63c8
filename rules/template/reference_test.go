package template_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/Masterminds/sprig/v3"

	"oathgate/rules/template"
)

// reference is Oathkeeper's session, which text/template executes.
type reference struct {
	Subject      string                `json:"subject"`
	Extra        map[string]any        `json:"extra"`
	Header       http.Header           `json:"header"`
	MatchContext referenceMatchContext `json:"match_context"`
}

type referenceMatchContext struct {
	RegexpCaptureGroups []string    `json:"regexp_capture_groups"`
	URL                 *url.URL    `json:"url"`
	Method              string      `json:"method"`
	Header              http.Header `json:"header"`
}

// oathkeeper executes a template as Oathkeeper does (x/template.go).
func oathkeeper(text string, data *reference) (out string, err error) {
	t, err := texttemplate.New("t").Option("missingkey=zero").Funcs(texttemplate.FuncMap{
		"print": func(v any) string {
			if v == nil {
				return ""
			}
			return fmt.Sprintf("%v", v)
		},
		"printIndex": func(v any, i int) string {
			if v == nil {
				return ""
			}
			if l := reflect.ValueOf(v); l.Kind() == reflect.Slice && i < l.Len() {
				return fmt.Sprintf("%v", l.Index(i))
			}
			return ""
		},
	}).Funcs(sprig.TxtFuncMap()).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, data)
	return b.String(), err
}

// session is the same data as our templates see it.
type session struct{ r *reference }

func (s session) Field(name string) (any, bool) {
	switch name {
	case "Subject":
		return s.r.Subject, true
	case "Extra":
		return s.r.Extra, true
	case "Header":
		return headerMap(s.r.Header), true
	case "MatchContext":
		return matchContext{&s.r.MatchContext}, true
	}
	return nil, false
}

func (s session) StringField(name string) (string, bool) {
	if name == "Subject" {
		return s.r.Subject, true
	}
	return "", false
}

func (s session) JSON() any {
	return template.Record{
		{Name: "subject", Value: s.r.Subject},
		{Name: "extra", Value: s.r.Extra},
		{Name: "header", Value: headerMap(s.r.Header)},
		{Name: "match_context", Value: matchContext{&s.r.MatchContext}},
	}
}

type matchContext struct{ r *referenceMatchContext }

func (m matchContext) Field(name string) (any, bool) {
	switch name {
	case "RegexpCaptureGroups":
		return m.r.RegexpCaptureGroups, true
	case "URL":
		u := m.r.URL
		return &template.URL{
			Scheme: u.Scheme, Opaque: u.Opaque, Host: u.Host, Path: u.Path, RawPath: u.RawPath,
			RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment,
			ForceQuery: u.ForceQuery, OmitHost: u.OmitHost,
		}, true
	case "Method":
		return m.r.Method, true
	case "Header":
		return headerMap(m.r.Header), true
	}
	return nil, false
}

func (m matchContext) StringsField(name string) ([]string, bool) {
	if name == "RegexpCaptureGroups" {
		return m.r.RegexpCaptureGroups, true
	}
	return nil, false
}

func (m matchContext) JSON() any {
	return template.Record{
		{Name: "regexp_capture_groups", Value: m.r.RegexpCaptureGroups},
		{Name: "url", Value: field(m, "URL")},
		{Name: "method", Value: m.r.Method},
		{Name: "header", Value: headerMap(m.r.Header)},
	}
}

func field(o template.Object, name string) any {
	v, _ := o.Field(name)
	return v
}

// headerMap gives the lines with their names in lower case, as Envoy does.
func headerMap(h http.Header) *template.HeaderMap {
	if h == nil {
		return template.NewHeaderMap(nil)
	}
	return template.NewHeaderMap(func(yield func(string, string) bool) {
		for name, values := range h {
			for _, value := range values {
				if !yield(strings.ToLower(name), value) {
					return
				}
			}
		}
	})
}

// Local is UTC here.
func init() { time.Local = time.UTC }

// samples are sessions of many kinds.
func samples() []*reference {
	decode := func(s string) map[string]any {
		var m map[string]any
		if err := json.Unmarshal([]byte(s), &m); err != nil {
			panic(err)
		}
		return m
	}
	parse := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			panic(err)
		}
		return u
	}
	return []*reference{
		{
			Subject: "alice",
			Extra: decode(`{"a":{"b":[1,"two",null,true]},"s":"x<y>&'\"z","n":7,"exp":2224022400,"pi":3.14159,"big":1e21,"small":1e-7,
				"t":true,"f":false,"nil":null,"list":["c","a","b","a"],"mixed":[1,"1",1,null,{"k":"v"},[]],"empty":{},"none":[],"str0":"",
				"identity":{"traits":{"email":"alice@example.test","groups":["g1","g2"],"name":{"first":"A","last":"Z"}}},
				"https://x.test/claim":"c","u":"héllo wörld ünïcode ☃","json":"{\"q\":[1,2,{\"z\":null}]}","role":"admin user"}`),
			Header: http.Header{"X-A": {"1", "2"}, "X-B": {"b"}},
			MatchContext: referenceMatchContext{
				RegexpCaptureGroups: []string{"seg1", "seg2"},
				URL:                 parse("http://app.test/seg1/seg2?q=a%20b&z=1&q=c&bad=%zz&a;b=1&p=x+y"),
				Method:              "GET",
				Header:              http.Header{"X-In": {"one", "two"}, "Accept": {"*/*"}},
			},
		},
		{
			MatchContext: referenceMatchContext{
				RegexpCaptureGroups: nil,
				URL:                 parse("https://[2001:db8::1]:8443/a%2Fb/c%20d?"),
				Method:              "POST",
				Header:              http.Header{},
			},
		},
		{
			Subject: "böb \x00\xff \u2028 <b>\"q\"</b>\n2nd\ttab",
			Extra:   decode(`{"a":"plain","s":12,"list":[3,1,2],"n":-3.5,"identity":{"traits":null},"exp":"1e3","role":["r1"],"t":0,"u":"08.00"}`),
			Header:  http.Header{},
			MatchContext: referenceMatchContext{
				RegexpCaptureGroups: []string{"", "ü", "a b"},
				URL:                 parse("http://u.test:80//x/../y;p=1"),
				Method:              "DELETE",
				Header:              http.Header{"X-In": {""}},
			},
		},
	}
}
