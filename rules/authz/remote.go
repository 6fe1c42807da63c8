package authz

import (
	"errors"

	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

// remote hands the request's body to a service that allows or denies
// (pipeline/authz/remote.go).
type remote struct {
	service remoteService
}

func newRemote(b *pipeline.Build) pipeline.Authorizer {
	b.Traits.Body = true
	o := b.Config.Object()
	a := &remote{newRemoteService(b, "remote", o)}
	o.Done()
	return a
}

func (a *remote) Authorize(x *pipeline.Exchange) error {
	body, err := x.Body()
	switch {
	case errors.Is(err, pipeline.ErrBodyTooLarge):
		return &pipeline.Error{Status: 413, Message: "The request body is larger than the remote authorizer is given"}
	case errors.Is(err, pipeline.ErrOverload):
		return pipeline.CalloutFailed(callout.Overload, pipeline.Internal(""))
	case errors.Is(err, pipeline.ErrUpgrade):
		return pipeline.BadRequest(err.Error())
	case err != nil:
		return pipeline.Internal("the request body cannot be read")
	}
	var call callout.Request
	if call, err = a.service.request(x, x.Request.Headers.Get("content-type"), body); err != nil {
		return err
	}
	return a.service.ask(x, call)
}
