package authz

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

// remoteJSON hands a JSON text, made from a template, to a service that allows or
// denies (pipeline/authz/remote_json.go).
type remoteJSON struct {
	service remoteService
	payload *template.Template
}

func newRemoteJSON(b *pipeline.Build) pipeline.Authorizer {
	o := b.Config.Object()
	a := &remoteJSON{service: newRemoteService(b, "remote_json", o)}
	payload := o.Field("payload")
	switch text := payload.String(); {
	case payload.Kind() != tree.String:
	case text == "":
		payload.Fail("is empty; write a template of a JSON text")
	default:
		a.payload = b.Template("payload", text, payload)
	}
	o.Done()
	return a
}

func (a *remoteJSON) Authorize(x *pipeline.Exchange) error {
	payload, err := a.payload.Payload(&x.Session)
	if err != nil {
		return pipeline.Internal("error executing the payload template: " + err.Error())
	}
	body := []byte(payload)
	if _, err := tree.ParseJSON(body, tree.Limits{}); err != nil {
		return pipeline.Internal("payload is not a JSON text: " + err.Error())
	}
	var call callout.Request
	if call, err = a.service.request(x, "application/json", body); err != nil {
		return err
	}
	return a.service.ask(x, call)
}
