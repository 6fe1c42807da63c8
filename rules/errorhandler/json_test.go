package errorhandler

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"oathgate/internal/treetest"
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// build builds a handler json from its configuration in JSON, "" for none.
func build(t testing.TB, config string) (pipeline.ErrorHandler, []tree.Problem) {
	t.Helper()
	return buildNamed(t, "json", config)
}

func buildNamed(t testing.TB, name, config string) (pipeline.ErrorHandler, []tree.Problem) {
	t.Helper()
	cursor, found := treetest.Config(t, config)
	b := pipeline.Build{Config: cursor}
	h := Registry(name)(&b)
	if !reflect.DeepEqual(b.Traits, pipeline.Traits{}) {
		t.Errorf("%s: %+v", config, b.Traits)
	}
	return h, found.List()
}

func mustBuild(t testing.TB, config string) pipeline.ErrorHandler {
	t.Helper()
	h, problems := build(t, config)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", config, problems)
	}
	return h
}

// Bodies byte for byte as Oathkeeper's (conformance cases of its json handler).
func TestJSONBodies(t *testing.T) {
	plain, verbose := mustBuild(t, ``), mustBuild(t, `{"verbose": true}`)
	withID := &request.Request{Headers: request.Headers{{Name: "x-request-id", Value: `i"d<`}}}
	for _, c := range []struct {
		h    pipeline.ErrorHandler
		r    *request.Request
		err  *pipeline.Error
		want string
	}{
		{plain, &request.Request{}, pipeline.BadRequest("secret"), `{"error":{"code":400,"status":"Bad Request","message":"The request was malformed or contained invalid parameters"}}`},
		{plain, &request.Request{}, pipeline.Unauthorized("secret"), `{"error":{"code":401,"status":"Unauthorized","message":"The request could not be authorized"}}`},
		{plain, &request.Request{}, pipeline.Forbidden("secret"), `{"error":{"code":403,"status":"Forbidden","message":"The requested action was forbidden"}}`},
		{plain, &request.Request{}, pipeline.NoRule(), `{"error":{"code":404,"status":"Not Found","message":"The requested resource could not be found"}}`},
		{plain, &request.Request{}, pipeline.TooManyRequests(nil), `{"error":{"code":429,"status":"Too Many Requests","message":"Too many requests"}}`},
		{plain, &request.Request{}, pipeline.Internal("secret"), `{"error":{"code":500,"status":"Internal Server Error","message":"An internal server error occurred, please contact the system administrator"}}`},
		{plain, &request.Request{}, &pipeline.Error{Status: 503, Message: "secret", Reason: "secret"}, `{"error":{"code":503,"status":"Service Unavailable","message":"Service Unavailable"}}`},
		{plain, &request.Request{}, &pipeline.Error{Status: 431, Message: "secret"}, `{"error":{"code":431,"status":"Request Header Fields Too Large","message":"Request Header Fields Too Large"}}`},
		{plain, withID, pipeline.Unauthorized(""), `{"error":{"code":401,"status":"Unauthorized","request":"i\"d\u003c","message":"The request could not be authorized"}}`},
		{verbose, withID, pipeline.Unauthorized("why"), `{"error":{"code":401,"status":"Unauthorized","request":"i\"d\u003c","reason":"why","message":"Access credentials are invalid"}}`},
		{verbose, &request.Request{}, pipeline.Forbidden(""), `{"error":{"code":403,"status":"Forbidden","message":"Access credentials are not sufficient to access this resource"}}`},
		{verbose, &request.Request{}, pipeline.NoRule(), `{"error":{"code":404,"status":"Not Found","message":"Requested url does not match any rules"}}`},
		{verbose, &request.Request{}, pipeline.ManyRules(), `{"error":{"code":500,"status":"Internal Server Error","message":"Expected exactly one rule but found multiple rules"}}`},
		{verbose, &request.Request{}, pipeline.Internal("<a>&\u2028\n\x01\xff"), `{"error":{"code":500,"status":"Internal Server Error","message":"\u003ca\u003e\u0026\u2028\n\u0001�"}}`},
	} {
		before := *c.err
		got := c.h.Handle(c.r, c.err)
		if string(got.Body) != c.want+"\n" || got.Status != c.err.Status {
			t.Errorf("%d %s\nwant %s", got.Status, got.Body, c.want)
		}
		if !reflect.DeepEqual(got.Headers, request.Headers{{Name: "content-type", Value: "application/json"}}) {
			t.Errorf("%+v: headers %v", c.err, got.Headers)
		}
		if !reflect.DeepEqual(*c.err, before) {
			t.Errorf("%+v was changed", c.err)
		}
	}
}

// A body is JSON, and says what encoding/json would say, whatever is in the texts.
func FuzzJSON(f *testing.F) {
	f.Add("m", "r", "id")
	f.Add("<a>&'\"\\/", "\x00\x1f\x7f\u2028\u2029", "\xff\xed\xa0\x80")
	f.Add("ä😀\t\r\b\f", "", "")
	f.Fuzz(func(t *testing.T, message, reason, id string) {
		type body struct {
			Code    int    `json:"code"`
			Status  string `json:"status"`
			Request string `json:"request,omitempty"`
			Reason  string `json:"reason,omitempty"`
			Message string `json:"message"`
		}
		r := &request.Request{Headers: request.Headers{{Name: "x-request-id", Value: id}}}
		got := JSON(r, &pipeline.Error{Status: 403, Message: message, Reason: reason}).Body
		var back map[string]body
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		valid := func(s string) string { return string([]rune(s)) }
		if want := (body{403, "Forbidden", valid(id), valid(reason), valid(message)}); back["error"] != want {
			t.Fatalf("%s: %+v", got, back)
		}
		if strings.ContainsAny(string(got), "<>&") {
			t.Fatalf("%s can be taken for HTML", got)
		}
	})
}

func TestRateLimitHeadersAreHandedOn(t *testing.T) {
	e := pipeline.TooManyRequests(request.Headers{{Name: "retry-after", Value: "7"}})
	for _, config := range []string{``, `{"verbose": true}`} {
		got := mustBuild(t, config).Handle(&request.Request{}, e)
		if want := (request.Headers{{Name: "content-type", Value: "application/json"}, {Name: "retry-after", Value: "7"}}); !reflect.DeepEqual(got.Headers, want) {
			t.Errorf("%s: %v", config, got.Headers)
		}
	}
}

func TestJSONWithoutRequest(t *testing.T) {
	got := JSON(nil, &pipeline.Error{Status: 400, Message: "m", Reason: "r"})
	if string(got.Body) != `{"error":{"code":400,"status":"Bad Request","reason":"r","message":"m"}}`+"\n" {
		t.Errorf("%s", got.Body)
	}
}

func TestStatusText(t *testing.T) {
	n := 0
	for status := range 1000 {
		if got := StatusText(status); got != "" {
			n++
			if got != http.StatusText(status) {
				t.Errorf("%d: %q", status, got)
			}
		}
	}
	if n < 10 {
		t.Errorf("%d statuses", n)
	}
}

func TestRegistry(t *testing.T) {
	if !slices.IsSorted(Names()) || Registry("") != nil || Registry("JSON") != nil {
		t.Error("names")
	}
	for _, name := range Names() {
		if Registry(name) == nil {
			t.Errorf("%s has no constructor", name)
		}
	}
}
