package errorhandler

import (
	"reflect"
	"testing"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

// Whatever the error, the answer is a 401 that asks for a password.
func TestWWWAuthenticate(t *testing.T) {
	for config, want := range map[string]string{
		``:                        "Basic realm=Please authenticate.",
		`{}`:                      "Basic realm=Please authenticate.",
		`{"realm": ""}`:           "Basic realm=Please authenticate.",
		`{"realm": "my realm"}`:   "Basic realm=my realm",
		`{"realm": "\"q\", a=b"}`: `Basic realm="q", a=b`,
	} {
		h, problems := buildNamed(t, "www_authenticate", config)
		if problems != nil {
			t.Fatalf("%s: %v", config, problems)
		}
		for _, e := range []*pipeline.Error{pipeline.Unauthorized(""), pipeline.Forbidden("secret"), pipeline.NoRule(), pipeline.TooManyRequests(request.Headers{{Name: "retry-after", Value: "7"}})} {
			got := h.Handle(&request.Request{}, e)
			if !reflect.DeepEqual(got, pipeline.Response{
				Status: 401, Body: []byte("Unauthorized\n"),
				Headers: request.Headers{
					{Name: "content-type", Value: "text/plain; charset=utf-8"},
					{Name: "www-authenticate", Value: want},
					{Name: "x-content-type-options", Value: "nosniff"},
				},
			}) {
				t.Errorf("%s: %+v", config, got)
			}
		}
	}
}

func TestWWWAuthenticateMistakes(t *testing.T) {
	for config, want := range map[string]string{
		`{"realm": 1}`:                      "config.realm",
		`{"realm": "a\r\nSet-Cookie: b"}`:   "config.realm",
		`{"foo": 1}`:                        "config.foo",
		`{"when": [{"error": ["teapot"]}]}`: "config.when[0].error[0]",
	} {
		if _, problems := buildNamed(t, "www_authenticate", config); len(problems) != 1 || problems[0].Path != want {
			t.Errorf("%s: %v", config, problems)
		}
	}
}

// The conditions are those of every handler.
func TestWhenOfEveryHandler(t *testing.T) {
	for name, rest := range map[string]string{"json": "", "redirect": `"to": "/x", `, "www_authenticate": ""} {
		h, problems := buildNamed(t, name, `{`+rest+`"when": [{"error": ["forbidden"], "request": {"cidr": ["10.0.0.0/8"]}}]}`)
		if problems != nil {
			t.Fatalf("%s: %v", name, problems)
		}
		here, there := requestFrom("10.0.0.1"), requestFrom("11.0.0.1")
		if !h.Responsible(here, pipeline.Forbidden("")) || h.Responsible(there, pipeline.Forbidden("")) || h.Responsible(here, pipeline.Unauthorized("")) {
			t.Error(name)
		}
	}
}
