// Command demo runs Envoy with the project's envoy.yaml beside an upstream and an identity server, and prints
// commands to try. `make run` starts it; Ctrl-C ends all of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"oathgate/internal/supervise"
)

// The addresses that envoy.yaml names.
const (
	proxyAddress    = "127.0.0.1:8080"
	upstreamAddress = "127.0.0.1:8081"
	identityAddress = "127.0.0.1:8082"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root := supervise.Root()
	if root == "" {
		return errors.New("run this inside the project's folder")
	}
	if _, err := os.Stat(filepath.Join(root, "dist", "oathgate.wasm")); err != nil {
		return errors.New("dist/oathgate.wasm is not there: make build makes it")
	}
	if err := free(proxyAddress); err != nil {
		return err
	}
	for address, handler := range map[string]http.Handler{upstreamAddress: upstream(), identityAddress: identity()} {
		server, err := serve(address, handler)
		if err != nil {
			return err
		}
		defer server.Close()
	}

	bin, err := supervise.Find(ctx, supervise.FindOptions{Root: root, Log: os.Stderr})
	if err != nil {
		return quiet(ctx, err)
	}
	fmt.Fprintf(os.Stderr, "starting Envoy %s (%s); it compiles the filter first\n", bin.Version, bin.Source)
	began := time.Now()
	envoy, err := supervise.Start(ctx, supervise.Options{Envoy: bin.Path, Config: "envoy.yaml", Dir: root, Output: os.Stderr})
	if err != nil {
		return quiet(ctx, err)
	}
	defer envoy.Stop()
	fmt.Printf("Envoy %s is ready on http://%s after %.1f s.\n", bin.Version, proxyAddress, time.Since(began).Seconds())
	printCommands(os.Stdout)

	select {
	case <-ctx.Done():
		return nil
	case <-envoy.Done():
		return envoy.Err()
	}
}

// quiet is err, or nil where the user ended the program.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// free reports an address that somebody listens on. Envoy itself would share it with another Envoy without a word.
func free(address string) error {
	l, err := listen(address)
	if err != nil {
		return err
	}
	return l.Close()
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program, and envoy.yaml needs it", address)
	}
	return l, err
}

func serve(address string, handler http.Handler) (*http.Server, error) {
	l, err := listen(address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	return server, nil
}
