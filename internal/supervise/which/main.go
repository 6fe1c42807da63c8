// Command which prints the path of the Envoy that `make run` and the tests use, getting it first where necessary.
package main

import (
	"context"
	"fmt"
	"os"

	"oathgate/internal/supervise"
)

func main() {
	bin, err := supervise.Find(context.Background(), supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "Envoy %s (%s)\n", bin.Version, bin.Source)
	fmt.Println(bin.Path)
}
