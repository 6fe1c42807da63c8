package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"oathgate/rules"
	"oathgate/rules/program"
	"oathgate/rules/token"
	"oathgate/sdkhost"
)

// load compiles a configuration in as little memory as it takes: linear memory never shrinks. Left alone the collector
// lets garbage grow to a multiple of what lives, two programs and the text, and within one callback it gets no turn to
// end what it has begun.
func load(text []byte, lack token.Lack) (*program.Program, []rules.Problem) {
	runtime.GC()
	debug.SetGCPercent(-1)
	defer debug.SetGCPercent(gcPercent)
	// The earlier configuration is still in force, and its memory with the text's is to be had soon.
	defer runtime.GC()
	return program.LoadOn(text, lack, runtime.GC)
}

// sayLoaded tells the operator that a configuration is in force.
func sayLoaded(rules int, took time.Duration) {
	sdkhost.LogInfo("oathgate: " + strconv.Itoa(rules) + " rules in force, read in " + strconv.FormatInt(took.Milliseconds(), 10) + " ms")
}
