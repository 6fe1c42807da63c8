// Package request turns what a server received into one canonical request, or
// refuses it.
//
// A proxy is bypassed where it reads a request in one way and the server behind
// it in another. So this package reads method, scheme, authority, path and
// headers once, refuses what has no single meaning, and for a path gives, next
// to Oathkeeper's reading, every other reading that a server behind us could
// take the same bytes for (Request.Readings): whoever matches rules decides
// what a difference means.
//
// Nothing here keeps state, blocks or panics, whatever the input.
package request
