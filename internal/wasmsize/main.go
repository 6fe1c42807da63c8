// Program wasmsize prints what a Wasm module that Go has linked consists of: the
// code by package, the data by kind. It needs no name section: Go's own table of
// functions, which tracebacks read, is in a stripped module too.
package main

import (
	"fmt"
	"os"
)

// biggest is how many packages have a line of their own.
const biggest = 15

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: wasmsize FILE.wasm")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "wasmsize: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func run(path string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	r, err := measure(file)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(r.String())
	return err
}
