// Package apiclient asks the API of a running Oathgate, or Oathkeeper, and writes its answers as Oathkeeper's command
// does (Oathkeeper: cmd/helpers.go, oryx/cmdx/helper.go).
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client asks one API.
type Client struct {
	base *url.URL
	http http.Client
}

const (
	// patience is how long an answer may take.
	patience = 10 * time.Second
	// maxAnswer is the longest answer that is read: the longest configuration's rules, escaped.
	maxAnswer = 64 << 20
)

// New makes a client of the API at an endpoint such as http://127.0.0.1:4456/.
func New(endpoint string) (*Client, error) {
	if endpoint == "" {
		return nil, errors.New("say where the API is, as with --endpoint http://127.0.0.1:4456/")
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the endpoint %q is no URL such as http://127.0.0.1:4456/", endpoint)
	}
	c := &Client{base: u}
	c.http.Timeout = patience
	return c, nil
}

// Get asks for a path below the endpoint and gives the JSON of a 200.
func (c *Client) Get(ctx context.Context, query url.Values, path ...string) (json.RawMessage, error) {
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	u := *c.base
	u.RawPath = strings.TrimSuffix(u.EscapedPath(), "/") + "/" + strings.Join(path, "/")
	var err error
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		return nil, err
	}
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	response, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		return nil, errors.New("the answer is longer than 64 MiB")
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("GET %s was answered with %s: %s", r.URL, response.Status, bytes.TrimSpace(body))
	case !json.Valid(body):
		return nil, fmt.Errorf("GET %s was answered with what is not JSON: is it an API?", r.URL)
	}
	return body, nil
}

// Print writes JSON with members in the order of their names, a line each.
func Print(w io.Writer, text json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	return e.Encode(value)
}
