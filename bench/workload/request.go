package workload

import "strings"

// host is that of requests whose rules are for any.
const host = "bench.example.com"

// get is a GET request as a browser sends it, with these further header lines. url is absolute.
func get(url string, lines ...string) []byte {
	_, rest, _ := strings.Cut(url, "://")
	authority, path, _ := strings.Cut(rest, "/")
	head := []string{
		"GET /" + path + " HTTP/1.1",
		"Host: " + authority,
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"Accept: application/json, text/plain;q=0.8, */*;q=0.5",
		"Accept-Language: en-US,en;q=0.5",
		"Accept-Encoding: gzip, deflate, br",
		"Referer: https://" + authority + "/",
	}
	return []byte(strings.Join(append(head, lines...), "\r\n") + "\r\n\r\n")
}

func bearer(token string) string { return "Authorization: Bearer " + token }

func cookie(value string) string {
	return "Cookie: theme=dark; " + SessionCookie + "=" + value + "; lang=en"
}
