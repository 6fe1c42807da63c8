// Package api is what the filter answers in the role decision, where nothing goes
// on to an upstream: which request a proxy asks about, what it is told, and the
// other endpoints of Oathkeeper's API port.
package api
