//go:build !linux

package load

import (
	"context"
	"errors"
)

// Run needs epoll.
func Run(context.Context, Options) (Result, error) {
	return Result{}, errors.New("the load generator runs on Linux only")
}
