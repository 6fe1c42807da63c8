package ruletest

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Random makes rules and URLs that match none, one or several of them.
type Random struct{ *rand.Rand }

func (r Random) pick(from ...string) string { return from[r.IntN(len(from))] }

// Rules makes n rules, some of them for the same URLs. A literal host has no port that a canonical URL lacks.
func (r Random) Rules(n int, glob bool) []Rule {
	var list []Rule
	for len(list) < n {
		rule := Rule{URL: r.regexp()}
		switch {
		case len(list) > 0 && r.IntN(8) == 0:
			rule.URL = list[r.IntN(len(list))].URL
		case glob:
			rule.URL = r.glob()
		case r.IntN(4) == 0:
			rule = mixed(r.IntN(40))
		}
		for _, m := range methods[r.IntN(3):] {
			rule.Methods = append(rule.Methods, r.pick(m, strings.ToLower(m)))
		}
		if r.IntN(3) == 0 {
			rule.Priority = r.IntN(4) - 1
		}
		list = append(list, rule)
	}
	return list
}

func (r Random) regexp() string {
	var b strings.Builder
	b.WriteString(r.pick(
		"http://app.test", "https://app.test", "<https?>://app.test", "<https?>://<.*>.test", "<https|http>://app.test", "<https?>://app.test:80", "http://<.*>", "<https?>://<a1|b1>.test",
		"<.*>app.test", "http://<app.test|(a1|b1).test(:80)?>", "http<s?>://<[a-z]+>.test:443", "<(?i)HTTPS?>://<(?i:APP|KAPP)>.test", "<http(s)?>://<(?!b)[^/.]+>.test<(:[0-9]+)?>",
	))
	for n := r.IntN(5) / 2; n >= 0; n-- {
		b.WriteString("/" + r.pick(
			"users", "orders", "v1", "items7", "x", "é", "kites", "<.*>", "<.+>", "<[^/]+>", "<[0-9]*>", "<users|orders>", "<(users|orders|v[0-9])>", "<(?i)Users>", "<(?i)(kites|orders)>",
			"<(?!admin|users).*>", "<(?=u|o)[a-z]+>", "<>", "<(a)?x>", "<([a-z])+>", "<(users|(orders|items)7)>", "<(?i:v1|kites)/x>", "<(?P<q>[a-z])\\k<q>>", "<\\p{L}+>", "<[a-zA-Zéß]*>",
			"<(v1/|v2/)?(items7|orders)>", "<[uo](sers|rders)>", "<(?:users/|orders/)+x>", "<items.>", "<.*(users|orders)>", "<(?i).*ITEMS7>", "<(?:us|or){1,2}ders>",
		))
	}
	return b.String() + r.pick("", "", "", "</|>", "</.*>", "<(/.*)?>", "<.*>", "<.*>")
}

func (r Random) glob() string {
	var b strings.Builder
	b.WriteString(r.pick("http://app.test", "http<{,s}>://app.test", "<{https,http}>://<{app,a1}>.test", "http://<*>.test", "<**>.test", "http<{,s}>://app.test:80", "http://<{a1,b1}.test>"))
	for n := r.IntN(3); n >= 0; n-- {
		b.WriteString("/" + r.pick("users", "orders", "v1", "items7", "é", "<*>", "<**>", "<{users,orders}>", "<{users/,}x>", "<u*>", "<[ou]*>", "<{u*,o*}>", "<*s>", "<v[12]>", "<?>"))
	}
	return b.String() + r.pick("", "", "", "</**>", "<{,/x}>")
}

// Request makes a method, a scheme, an authority and a path as a client sends them.
func (r Random) Request() (method, scheme, authority, path string) {
	method, scheme = r.pick("GET", "POST", "PUT", "PUT", "DELETE"), r.pick("http", "https")
	if r.IntN(6) == 0 {
		method = strings.ToLower(method)
	}
	if r.IntN(6) == 0 {
		scheme, rest, _ := strings.Cut(mixed(r.IntN(40)).Example, "://")
		authority, path, _ := strings.Cut(rest, "/")
		return method, scheme, authority, "/" + path + r.pick("", "", "x", "/0")
	}
	authority = r.pick("app", "app", "app", "APP", "kapp", "a1", "b1", "abc") + r.pick(".test", ".test", ".test.") + r.pick("", "", "", ":80", ":443", ":8080")
	for n := r.IntN(5) / 2; n >= 0; n-- {
		path += "/" + r.pick(
			"users", "users", "orders", "orders", "USERS", "Orders", "v1", "v2", "items7", "Items7", "x", "admin", "aa", "xx", "%C3%A9", "%C3%9F", "kites", "KITES", "%E2%84%AAites", "%4bites",
			"orders7", strconv.Itoa(r.IntN(30)), "ususers", "usders", "it%C4%B0", "a.b",
		)
	}
	return method, scheme, authority, path + r.pick("", "", "/")
}
