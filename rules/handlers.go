package rules

import "oathgate/rules/tree"

// The handlers that Oathkeeper's configuration schema knows
// (spec/config.schema.json).
var (
	authenticators = [...]string{"anonymous", "bearer_token", "cookie_session", "jwt", "noop", "oauth2_client_credentials", "oauth2_introspection", "unauthorized"}
	authorizers    = [...]string{"allow", "deny", "keto_engine_acp_ory", "remote", "remote_json"}
	mutators       = [...]string{"cookie", "header", "hydrator", "id_token", "noop"}
	errorHandlers  = [...]string{"json", "redirect", "www_authenticate"}
)

// takesConfig: the others know no key, and Oathkeeper's schema no config.
func takesConfig(handler string) bool {
	switch handler {
	case "noop", "unauthorized", "allow", "deny":
		return false
	}
	return true
}

func (d *decoder) handlers(c tree.Cursor, known []string) map[string]HandlerSettings {
	settings := make(map[string]HandlerSettings, len(known))
	o := c.NullAsAbsent().Object()
	for _, name := range known {
		at := o.Field(name).NullAsAbsent()
		if !at.Present() {
			continue
		}
		h := at.Object()
		said := HandlerSettings{Enabled: h.Field("enabled").Bool(false), Path: at.Path()}
		if takesConfig(name) {
			said.Config = objectNode(h.Field("config"))
		}
		h.Done()
		settings[name] = said
	}
	o.Done()
	return settings
}

// errors reads the errors block. As in Oathkeeper, json is enabled and the
// fallback unless the document says otherwise.
func (d *decoder) errors(c tree.Cursor) {
	o := c.NullAsAbsent().Object()
	handlers := o.Field("handlers").NullAsAbsent()
	d.doc.ErrorHandlers = d.handlers(handlers, errorHandlers[:])
	json, said := d.doc.ErrorHandlers["json"]
	if !said {
		json.Path = handlers.Path() + ".json"
	}
	if n := handlers.Node(); !said || n.Get("json").Get("enabled") == nil {
		json.Enabled = true
	}
	d.doc.ErrorHandlers["json"] = json

	fallback := o.Field("fallback").NullAsAbsent()
	if !fallback.Present() {
		d.doc.Fallback = []HandlerRef{{Handler: "json", Path: fallback.Path()}}
	} else if fallback.Kind() == tree.Array && fallback.Len() == 0 {
		fallback.Fail("is empty, so no error has an answer; write [json]")
	}
	fallback.Each(func(_ int, item tree.Cursor) {
		n := item.Node()
		ref := HandlerRef{Handler: item.String(), Path: item.Path(), Line: n.Line, Column: n.Column}
		if ref.Handler == "" && n.Kind == tree.String {
			item.Fail("is empty; write an error handler's name")
		}
		d.doc.Fallback = append(d.doc.Fallback, ref)
	})
	o.Done()
}
