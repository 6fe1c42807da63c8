package api

import (
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"oathgate/rules"
	"oathgate/rules/request"
)

func allLoaded(list []rules.Repository) bool {
	return !slices.ContainsFunc(list, func(r rules.Repository) bool { return r.Loaded == 0 })
}

// withRepositories adds the states of repositories, if there are any, to the JSON
// object that is the body of an answer and its only line.
func withRepositories(body []byte, list []rules.Repository) []byte {
	if len(list) == 0 {
		return body
	}
	b := append(body[:len(body)-len("}\n")], `,"repositories":[`...)
	for i := range list {
		r := &list[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = gjson.AppendJSONString(b, r.Name)
		b = append(b, `,"rules":`...)
		b = strconv.AppendInt(b, int64(r.Rules), 10)
		b = append(b, `,"loaded":`...)
		b = strconv.AppendInt(b, int64(r.Loaded), 10)
		if r.Error != "" {
			b = append(b, `,"error":`...)
			b = gjson.AppendJSONString(b, r.Error)
			b = append(b, `,"known":`...)
			b = strconv.AppendInt(b, int64(r.Known), 10)
		}
		b = append(b, '}')
	}
	return append(b, "]}\n"...)
}

// repositoryHeaders says the same in headers, one for each: the list of rules has no
// place for it.
func repositoryHeaders(list []rules.Repository) request.Headers {
	var headers request.Headers
	for i := range list {
		r := &list[i]
		b := append(LogText(r.Name), "; rules="...)
		b = strconv.AppendInt(b, int64(r.Rules), 10)
		b = append(b, "; loaded="...)
		b = strconv.AppendInt(b, int64(r.Loaded), 10)
		if r.Error != "" {
			b = append(b, "; error="...)
			b = append(b, LogText(r.Error)...)
			b = append(b, "; known="...)
			b = strconv.AppendInt(b, int64(r.Known), 10)
		}
		headers = append(headers, request.Header{Name: "x-oathgate-repository", Value: string(b)})
	}
	return headers
}
