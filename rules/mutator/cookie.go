package mutator

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

// cookie sets cookies of the request from templates; the client's others stay
// behind them (pipeline/mutate/mutator_cookie.go).
type cookie struct {
	cookies []cookieTemplate
}

type cookieTemplate struct {
	name     string
	template *template.Template
}

func newCookie(b *pipeline.Build) pipeline.Mutator {
	m := &cookie{}
	o := b.Config.Object()
	cookies := o.Field("cookies").Require("an object of cookie names and templates")
	cookies.Members(func(name string, value tree.Cursor) {
		text := value.String()
		if !request.IsToken(name) {
			value.Fail("is not a cookie's name (RFC 6265 section 4.1.1)")
			return
		}
		if t := b.Template(name, text, value); t != nil {
			m.cookies = append(m.cookies, cookieTemplate{name: name, template: t})
		}
	})
	b.Traits.SetsHeaders = append(b.Traits.SetsHeaders, "cookie")
	o.Done()
	return m
}

func (m *cookie) Mutate(x *pipeline.Exchange) error {
	var line []byte
	for i := range m.cookies {
		c := &m.cookies[i]
		value, err := c.template.Execute(&x.Session)
		if err != nil {
			return pipeline.Internal("error executing cookie template of " + c.name + ": " + err.Error())
		}
		line = request.AppendCookie(line, request.Cookie{Name: c.name, Value: value})
	}
	sent := x.Request.Headers.Get("cookie")
	if x.Session.Noop && x.Session.Header.Has("cookie") {
		sent = x.Session.Header.Get("cookie")
	}
	for _, c := range request.ParseCookies(sent) {
		if !m.sets(c.Name) {
			line = request.AppendCookie(line, c)
		}
	}
	x.Session.Header.Set("cookie", string(line))
	return nil
}

func (m *cookie) sets(name string) bool {
	for i := range m.cookies {
		if m.cookies[i].name == name {
			return true
		}
	}
	return false
}
