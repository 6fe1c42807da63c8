//go:build !darwin && !linux

package supervise

import "context"

// lock does nothing where no wheel is pinned: there is no installation to guard.
func lock(context.Context, string) (unlock func(), err error) { return func() {}, nil }

// tryLock locks nothing.
func tryLock(string) (unlock func(), ok bool) { return nil, false }
