// Package load sends HTTP/1.1 requests to one address from one thread and measures the answers: as fast as they come
// (closed loop) or at a constant rate (open loop). It allocates nothing while it measures, so that on a core that it
// shares with the upstream it costs no more than wrk does. Linux only.
package load
