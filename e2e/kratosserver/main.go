// Command kratosserver is Ory Kratos, configured by kratos.yml and the environment: it migrates its database, serves,
// and ends when its standard input does. Kratos's own command cannot be installed with `go install`: it has replacements.
package main

import (
	"io"
	"os"

	"github.com/ory/kratos/cmd"
)

func main() {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for _, args := range [][]string{
		{"migrate", "sql", "--read-from-env", "--yes", "--config", "kratos.yml"},
		{"serve", "--dev", "--sqa-opt-out", "--config", "kratos.yml"}, // --dev: cookies over http too
	} {
		os.Args = append(os.Args[:1], args...)
		if code := cmd.Execute(); code != 0 {
			os.Exit(code)
		}
	}
}
