package errorhandler

import (
	"strconv"

	"github.com/tidwall/gjson"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

// jsonHandler answers with a JSON body (pipeline/errors/error_json.go; the body
// is that of ory/herodot). Unless verbose it says no more than the status.
type jsonHandler struct {
	when    conditions
	verbose bool
}

func newJSON(b *pipeline.Build) pipeline.ErrorHandler {
	o := b.Config.Object()
	h := &jsonHandler{
		verbose: o.Field("verbose").Bool(false),
		when:    newConditions(o.Field("when")),
	}
	o.Done()
	return h
}

func (h *jsonHandler) Responsible(r *request.Request, e *pipeline.Error) bool {
	return h.when.hold(r, e)
}

func (h *jsonHandler) Handle(r *request.Request, e *pipeline.Error) pipeline.Response {
	shown := *e
	if !h.verbose {
		shown.Message, shown.Reason = canned(e.Status), ""
	}
	return JSON(r, &shown)
}

// canned is what a handler that is not verbose says of a status.
func canned(status int) string {
	switch status {
	case 400:
		return "The request was malformed or contained invalid parameters"
	case 401:
		return "The request could not be authorized"
	case 403:
		return "The requested action was forbidden"
	case 404:
		return "The requested resource could not be found"
	case 429:
		return "Too many requests"
	case 500:
		return "An internal server error occurred, please contact the system administrator"
	}
	return StatusText(status)
}

// JSON is the response for e with its texts as they are: what is sent when no
// error handler can be chosen. r may be nil.
func JSON(r *request.Request, e *pipeline.Error) pipeline.Response {
	b := make([]byte, 0, 160)
	b = append(b, `{"error":{"code":`...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(b, `,"status":`...)
	b = gjson.AppendJSONString(b, StatusText(e.Status))
	if r != nil {
		if id := r.Headers.Get("x-request-id"); id != "" {
			b = append(b, `,"request":`...)
			b = gjson.AppendJSONString(b, id)
		}
	}
	if e.Reason != "" {
		b = append(b, `,"reason":`...)
		b = gjson.AppendJSONString(b, e.Reason)
	}
	b = append(b, `,"message":`...)
	b = gjson.AppendJSONString(b, e.Message)
	b = append(b, "}}\n"...)
	headers := make(request.Headers, 0, len(e.Header)+1)
	headers = append(headers, request.Header{Name: "content-type", Value: "application/json"})
	return pipeline.Response{Status: e.Status, Headers: append(headers, e.Header...), Body: b}
}
