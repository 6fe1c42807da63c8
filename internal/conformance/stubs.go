package conformance

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"oathgate/internal/corpus"
)

// Stubs are programs for stub backends, by their name: of a stub's entries the first that matches answers.
type Stubs map[string][]Entry

// Entry is an answer of a stub, as stubs.py describes it.
type Entry struct {
	Match struct {
		Method     *string    `json:"method"`
		Path       *string    `json:"path"`
		PathPrefix *string    `json:"path_prefix"`
		Body       *string    `json:"body_contains"`
		Header     *[2]string `json:"header_contains"`
	} `json:"match"`
	Status  int             `json:"status"`
	Headers Pairs           `json:"headers"`
	Body    string          `json:"body"`
	JSON    json.RawMessage `json:"json"`
	File    string          `json:"file"`
	Delay   int             `json:"delay_ms"`
	Times   *int            `json:"times"`
	Close   bool            `json:"close"`
	Dynamic string          `json:"dynamic"`
}

type object = map[string]any

var isJSON = Pairs{{"Content-Type", "application/json"}}

func answers(v any) Entry {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return Entry{Headers: isJSON, JSON: text}
}

func (e Entry) status(code int) Entry {
	e.Status = code
	return e
}

func file(name string) Entry { return Entry{Headers: isJSON, File: name} }

func (e Entry) path(path string) Entry {
	e.Match.Path = &path
	return e
}

func (e Entry) body(part string) Entry {
	e.Match.Body = &part
	return e
}

func (e Entry) header(name, part string) Entry {
	e.Match.Header = &[2]string{name, part}
	return e
}

func (e Entry) basic(credentials string) Entry {
	return e.header("Authorization", base64.StdEncoding.EncodeToString([]byte(credentials)))
}

// with is base with other members; nil takes one away.
func with(base, over object) object {
	out := object{}
	maps.Copy(out, base)
	for k, v := range over {
		out[k] = v
		if v == nil {
			delete(out, k)
		}
	}
	return out
}

// defaults is what the stubs answer without a program: DEFAULTS of stubs.py.
func defaults() Stubs {
	alice := object{
		"subject": "alice", "sub": "alice-sub", "extra": object{"foo": "bar", "n": 7, "list": []string{"x", "y"}},
		"identity": object{"id": "id-1", "traits": object{"email": "alice@example.test", "groups": []string{"g1", "g2"}}}, "active": true,
	}
	return Stubs{
		"upstream": {{Dynamic: "echo"}},
		"session": {
			answers(alice).header("Cookie", "session=valid"),
			answers(with(alice, object{"subject": "bob", "sub": "bob-sub"})).header("Authorization", "opaque-valid"),
			answers(alice).path("/always"),
			answers(object{"error": "no session"}).status(401),
		},
		"introspect": introspections(),
		"authz": {
			Entry{Status: 403, Body: "denied"}.path("/deny"),
			Entry{Status: 401, Body: "x"}.path("/401"),
			Entry{Status: 204}.path("/204"),
			Entry{Status: 500, Body: "x"}.path("/500"),
			Entry{Status: 404, Body: "x"}.path("/404"),
			Entry{Status: 302, Headers: Pairs{{"Location", "/ok"}}}.path("/redirect"),
			Entry{Status: 429, Headers: Pairs{{"Retry-After", "0"}, {"X-Ratelimit-Limit", "5"}}, Body: "x"}.path("/429"),
			{
				Headers: Pairs{{"Content-Type", "application/json"}, {"X-Authz-Role", "admin"}, {"X-Authz-Multi", "m1"}, {"X-Authz-Multi", "m2"}},
				JSON:    json.RawMessage(`{"allowed": true}`),
			},
		},
		"hydrator": {{Dynamic: "hydrate"}},
		"jwks":     keySets(),
		"keto":     {answers(object{"allowed": true})},
		"token": {
			answers(object{"access_token": "at-1", "token_type": "bearer", "expires_in": 3600}).basic("client:secret"),
			answers(object{"access_token": "", "token_type": "bearer"}).basic("empty:secret"),
			answers(object{"access_token": "preauth-token", "token_type": "bearer", "expires_in": 3600}).basic("pre:auth"),
			answers(object{"error": "server_error"}).status(500).path("/500"),
			Entry{Status: 503, Body: "x"}.path("/503"),
			Entry{Status: 504, Body: "x"}.path("/504"),
			Entry{Status: 404, Body: "x"}.path("/404"),
			answers(object{"error": "invalid_request"}).status(400).path("/400"),
			Entry{Status: 429, Headers: Pairs{{"Retry-After", "3"}, {"X-RateLimit-Remaining", "0"}}, Body: "x"}.path("/429"),
			answers(object{"error": "invalid_client"}).status(401),
		},
	}
}

func keySets() []Entry {
	var list []Entry
	for _, name := range strings.Fields("rs es hs ps rs512 all rs-nouse rs-enc rs-noalg empty other") {
		list = append(list, file("keys/"+name+".json").path("/"+name+".json"))
	}
	slow := file("keys/rs.json").path("/slow.json")
	slow.Delay = 2500
	return append(
		list,
		Entry{Status: 500, Body: "boom"}.path("/500.json"),
		Entry{Headers: isJSON, Body: "<html>"}.path("/garbage.json"),
		slow,
		Entry{Status: 302, Headers: Pairs{{"Location", "/rs.json"}}}.path("/redirect.json"),
	)
}

func introspections() []Entry {
	carol := object{
		"active": true, "sub": "carol", "scope": "read foo.bar", "aud": []string{"api"}, "iss": "https://issuer.test/", "client_id": "cli-1",
		"username": "carol-u", "exp": 2224022400, "token_type": "bearer", "ext": object{"tier": "gold"},
	}
	var list []Entry
	token := func(name string, over object) {
		list = append(list, answers(with(carol, over)).body("token="+name+"\x00"))
	}
	token("active", nil)
	token("inactive", object{"active": false})
	token("expired", object{"exp": 978307200})
	token("noexp", object{"exp": nil})
	token("refresh", object{"token_use": "refresh_token"})
	token("access", object{"token_use": "access_token"})
	token("audstr", object{"aud": "api"})
	token("audbad", object{"aud": []string{"x"}})
	token("audint", object{"aud": []int{1}})
	token("issbad", object{"iss": "https://evil.test/"})
	token("noext", object{"ext": nil, "aud": nil, "username": nil, "client_id": nil})
	token("wild", object{"scope": "foo.*"})
	token("hier", object{"scope": "foo"})
	token("noscope", object{"scope": nil})
	list = append(list,
		Entry{Headers: isJSON, Body: "not json"}.body("token=garbage\x00"),
		answers(object{"error": "boom"}).status(500).body("token=e500\x00"),
		answers(object{"error": "client"}).status(401).body("token=e401\x00"),
	)
	slow := answers(object{"error": "slow"}).status(429).body("token=e429\x00")
	slow.Headers = Pairs{{"Content-Type", "application/json"}, {"Retry-After", "7"}, {"X-RateLimit-Limit", "10"}, {"X-Ratelimit-Reset", "99"}, {"X-Other", "no"}}
	list = append(list, slow)
	token("slow1500", nil)
	list[len(list)-1].Delay = 1500
	return append(list, answers(object{"active": false}))
}

// backend is the stubs of one case.
type backend struct {
	program, defaults Stubs
	folder            string // files of entries are below it
}

func newBackend(c *Case) *backend {
	return &backend{program: c.Stubs, defaults: defaults(), folder: filepath.Dir(c.keys)}
}

// serve answers a request as the stub behind a cluster does. An upstream that does not answer is Envoy's to answer for:
// as render has it with a bare 502, which targets without a wire take from here.
func (b *backend) serve(m *corpus.Message) corpus.Reply {
	if m.Cluster == dead {
		return corpus.Reply{Status: 502}
	}
	e := b.pick(m)
	if e == nil {
		return corpus.Reply{Status: 404, Body: "no stub entry"}
	}
	r := corpus.Reply{Status: e.Status, Body: e.Body, Delay: time.Duration(e.Delay) * time.Millisecond}
	if r.Status == 0 {
		r.Status = 200
	}
	if e.JSON != nil {
		r.Body = string(e.JSON)
	}
	if e.File != "" {
		text, err := os.ReadFile(filepath.Join(b.folder, filepath.FromSlash(e.File)))
		if err != nil {
			return corpus.Reply{Status: 500, Body: err.Error()}
		}
		r.Body = string(text)
	}
	switch e.Dynamic {
	case "echo":
		r.Headers = append(r.Headers, corpus.Header{Name: "content-type", Value: "application/json"}, corpus.Header{Name: "x-upstream", Value: "echo"})
		r.Body = Echo
	case "hydrate":
		var ok bool
		if r.Body, ok = hydrated(m.Body); !ok {
			r.Fault = corpus.Reset
		}
		r.Headers = append(r.Headers, corpus.Header{Name: "content-type", Value: "application/json"})
	}
	for _, h := range e.Headers {
		r.Headers = append(r.Headers, corpus.Header{Name: strings.ToLower(h[0]), Value: h[1]})
	}
	if e.Close {
		r = corpus.Reply{Status: 502, Fault: corpus.Reset}
	}
	return r
}

// hydrated is a session with what the hydrator of stubs.py adds to it.
func hydrated(session string) (text string, ok bool) {
	var s object
	if json.Unmarshal([]byte(session), &s) != nil || s == nil {
		return "", false
	}
	extra, _ := s["extra"].(object)
	s["extra"] = with(extra, object{"hydrated": true, "tier": "gold"})
	header, _ := s["header"].(object)
	s["header"] = with(header, object{"X-Hydrated": []string{"yes", "no"}})
	out, err := json.Marshal(s)
	return string(out), err == nil
}

// Echo is the body of the upstream, instead of a description of the request: that is compared as the upstream saw it.
const Echo = "$UPSTREAM_ECHO"

func (b *backend) pick(m *corpus.Message) *Entry {
	stub := stubs[m.Cluster]
	for _, list := range [][]Entry{b.program[stub], b.defaults[stub]} {
		for i := range list {
			e := &list[i]
			if !e.matches(m) {
				continue
			}
			if e.Times != nil {
				if *e.Times <= 0 {
					continue
				}
				left := *e.Times - 1
				e.Times = &left
			}
			return e
		}
	}
	return nil
}

func (e *Entry) matches(m *corpus.Message) bool {
	w := &e.Match
	path, _, _ := strings.Cut(m.Target, "?")
	switch {
	case w.Method != nil && *w.Method != m.Method,
		w.Path != nil && *w.Path != path,
		w.PathPrefix != nil && !strings.HasPrefix(path, *w.PathPrefix),
		w.Body != nil && !strings.Contains(strings.ReplaceAll(m.Body, "&", "\x00")+"\x00", *w.Body):
		return false
	case w.Header == nil:
		return true
	}
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, w.Header[0]) && strings.Contains(h.Value, w.Header[1]) {
			return true
		}
	}
	return false
}
