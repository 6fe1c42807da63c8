package api

import (
	"strconv"
	"strings"

	"oathgate/rules/errorhandler"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// The page of rules that GET /rules gives (Oathkeeper: api/rule.go).
const (
	defaultPage = 50
	maxPage     = 500
)

// inform answers a request to another endpoint than /decisions: its method must
// be GET, or there is no such endpoint.
func inform(p *program.Program, raw *request.Raw) pipeline.Response {
	path, query, _ := strings.Cut(raw.Path, "?")
	if raw.Method != "GET" && raw.Method != "HEAD" {
		return noEndpoint(raw)
	}
	switch path {
	case "/health/alive":
		return healthy()
	case "/health/ready":
		response := healthy()
		if p.Listed() == 0 || !allLoaded(p.Repositories()) {
			response = noResource(raw)
			response.Status = 503
		}
		response.Body = withRepositories(response.Body, p.Repositories())
		return response
	case "/rules":
		r := request.Request{RawQuery: query}
		response := rulesPage(p, number(r.Query("limit"), defaultPage), number(r.Query("offset"), 0))
		response.Headers = append(response.Headers, repositoryHeaders(p.Repositories())...)
		return response
	}
	if id, ok := strings.CutPrefix(path, "/rules/"); ok && id != "" && strings.IndexByte(id, '/') < 0 {
		id, ok = request.DecodePath(id)
		if rule := p.ListedRule(p.FindListed(id)); ok && rule != nil {
			return inJSON(append(rule[:len(rule):len(rule)], '\n'))
		}
		return noResource(raw)
	}
	return noEndpoint(raw)
}

func healthy() pipeline.Response { return inJSON([]byte("{\"status\":\"ok\"}\n")) }

// rulesPage gives the rules from offset on, limit at most.
func rulesPage(p *program.Program, limit, offset int) pipeline.Response {
	offset = max(0, min(offset, p.Listed()))
	end := min(offset+max(0, min(limit, maxPage)), p.Listed())
	b := []byte{'['}
	for i := offset; i < end; i++ {
		if i > offset {
			b = append(b, ',')
		}
		b = append(b, p.ListedRule(i)...)
	}
	return inJSON(append(b, ']', '\n'))
}

// number reads a parameter of a page; what is no number is def.
func number(s string, def int) int {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return def
	}
	return int(n)
}

func inJSON(body []byte) pipeline.Response {
	return pipeline.Response{Status: 200, Headers: request.Headers{{Name: "content-type", Value: "application/json; charset=utf-8"}}, Body: body}
}

// noResource is Oathkeeper's answer for a rule that is not there: in the body, the
// status of an error that has none.
func noResource(raw *request.Raw) pipeline.Response {
	response := errorhandler.JSON(&request.Request{Headers: raw.Headers},
		&pipeline.Error{Status: 500, Message: "The requested resource could not be found"})
	response.Status = 404
	return response
}

// The three forms of the answer for a path that is not served. Oathkeeper's page is
// its own.
const (
	noEndpointHTML = "<!doctype html>\n<title>404 - Route not found</title>\n<h1>Error 404</h1>\n<p>" + noEndpointText + "</p>\n"
	noEndpointJSON = "{\n  \"error\": {\n    \"code\": 404,\n    \"message\": \"Not Found\",\n    \"reason\": \"" + noEndpointText + "\"\n  }\n}\n"
	noEndpointText = "The requested route does not exist. Make sure you are using the right path, domain, and port."
)

// noEndpoint is the answer for a path that is not served (Oathkeeper:
// oryx/serverx/404.go), in the one of its forms that Accept names first; a page if it
// names none. Oathkeeper also looks at q.
func noEndpoint(raw *request.Raw) pipeline.Response {
	accept := raw.Headers.Get("accept")
	media, body, first := "text/html", noEndpointHTML, len(accept)
	for _, form := range [...][2]string{{"text/html", noEndpointHTML}, {"text/plain", "Error 404 - " + noEndpointText}, {"application/json", noEndpointJSON}} {
		if i := strings.Index(accept, form[0]); i >= 0 && i < first {
			media, body, first = form[0], form[1], i
		}
	}
	return pipeline.Response{
		Status: 404, Headers: request.Headers{{Name: "content-type", Value: media + "; charset=utf-8"}}, Body: []byte(body),
	}
}
