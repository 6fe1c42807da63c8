package apiclient

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.RequestURI)
		switch {
		case strings.HasSuffix(r.URL.Path, "/missing"):
			w.WriteHeader(404)
			w.Write([]byte("{\"error\":{\"code\":404}}\n"))
		case strings.HasSuffix(r.URL.Path, "/page"):
			w.Write([]byte("<html>"))
		default:
			w.Write([]byte("[]"))
		}
	}))
	defer server.Close()
	for _, c := range []struct {
		below string
		query url.Values
		path  []string
		want  string
		fails string
	}{
		{"", nil, []string{"rules"}, "GET /rules", ""},
		{"/", nil, []string{"health", "alive"}, "GET /health/alive", ""},
		{"/api/", url.Values{"limit": {"20"}, "offset": {"0"}}, []string{"rules"}, "GET /api/rules?limit=20&offset=0", ""},
		{"/a%2Fb", nil, []string{"rules", "x/y z?#%"}, "GET /a%2Fb/rules/x%2Fy%20z%3F%23%25", ""},
		{"", nil, []string{"missing"}, "GET /missing", `404 Not Found: {"error":{"code":404}}`},
		{"", nil, []string{"page"}, "GET /page", "is not JSON"},
	} {
		asked = nil
		client, err := New(server.URL + c.below)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Get(context.Background(), c.query, c.path...)
		if len(asked) != 1 || asked[0] != c.want {
			t.Errorf("%q: asked %q", c.path, asked)
		}
		if c.fails == "" && (err != nil || string(answer) != "[]") || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%q: %s, %v", c.path, answer, err)
		}
	}
	server.Close()
	client, err := New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get(context.Background(), nil, "rules"); err == nil {
		t.Error("nobody is there, and it answers")
	}
}

func TestEndpoints(t *testing.T) {
	for _, endpoint := range []string{"", "localhost", "127.0.0.1:4456", "ftp://a/", "http://", "http://a:b/", "/rules"} {
		if _, err := New(endpoint); err == nil {
			t.Errorf("%q is taken", endpoint)
		}
	}
}

func TestPrint(t *testing.T) {
	var b bytes.Buffer
	if err := Print(&b, []byte(`[{"id":"a","description":"<&>","n":12345678901234567890}]`)); err != nil {
		t.Fatal(err)
	}
	if want := "[\n\t{\n\t\t\"description\": \"<&>\",\n\t\t\"id\": \"a\",\n\t\t\"n\": 12345678901234567890\n\t}\n]\n"; b.String() != want {
		t.Errorf("%s", b.String())
	}
}
