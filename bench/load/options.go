package load

import "time"

// Options is one measurement.
type Options struct {
	Address     string        // IP and port to connect to
	Pool        *Pool         // what to send
	Status      int           // what every answer must have; any other ends the measurement
	Connections int           // kept open, each with one request at a time
	Warmup      time.Duration // load that is not counted, before
	Duration    time.Duration // load that is counted
	Rate        float64       // requests a second, whatever the answers do; 0: each connection sends when it has its answer
	Core        int           // the core that the thread is bound to; negative: none
	Mark        func() error  // called on the thread as counting begins, and again as it ends; may be nil
}

// Result is what was counted between the two calls of Mark.
type Result struct {
	Requests   int           // answered
	Elapsed    time.Duration // of the counted part
	Reconnects int           // connections that the other side closed
	Wrapped    bool          // the pool has begun anew, in this measurement or an earlier one
	// Latencies in whole microseconds, off by at most 0.1 %: from the time a request was sent, in an open loop from the
	// time it was due, so that those who have to wait for a slow answer before them count with their wait.
	P50, P99, Max time.Duration
}
