// Package module is the compiled filter as cmd/oathgate carries it: what build.sh
// makes, copied to data/oathgate.wasm before the command is built (`make build`).
package module

import (
	"embed"
	"errors"
	"os"
)

// data holds oathgate.wasm, or only the file that keeps the folder in a checkout.
//
//go:embed all:data
var data embed.FS

// ErrMissing says that the command was built without the filter.
var ErrMissing = errors.New("this oathgate was built without the filter: build it with `make build`")

// WriteFile writes the module to a new file, readable to its owner. The error is
// ErrMissing or the file system's.
func WriteFile(path string) error {
	wasm, err := data.ReadFile("data/oathgate.wasm")
	if err != nil {
		return ErrMissing
	}
	return os.WriteFile(path, wasm, 0o600)
}
