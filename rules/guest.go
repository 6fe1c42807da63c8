package rules

import (
	"bytes"

	"oathgate/rules/tree"
)

// GuestDocument is the name of the plugin configuration in problems.
const GuestDocument = "plugin configuration"

// ParseGuest reads the plugin configuration as Envoy hands it to the module:
// JSON text (a StringValue, or what Istio makes of pluginConfig) or the raw
// bytes of a google.protobuf.Struct.
func ParseGuest(data []byte) (*Document, []Problem) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, []Problem{{Document: GuestDocument, Path: "(document)", Message: "is empty; write Oathkeeper's configuration with the rules under access_rules.rules"}}
	}
	parse := tree.ParseJSON
	if isStruct(data) {
		parse = tree.ParseStruct
	}
	root, err := parse(data, tree.Limits{})
	if err != nil {
		return nil, []Problem{parseProblem(err, GuestDocument)}
	}
	return Decode(root, GuestDocument)
}

// isStruct tells the two apart. A Struct with a member starts with the byte
// 0x0a, but so does JSON text after an empty line, and "\n{" may start either.
// Every member of a Struct has the tag of its value, the byte 0x12, which
// never stands in JSON: control characters are escaped there.
func isStruct(data []byte) bool {
	return data[0] == 0x0a && bytes.IndexByte(data, 0x12) >= 0
}
