package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// signals gives a context that the first signal to end cancels, and a channel that
// the second one closes. The third has its usual effect.
func signals(parent context.Context) (ctx context.Context, hurry <-chan struct{}) {
	ctx, cancel := context.WithCancel(parent)
	second := make(chan struct{})
	got := make(chan os.Signal, 2)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM)
	// A terminal that is closed; nohup has it ignored, which Notify would undo.
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(got, syscall.SIGHUP)
	}
	go func() {
		<-got
		cancel()
		<-got
		signal.Stop(got)
		close(second)
	}()
	// Else who reads the access log could not go away without ending this program.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return ctx, second
}
