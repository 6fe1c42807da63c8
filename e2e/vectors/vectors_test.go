package vectors

import (
	"fmt"
	"strings"
)

// vector is one request, byte for byte.
type vector struct{ method, target, lines string }

func (v vector) String() string { return fmt.Sprintf("%q %q %q", v.method, v.target, v.lines) }

func (v vector) wire() string {
	return v.method + " " + v.target + " HTTP/1.1\r\n" + v.lines + "\r\n"
}

// What stands behind a rule's prefix: each way to leave it that has worked somewhere, and what only looks like one.
var tails = []string{
	"", "/", "/x", "/x/", "/X", "/%61", "/x%", "/x%z", "/x%zz", "/%2561", "/..", "/...", "/x..", "/.", "/./x", "/x/.", "/x/..", "/*",
	"/../admin/x", "/%2e%2e/admin/x", "/%2E%2E/admin/x", "/.%2e/admin/x", "/%2e./admin/x", "/..%2fadmin/x", "/..%2Fadmin/x", "%2f..%2fadmin/x", "/x%2f..%2f..%2fadmin%2fx",
	"/..%5cadmin/x", `/..\admin/x`, `/x\..\..\admin\x`, "/%5c..%5cadmin/x", "/..;/admin/x", "/..;a=b/admin/x", "/.;/x", "/;/x", ";x=1/x", "/x;a=b", "/x;/../admin/x", "/..%3b/admin/x",
	"//x", "/x//", "//admin/x", "///..//admin/x", "/x//../../admin/x", "/%252e%252e/admin/x", "/%252e%252e%252fadmin/x", "/%25252e%25252e/admin/x", "/..%252fadmin/x",
	"/x%00", "/x%00/../../admin/x", "/x%0d%0a", "/x%0d%0aX-User:%20root", "/x%09", "/x%7f", "/x#/../admin/x", "/x%23/admin/x", "#/../admin/x",
	"/x?/../../admin/x", "/x?a=/admin/x&b=%2e%2e", "?/x", "/x??", "/x?#", "/x?\\..\\admin", "/%c0%ae%c0%ae/admin/x", "/%c0%af..%c0%afadmin/x", "/%e0%80%ae%e0%80%ae/admin/x",
	"/%ff", "/\xff", "/\xc3\xa9", "/%c3%a9", "/%u002e%u002e/admin/x", "/x b", "/x\tb", "/x|y", "/x%7Cy", "/x\"y", "/<x>", "/{x}", "/x^y", "/`x`",
	"../admin/x", "/..%00/admin/x", "/.%00./admin/x", "/%2e%2e%2fadmin/x", "/x/%2e%2e/%2e%2e/admin/x", "/x/%2e%2e%5c%2e%2e%5cadmin/x", "/a/b/../../../admin/x",
}

// Whole targets.
var targets = []string{
	"/", "", "*", "//", "///", "/admin", "/admin/", "/ADMIN/x", "/%61dmin/x", "/adm%69n/x", "//admin/x", "/./admin/x", "/public/x/../../admin/x",
	"//public/x", "///public/x", "/%2fpublic/x", "/./public/x", "/admin/../public/x", "/admin/..;/public/x", "/admin/%2e%2e/public/x", "/admin/..%2fpublic/x", "/x/..//public/x", `/\public/x`, `\public\x`,
	"//app.test/public/x", "//other/public/x", "//other/../public/x", "//public/../admin/x", "//app.test/admin/x", "public/x", "?public/x", "#/public/x",
	"http://app.test/public/x", "http://app.test/admin/x", "http://app.test:80/public/x", "http://app.test:8080/public/x", "HTTP://app.test/public/x", "hTTp://APP.test/public/x", "https://app.test/public/x",
	"https://app.test/admin/x", "http://other.test/public/x", "http://other.test/admin/x", "http://user@app.test/public/x", "http://app.test@other.test/public/x", "http://app.test./public/x",
	"http://app.test", "http://app.test?/public/x", "http://app.test#/public/x", "http:///public/x", "http:/public/x", "http://app.test/public/../admin/x", "http://app.test//public/x", "ftp://app.test/public/x", "javascript:/public/x",
	"app.test:80", "app.test:443", "app.test", "/public/x HTTP/1.0", "/public/x\x00", "/public/\x01x", "/public/x\x7f",
}

var prefixes = []string{"/public", "/exact", "/strip", "/anonymous", "/secret", "/admin"}

var hosts = []string{
	"Host: app.test\r\n", "Host: APP.TEST\r\n", "host: App.Test\r\n", "Host: app.test.\r\n", "Host: app.test..\r\n", "Host: app.test:80\r\n", "Host: app.test:443\r\n", "Host: app.test:080\r\n", "Host: app.test:\r\n", "Host: app.test:x\r\n",
	"Host: other.test\r\n", "Host: admin.app.test\r\n", "Host: app.test.other.test\r\n", "Host: xapp.test\r\n", "Host: xn--pp-yia.test\r\n", "Host: \xc3\xa4pp.test\r\n", "Host: app.test\xff\r\n", "Host: app%2etest\r\n", "Host: app_test\r\n",
	"Host: user@app.test\r\n", "Host: app.test@other.test\r\n", "Host: app.test,other.test\r\n", "Host: other.test,app.test\r\n", "Host: app.test other.test\r\n", "Host: app.test/admin\r\n", "Host: app.test?x\r\n", "Host: app.test#x\r\n", "Host: app.test\\x\r\n", "Host: app.test;a=\"b\"\r\n",
	"Host: app.test\r\nHost: other.test\r\n", "Host: other.test\r\nHost: app.test\r\n", "Host: app.test\r\nHost: app.test\r\n", "Host:\r\n", "Host: \r\n", "", "Host : app.test\r\n", " Host: app.test\r\n", "Host: app.test\r\n other.test\r\n",
	"Host: app.test\r\nX-Forwarded-Host: other.test\r\n", "Host: other.test\r\nX-Forwarded-Host: app.test\r\n", "Host: other.test\r\nX-Host: app.test\r\n", "Host: [::1]\r\n", "Host: 127.0.0.1\r\n", "Host: app.test\x00\r\n", "Host: \tapp.test\t\r\n",
}

var headers = []string{
	"X-User: root\r\n", "x-user: root\r\nX-USER: root\r\n", "X_User: root\r\n", "x_user: root\r\nX-User: root\r\n", "X-User : root\r\n", " X-User: root\r\n", "X-User:root\r\n\troot\r\n", "X-User: a,root\r\n", "X-User:\r\n", "X-User: \xff\xfe\r\n", "X-User: a\x00b\r\n", "X-User: a\rb\r\n", "X-User: a\nb: c\r\n",
	"X.User: root\r\n", "X-User\xa0: root\r\n", "X-Us\xc3\xa9r: root\r\n", "Connection: X-User\r\n", "Connection: close, X-User\r\nX-User: root\r\n", "Connection: keep-alive, X-Oathgate-Cluster\r\n", "Proxy-Connection: X-User\r\n", "Keep-Alive: x\r\n",
	"X-Oathgate-Cluster: dead\r\n", "x_oathgate_cluster: dead\r\n", "X-Oathgate-Cluster: upstream\r\nX-Oathgate-Cluster: dead\r\n",
	"Authorization: Bearer a\r\n", "authorization: Bearer a\r\nAuthorization: Bearer b\r\n", "Authorization: Bearer a, Bearer b\r\n", "Authorization:\r\n", "AUTHORIZATION: bEARER a\r\n", "Authorization: Basic \xff\r\n", "Authorization : Bearer a\r\n",
	"Cookie: a=b\r\nCookie: c=d\r\n", "Cookie: a=b; a=c\r\n", "Cookie: \xff=\x80\r\n", "Cookie: a=b;\r\n",
	"X-Forwarded-For: 10.0.0.1\r\n", "X-Forwarded-For: unknown, \"_x\", [::1]\r\n", "Forwarded: for=10.0.0.1;host=other.test\r\n", "X-Forwarded-Proto: https\r\n", "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\n", "X-Forwarded-Proto: hTTps\r\n", "X-Forwarded-Uri: /admin/x\r\n", "X_Forwarded_Uri: /admin/x\r\n",
	"X-Original-URL: /admin/x\r\n", "X-Rewrite-URL: /admin/x\r\n", "X-Envoy-Original-Path: /admin/x\r\n", "X-Envoy-Internal: true\r\n", "X-Forwarded-Prefix: /admin\r\n", "X-HTTP-Method-Override: DELETE\r\n",
	"User-Agent: GoogleHC/1.0\r\n", "User-Agent: kube-probe/1\r\n", "Content-Length: 0\r\n", "Content-Length: 0\r\nContent-Length: 0\r\n", "Content-Length: -1\r\n", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked\r\n", "Content-Length: 0, 0\r\n",
	"Expect: 200-ok\r\n", "TE: trailers\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n", ": x\r\n", "NoColon\r\n", "X-A: " + strings.Repeat("a", 8000) + "\r\n", "X-A: " + strings.Repeat("a", 64<<10) + "\r\n", strings.Repeat("X-A: a\r\n", 99), strings.Repeat("X-A: a\r\n", 140),
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "CONNECT", "get", "Get", "PROPFIND", "GET\t", "G@T", "G\x00T", ""}

const appTest = "Host: app.test\r\n"

// all makes every vector.
func all() (list []vector) {
	for _, prefix := range prefixes {
		for _, tail := range tails {
			list = append(list, vector{"GET", prefix + tail, appTest}, vector{"POST", prefix + tail, appTest + "Content-Length: 0\r\n"})
		}
	}
	for _, target := range targets {
		for _, host := range []string{appTest, "Host: other.test\r\n"} {
			list = append(list, vector{"GET", target, host})
		}
	}
	some := []string{"/public/x", "/public/..;/admin/x", "/exact/x", "/anonymous/x", "/secret/x", "/admin/x", "/strip/x?y"}
	for _, target := range some {
		for _, host := range hosts {
			list = append(list, vector{"GET", target, host})
		}
		for _, lines := range headers {
			list = append(list, vector{"GET", target, appTest + lines})
		}
		for _, method := range methods {
			list = append(list, vector{method, target, appTest})
		}
	}
	return list
}
