// Package main is Oathgate's Wasm module: a proxy-wasm HTTP filter for Envoy
// that lets a request through only if an access rule allows it.
//
// It holds no policy of its own. A plugin configuration becomes a
// program.Program, a request becomes a decision.Evaluation, and what is here
// carries out what they say: callouts, and in the end one act, to let the
// request go on or to answer it.
package main

import (
	"runtime/debug"

	"oathgate/sdkhost"
)

// gcPercent lets the heap grow to four times what lives in it before it is
// collected: a request leaves little behind, and a collection visits all rules.
const gcPercent = 300

// main does not run in a reactor module; init does.
func main() {}

func init() {
	debug.SetGCPercent(gcPercent)
	vm := newVM()
	sdkhost.SetVMContext(vm)
	sdkhost.OnPanic(vm.panicked)
}
