package template

import (
	"encoding/base64"
)

// encodings are Sprig's functions for JSON and base64 (defaults.go, strings.go).
var encodings = [...]function{
	{"toJson", "a", func(_ *state, a []any) (any, error) { return jsonOrNothing(a[0], jsonPrinter{html: true}) }},
	{"toRawJson", "a", func(_ *state, a []any) (any, error) { return jsonText(a[0], jsonPrinter{}) }},
	{"toPrettyJson", "a", func(_ *state, a []any) (any, error) {
		return jsonOrNothing(a[0], jsonPrinter{html: true, pretty: true})
	}},
	{"mustToJson", "a", func(_ *state, a []any) (any, error) { return jsonText(a[0], jsonPrinter{html: true}) }},
	{"mustToRawJson", "a", func(_ *state, a []any) (any, error) { return jsonText(a[0], jsonPrinter{}) }},
	{"mustToPrettyJson", "a", func(_ *state, a []any) (any, error) {
		return jsonText(a[0], jsonPrinter{html: true, pretty: true})
	}},
	{"fromJson", "s", func(s *state, a []any) (any, error) {
		v, err := parseJSON(s, a[0].(string))
		if _, limit := err.(constError); limit {
			return nil, err
		}
		return v, nil
	}},
	{"mustFromJson", "s", func(s *state, a []any) (any, error) { return parseJSON(s, a[0].(string)) }},
	{"b64enc", "s", func(_ *state, a []any) (any, error) {
		return base64.StdEncoding.EncodeToString([]byte(a[0].(string))), nil
	}},
	{"b64dec", "s", func(_ *state, a []any) (any, error) {
		data, err := base64.StdEncoding.DecodeString(a[0].(string))
		if err != nil {
			return err.Error(), nil
		}
		return string(data), nil
	}},
}
