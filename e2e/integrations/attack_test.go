package integrations

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oathgate/e2e/harness"
	"oathgate/rules/request"
)

// expected is where proxies differ.
type expected struct {
	down int // the status when nobody answers the proxy
	// escapes says that the proxy writes paths anew, with the escapes that they lack: both what it asks about and what
	// goes on, which must be the same.
	escapes bool
	// grpc says that the proxy's own refusals of what looks like gRPC are a 200 with grpc-status.
	grpc bool
	// upgrades says that the proxy hands on whatever protocol a client asks for.
	upgrades bool
}

// attack runs everything against a proxy. It leaves oathgate stopped.
func (s *site) attack(t *testing.T, want expected) {
	t.Run("verdicts", s.verdicts)
	t.Run("forged", s.forged)
	t.Run("gRPC", func(t *testing.T) {
		for _, a := range asked {
			if a.status == 200 || !want.grpc {
				s.ask(t, a.method, a.target, a.cookie, a.status, a.user, "Content-Type: application/grpc")
			}
		}
	})
	t.Run("paths", func(t *testing.T) { s.paths(t, want.escapes) })
	t.Run("hosts", s.hosts)
	t.Run("bodies", s.bodies)
	t.Run("connections", s.connections)
	t.Run("upgrades", func(t *testing.T) { s.upgrades(t, want.upgrades) })
	t.Run("down", func(t *testing.T) {
		s.stopOathgate(t)
		for _, target := range []string{"/public/a", "/account/a", "/admin/a", "/none"} {
			reply, seen := s.do(t, "GET", target, "", session)
			if reply.Status != want.down || seen != nil {
				t.Errorf("%s: %d, the application saw %v", target, reply.Status, seen)
			}
			// An Envoy that asks takes what it makes itself of a failed request of gRPC's content type for leave.
			if reply, seen := s.do(t, "GET", target, "", session, "Content-Type: application/grpc"); seen != nil {
				t.Errorf("gRPC of %s: %d, the application saw %v", target, reply.Status, seen)
			}
		}
	})
}

// asked are requests with the verdict that each must get.
var asked = []struct {
	method, target string
	cookie         string
	status         int
	user           string
}{
	{"GET", "/public/a", "", 200, ""},
	{"GET", "/public/a", session, 200, ""},
	{"GET", "/public/a?b=c&d=%2f..%2f&e=/../admin/a", "", 200, ""},
	{"GET", "/public/a/?", "", 200, ""},
	{"POST", "/public/a", "", 404, ""},
	{"GET", "/account/a", session, 200, "alice"},
	{"PUT", "/account/a", session, 200, "alice"},
	{"DELETE", "/account/a", session, 404, ""},
	{"HEAD", "/account/a", session, 404, ""},
	{"GET", "/account/a", "", 401, ""},
	{"GET", "/account/a", "Cookie: ory_kratos_session=bob", 401, ""},
	{"GET", "/account/a?/public/a", "", 401, ""},
	{"GET", "/pages/a", "", 302, ""},
	{"GET", "/pages/a", session, 200, "alice"},
	{"GET", "/admin/a", session, 403, ""},
	{"GET", "/none", session, 404, ""},
	{"GET", "/", session, 404, ""},
	// What the proxy asks at is nothing that a client may ask.
	{"GET", "/decisions/public/a", "", 404, ""},
	{"GET", "/.oathgate", "", 404, ""},
	{"GET", "/rules", "", 404, ""},
	{"GET", "/health/alive", "", 404, ""},
}

// verdicts asks without any malice.
func (s *site) verdicts(t *testing.T) {
	for _, a := range asked {
		s.ask(t, a.method, a.target, a.cookie, a.status, a.user)
	}
}

// ask asks once and compares, also what the application saw of headers that are not the client's to set.
func (s *site) ask(t *testing.T, method, target, cookie string, status int, user string, lines ...string) {
	t.Helper()
	what := fmt.Sprintf("%s %s %q %q", method, target, cookie, lines)
	if cookie != "" {
		lines = append(slices.Clone(lines), cookie)
	}
	reply, seen := s.do(t, method, target, "", lines...)
	if reply.Status != status {
		t.Errorf("%s: %d, want %d", what, reply.Status, status)
	}
	if got, want := reply.Header.Get("Location"), "http://app.example.com/public/login"; status == 302 && got != want {
		t.Errorf("%s: to %q, want %q", what, got, want)
	}
	if reply.Header.Get("X-User") != "" {
		t.Errorf("%s: the client learns %q", what, reply.Header.Get("X-User"))
	}
	if status != 200 {
		if seen != nil {
			t.Errorf("%s: the application saw %v", what, seen)
		}
		return
	}
	if seen == nil {
		t.Errorf("%s: the application saw nothing", what)
		return
	}
	if seen.Method != method || seen.Target != target || seen.Host != "app.example.com" {
		t.Errorf("%s: the application saw %s %s of %s", what, seen.Method, seen.Target, seen.Host)
	}
	if got := seen.Header["Cookie"]; cookie != "" && !slices.Equal(got, []string{strings.TrimPrefix(cookie, "Cookie: ")}) {
		t.Errorf("%s: the application saw the cookies %q", what, got)
	}
	var users []string
	for name, values := range seen.Header {
		folded := request.Folded(strings.ToLower(name))
		if folded == "x-user" {
			users = append(users, values...)
		}
		if joined := strings.Join(values, ","); strings.Contains(joined, forgery) {
			t.Errorf("%s: the application saw %s: %s", what, name, joined)
		}
	}
	if strings.Join(users, ",") != user {
		t.Errorf("%s: the application saw the users %q, want %q", what, users, user)
	}
}

// forgery is in every value that a client makes up.
const forgery = "evil"

// forgeries are what a client may send and nobody may believe.
var forgeries = []string{
	"X-User: evil", "X_User: evil", "x-USER: evil", "X-User: \xffevil",
	"X-Forwarded-Uri: /public/evil", "X_Forwarded_Uri: /public/evil", "X-Forwarded_Uri: /public/evil",
	"X-Forwarded-Method: EVIL, evil", "X_Forwarded_Method: evil",
	"X-Forwarded-Host: evil.example.com", "X_Forwarded_Host: evil.example.com",
	"X-Forwarded-Proto: evil", "X_Forwarded_Proto: evil", "X-Forwarded-For: evil", "X-Forwarded-For: 127.0.0.1, evil",
	"X-Original-URL: http://app.example.com/public/evil", "X_Original_URL: http://app.example.com/public/evil",
	"X-Original-Method: evil", "X_Original_Method: evil", "X-Original-Uri: /public/evil", "X_Original_Uri: /public/evil",
	"X-Original-Host: evil.example.com", "X-Original-Proto: evil", "X-Original-Scheme: evil",
}

// plausible are forgeries that would turn a verdict if they were believed.
var plausible = []string{
	"X-Forwarded-Uri: /public/a", "X_Forwarded_Uri: /public/a", "X-Forwarded-Method: GET", "X-Forwarded-Proto: https", "X-Forwarded-Proto: http",
	"X-Forwarded-Host: app.example.com", "X-Original-URL: http://app.example.com/public/a", "X-Original-Method: GET",
	"X-Original-Uri: /public/a", "Connection: X-User", "Content-Type: application/grpc-web", "X-HTTP-Method-Override: GET",
	"X-Rewrite-Url: /public/a", "X-Envoy-Original-Path: /public/a", "X-Envoy-Auth-Headers-To-Remove: cookie",
	"Range: bytes=0-1", "If-None-Match: *", "Accept: text/html",
}

// costly are headers that may cost a client its own request, and let nothing pass.
var costly = []string{
	"Connection: X-Original-URL, X-Original-Method", "Connection: X-Forwarded-Uri, X-Forwarded-Host, X-Forwarded-Method, X-Forwarded-Proto",
	"Connection: Cookie", "Connection: Host", "Connection: X-User, X-User", "Connection: close, keep-alive, X-Forwarded-For", "Expect: nothing",
	"Content-Type: application/grpc",
}

// forged sends forgeries with each request: one by one, and all of one kind at once.
func (s *site) forged(t *testing.T) {
	var together []string
	seen := map[string]bool{}
	for _, line := range slices.Concat(forgeries, plausible) {
		name, _, _ := strings.Cut(line, ":")
		if folded := request.Folded(strings.ToLower(name)); !seen[folded] && folded != "connection" {
			seen[folded] = true
			together = append(together, line)
		}
	}
	for _, a := range asked {
		s.ask(t, a.method, a.target, a.cookie, a.status, a.user, together...)
	}
	for _, line := range slices.Concat(forgeries, plausible) {
		for _, a := range asked {
			switch a.target {
			case "/public/a", "/account/a", "/pages/a", "/admin/a", "/none":
			default:
				continue
			}
			s.ask(t, a.method, a.target, a.cookie, a.status, a.user, line)
		}
	}
	for _, line := range costly {
		for _, a := range asked {
			lines := []string{line}
			if a.cookie != "" {
				lines = append(lines, a.cookie)
			}
			reply, seen := s.do(t, a.method, a.target, "", lines...)
			if seen != nil && (a.status != 200 || strings.Join(seen.Header["X-User"], ",") != a.user) {
				t.Errorf("%s %s %q: %d, the application saw %v", a.method, a.target, lines, reply.Status, seen)
			}
		}
	}
}

// refusedPaths lead out of /public/ in one reading or another, or to nowhere.
var refusedPaths = []string{
	"/public/../admin/a", "/public/%2e%2e/admin/a", "/public/.%2e/admin/a", "/public/..%2fadmin/a", "/public/..%2Fadmin/a",
	"/public%2f..%2fadmin/a", "/public/..%5cadmin/a", `/public/..\admin/a`, `/public\..\admin/a`, "/public/..;/admin/a", "/public/.;/../admin/a",
	"/public/..;x=y/admin/a", "/public/%252e%252e/admin/a", "/public/%c0%ae%c0%ae/admin/a", "/public/%00/../admin/a", "/public/a%00",
	"/public/a/../../admin/a", "/public/./../admin/a", "/public/a/./b", "/public/a%zz", "/public/a%", "//public/a", "//admin/a", "/.//admin/a",
	"//app.example.com/public/a", "/./account/a", "/account/../public/../account/a", "/%61dmin/a", "/admin;/a", "/ADMIN/a", "/public",
	"/public;/a", "/public%2fa", "/%2e%2e/%2e%2e/public/../none", "/public/a#b/../../admin", "/admin/a?/../public/a", "/admin/a#/public/a",
	"*", "public/a", "",
}

// allowedPaths are one path in every reading.
var allowedPaths = []string{
	"/public/a/", "/public/a/b.c/d", "/public/a-_.~!$&'()*+,=:@b", "/public/...", "/public/..a/b..", "/public/a%20b", "/public/%C3%A4",
	"/public/a?x=%00&y=../..&z=//", "/public/a?b?c", "/public/a%3Fb", "/public/a?", "/public/a??",
}

// eitherPaths have second readings, for which a request may be refused; if it goes on, it does as it came.
var eitherPaths = []string{
	"/public//a", "/public/a//", "/public/a;b", "/public/a%2fb", "/public/a%5cb", `/public/a\b`, "/public/%25", "/public/%61",
	"/public/a%23b", "/public/a%0d%0ab", "/public/\xff", "/public/a%7fb", "/public/\"<>^`{|}", "/public/a?b#c",
}

// paths are judged as they are sent, and go on as they were judged.
func (s *site) paths(t *testing.T, escapes bool) {
	for _, target := range refusedPaths {
		for _, method := range []string{"GET", "OPTIONS"} {
			if reply, seen := s.do(t, method, target, "", session); seen != nil || reply.Status < 300 && reply.Status != 0 && target != "*" { // which is a question to the proxy itself
				t.Errorf("%s %s: %d, the application saw %v", method, target, reply.Status, seen)
			}
		}
	}
	for _, target := range allowedPaths {
		s.ask(t, "GET", target, "", 200, "")
	}
	for _, target := range eitherPaths {
		reply, seen := s.do(t, "GET", target, "")
		if seen == nil {
			if reply.Status < 300 && reply.Status != 0 {
				t.Errorf("%s: %d, and the application saw nothing", target, reply.Status)
			}
			continue
		}
		if u, err := url.ParseRequestURI(target); escapes && err == nil {
			target = u.RequestURI()
		}
		if seen.Target != target {
			t.Errorf("%s went on as %s", target, seen.Target)
		}
	}
}

// hosts other than the rules' have no rule.
func (s *site) hosts(t *testing.T) {
	for _, lines := range [][]string{
		{"Host: other.example.com"},
		{"Host: app.example.com.evil.test"},
		{"Host: app.example.com@evil.test"},
		{"Host: evil.test?app.example.com"},
		{"Host: app.example.com#"},
		{"Host: app.example.com?"},
		{"Host: app.example.com:1"},
		{"Host: app.example.com, evil.test"},
		{"Host: "},
		{"Host: a\\b"},
		{"Host: app.example.com/public/x?"},
		{"Host: app.example.com", "Host: evil.test"},
		{"Host: evil.test", "X-Forwarded-Host: app.example.com"},
		{"Host: evil.test", "X-Original-URL: http://app.example.com/public/a"},
	} {
		for _, target := range []string{"/public/a", "/admin/a", "/account/a"} {
			if reply, seen := s.do(t, "GET", target, "", append(lines, session)...); seen != nil {
				t.Errorf("%q: %d, the application saw %s of %s", lines, reply.Status, seen.Target, seen.Host)
			}
		}
	}
	// The two hosts of a request in absolute form: one is judged, and the application sees that one.
	for _, test := range [][2]string{
		{"http://evil.test/public/a", "app.example.com"},
		{"http://app.example.com/public/a", "evil.test"},
		{"http://app.example.com/public/a", "app.example.com"},
		{"http://app.example.com/admin/a", "app.example.com"},
		{"http://app.example.com/../admin/a", "app.example.com"},
		{"http://app.example.com", "app.example.com"},
	} {
		reply, seen := s.do(t, "GET", test[0], "", "Host: "+test[1], session)
		if seen != nil && (seen.Host != "app.example.com" || strings.TrimPrefix(seen.Target, "http://app.example.com") != "/public/a") {
			t.Errorf("%s with Host %s: %d, the application saw %s of %s", test[0], test[1], reply.Status, seen.Target, seen.Host)
		}
	}
	if reply, seen := s.raw(t, "GET /public/a HTTP/1.0\r\n\r\n"); seen != nil {
		t.Errorf("HTTP/1.0 without a host: %d, the application saw %v", reply.Status, seen)
	}
	for _, host := range []string{"APP.example.com", "app.example.com."} {
		if reply, seen := s.do(t, "GET", "/admin/a", "", "Host: "+host, session); reply.Status == 200 && reply.Body != "" || seen != nil {
			t.Errorf("%s: %d, the application saw %v", host, reply.Status, seen)
		}
	}
}

// bodies reach the application as they are, or not at all; oathgate gets none.
func (s *site) bodies(t *testing.T) {
	text := strings.Repeat("0123456789abcdef\r\n\x00\xff", 15_000)
	_, length, _ := strings.Cut(harness.Message("POST", "/", text), "\r\n\r\n")
	if length != text {
		t.Fatal("the message has another body")
	}
	chunked := func(method, target string) string {
		head := harness.Message(method, target, "", "Host: app.example.com", session, "Transfer-Encoding: chunked")
		var b strings.Builder
		b.WriteString(head)
		for part := range slices.Chunk([]byte(text), 10_000) {
			b.WriteString(strconv.FormatInt(int64(len(part)), 16) + "\r\n" + string(part) + "\r\n")
		}
		return b.String() + "0\r\n\r\n"
	}
	for _, method := range []string{"POST", "PUT"} {
		for what, message := range map[string]string{
			"with a length": harness.Message(method, "/account/a", text, "Host: app.example.com", session),
			"in chunks":     chunked(method, "/account/a"),
			"form":          harness.Message(method, "/account/a", text, "Host: app.example.com", session, "Content-Type: application/x-www-form-urlencoded"),
		} {
			reply, seen := s.raw(t, message)
			if reply.Status != 200 || seen == nil || seen.Method != method || strings.Join(seen.Header["X-User"], ",") != "alice" {
				t.Errorf("%s %s: %d, the application saw %.300v", method, what, reply.Status, seen)
				continue
			}
			// JSON has no bytes that are not UTF-8.
			if want := strings.ToValidUTF8(text, "\ufffd"); seen.Body != want {
				t.Errorf("%s %s: the application saw a body of %d bytes, want %d", method, what, len(seen.Body), len(want))
			}
		}
		for what, message := range map[string]string{
			"with a length": harness.Message(method, "/admin/a", text[:1000], "Host: app.example.com", session),
			"nobody's":      harness.Message(method, "/account/a", text[:1000], "Host: app.example.com"),
		} {
			if reply, seen := s.raw(t, message); reply.Status != 403 && reply.Status != 401 || seen != nil {
				t.Errorf("%s %s: %d, the application saw %.300v", method, what, reply.Status, seen)
			}
		}
	}
}

// upgrades are to WebSockets alone, of whom may.
func (s *site) upgrades(t *testing.T, others bool) {
	websocket := []string{"Host: app.example.com", session, "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="}
	for _, connection := range []string{"Connection: Upgrade", "Connection: keep-alive, upgrade", "Connection: Upgrade, X-User"} {
		for target, status := range map[string]int{"/public/a": 101, "/account/a": 101, "/admin/a": 403, "/none": 404} {
			if got := s.echo(t, harness.Message("GET", target, "", append(websocket, connection)...)); got != status {
				t.Errorf("%s with %s: %d, want %d", target, connection, got, status)
			}
		}
	}
	if others {
		return
	}
	for _, line := range []string{"Upgrade: h2c", "Upgrade: websocket, h2c", "Upgrade: evil", "Upgrade: TLS/1.0"} {
		reply, seen := s.do(t, "GET", "/public/a", "", "Connection: Upgrade, HTTP2-Settings", line, "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
		if seen != nil && (seen.Header["Upgrade"] != nil || reply.Status != 200) {
			t.Errorf("%s: %d, the application saw %v", line, reply.Status, seen)
		}
	}
}

// connections have requests one after the other that are judged each, and requests to leave HTTP.
func (s *site) connections(t *testing.T) {
	message := func(target string, lines ...string) string {
		return harness.Message("GET", target, "", append([]string{"Host: app.example.com", session}, lines...)...)
	}
	before := s.app.Total()
	replies := s.pipeline(t, message("/public/a")+message("/admin/a")+message("/account/a")+message("/none"), 4)
	if !slices.Equal(replies, []int{200, 403, 200, 404}) || s.app.Total() != before+2 {
		t.Errorf("one after the other: %v, and the application saw %d", replies, s.app.Total()-before)
	}
	for what, lines := range map[string][]string{
		"WebSocket":       {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="},
		"h2c":             {"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"},
		"gRPC":            {"Content-Type: application/grpc", "TE: trailers"},
		"no cookie":       {"Connection: Cookie"},
		"no host":         {"Connection: Host"},
		"Expect":          {"Expect: nothing"},
		"two lengths":     {"Content-Length: 0", "Content-Length: 1"},
		"unknown coding":  {"Transfer-Encoding: evil"},
		"a folded header": {"X-A: b\r\n X-Original-URL: http://app.example.com/public/a"},
		"a space":         {"X-Original-URL : http://app.example.com/public/a"},
	} {
		before := s.app.Total()
		reply, _ := s.raw(t, message("/admin/a", lines...))
		if s.app.Total() != before {
			t.Errorf("%s: %d, the application saw a request", what, reply.Status)
		}
	}
	before = s.app.Total()
	statuses := s.pipeline(t, message("/admin/a", "Content-Length: 4", "Transfer-Encoding: chunked")+"0\r\n\r\n"+message("/none"), 2)
	if s.app.Total() != before {
		t.Errorf("with a length and in chunks: %v, the application saw a request", statuses)
	}
	for _, line := range []string{"CONNECT app.example.com:80", "TRACE /admin/a", "EVIL /admin/a", "get /admin/a", "GET http://app.example.com:80/admin/a"} {
		if reply, seen := s.raw(t, line+" HTTP/1.1\r\nHost: app.example.com\r\n"+session+"\r\n\r\n"); seen != nil {
			t.Errorf("%s: %d, the application saw %v", line, reply.Status, seen)
		}
	}
}
