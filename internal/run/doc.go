// Package run is `oathgate run`: it reads Oathkeeper's configuration, starts Envoy
// with the filter on it, puts what changes in the files in force, and ends with
// Envoy or with the signal.
package run
