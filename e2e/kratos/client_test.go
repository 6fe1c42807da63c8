package kratos

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"
)

const password = "only-for-tests-Oathgate-77"

// client speaks with Kratos through oathgate, as an app in a browser does or, without a jar, as a native one.
type client struct {
	http http.Client
	base string
}

type object = map[string]any

// flow is what this test reads of Kratos's answers.
type flow struct {
	UI struct {
		Action string
		Nodes  []struct {
			Attributes struct {
				Name  string
				Value any
			}
		}
	}
	Identity     struct{ ID string }
	SessionToken string `json:"session_token"`
	LogoutURL    string `json:"logout_url"`
}

func (s *site) browser(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := s.native()
	c.http.Jar = jar
	return c
}

func (s *site) native() *client {
	return &client{
		http: http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
		base: "http://" + s.gate.Address + "/.ory/kratos/public/self-service/",
	}
}

func (c *client) ask(t *testing.T, method, url string, body object, want int) flow {
	t.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, url, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != want {
		t.Fatalf("%s %s: %d %s, %v", method, url, res.StatusCode, text, err)
	}
	var answer flow
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s %s: %v in %s", method, url, err, text)
		}
	}
	return answer
}

// submit opens a flow and sends it with these fields.
func (c *client) submit(t *testing.T, name string, fields object) flow {
	t.Helper()
	opened := c.ask(t, "GET", c.base+name, nil, 200)
	fields["method"], fields["password"] = "password", password
	for _, node := range opened.UI.Nodes {
		if node.Attributes.Name == "csrf_token" {
			fields["csrf_token"] = node.Attributes.Value
		}
	}
	return c.ask(t, "POST", opened.UI.Action, fields, 200)
}

// register gives the identity's id.
func (c *client) register(t *testing.T, email string) string {
	t.Helper()
	return c.submit(t, "registration/browser", object{"traits": object{"email": email}}).Identity.ID
}

func (c *client) login(t *testing.T, email string) {
	t.Helper()
	c.submit(t, "login/browser", object{"identifier": email})
}

func (c *client) logout(t *testing.T) {
	t.Helper()
	c.ask(t, "GET", c.ask(t, "GET", c.base+"logout/browser", nil, 200).LogoutURL, nil, 204)
}

// tokenOf logs in as an app without a browser does.
func (s *site) tokenOf(t *testing.T, email string) string {
	t.Helper()
	return s.native().submit(t, "login/api", object{"identifier": email}).SessionToken
}

func (s *site) revoke(t *testing.T, token string) {
	t.Helper()
	c := s.native()
	c.ask(t, "DELETE", c.base+"logout/api", object{"session_token": token}, 204)
}
