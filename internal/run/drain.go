package run

import (
	"context"
	"net/http"
	"time"

	"oathgate/internal/supervise"
)

// drainTime is how long open requests may take when Envoy is to end.
const drainTime = 10 * time.Second

// drain closes the listeners and waits until no request is under way, or for hurry.
func drain(envoy *supervise.Process, hurry <-chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	admin := envoy.Admin()
	if _, _, err := admin.Do(ctx, http.MethodPost, "/drain_listeners"); err != nil {
		return
	}
	for ctx.Err() == nil {
		stats, err := admin.Stats(ctx, "downstream_rq_active")
		if err != nil {
			return
		}
		active := uint64(0)
		for name, n := range stats {
			if name != "http.admin.downstream_rq_active" {
				active += n
			}
		}
		if active == 0 {
			return
		}
		select {
		case <-ctx.Done():
		case <-hurry:
			return
		case <-envoy.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}
