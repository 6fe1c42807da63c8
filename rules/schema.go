//go:build !wasip1

package rules

import _ "embed"

// Schema is the JSON schema (draft 2020-12) of the plugin configuration.
//
//go:embed schema.json
var Schema []byte
