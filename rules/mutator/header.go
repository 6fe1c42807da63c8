package mutator

import (
	"strings"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

// header sets request headers from templates
// (pipeline/mutate/mutator_header.go).
type header struct {
	headers []headerTemplate
}

type headerTemplate struct {
	name     string
	template *template.Template
}

func newHeader(b *pipeline.Build) pipeline.Mutator {
	m := &header{}
	o := b.Config.Object()
	headers := o.Field("headers").Require("an object of header names and templates")
	headers.Members(func(name string, value tree.Cursor) {
		text := value.String()
		name = strings.ToLower(name)
		if !b.SetsHeader(name, value) {
			return
		}
		if t := b.Template(name, text, value); t != nil {
			m.headers = append(m.headers, headerTemplate{name: name, template: t})
		}
	})
	o.Done()
	b.Traits.Forgets = true
	return m
}

func (m *header) Mutate(x *pipeline.Exchange) error {
	for i := range m.headers {
		h := &m.headers[i]
		value, err := h.template.Execute(&x.Session)
		if err != nil {
			return pipeline.Internal("error executing headers template of " + h.name + ": " + err.Error())
		}
		if !request.IsValue(value) {
			return pipeline.Internal("the template of header " + h.name + " gave a line break or control character")
		}
		x.Session.Header.Set(h.name, value)
	}
	return nil
}
