// Program gowasm works on a Wasm module that Go has linked, stripped or not: it needs
// no name section, since Go's own table of functions, which tracebacks read, is in a
// stripped module too.
//
//	gowasm sizes FILE    what it consists of: the code by package, the data by kind
//	gowasm pack FILE     take out what Go's linker puts in and Go's runtime never reads
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] != "sizes" && os.Args[1] != "pack" {
		fmt.Fprintln(os.Stderr, "usage: gowasm sizes|pack FILE.wasm")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "gowasm %s %s: %v\n", os.Args[1], os.Args[2], err)
		os.Exit(1)
	}
}

func run(verb, path string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if verb == "pack" {
		if file, err = pack(file); err != nil {
			return err
		}
		return os.WriteFile(path, file, 0o644)
	}
	r, err := measure(file)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(r.String())
	return err
}
