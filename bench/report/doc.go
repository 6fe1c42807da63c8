// Package report makes of a run of `make bench` what is kept of it: results.json, a Markdown text with tables and the
// verdict on each target, and a plot of cost against number of rules.
package report
