// Package memory holds what outlives one request: bounded caches and the flights
// that keep equal callouts single. It belongs to one worker and is not safe for
// concurrent use; the time is always an argument.
package memory

// Memory is the memory of one worker. The zero Memory is empty and ready.
type Memory struct {
	// Cache holds verdicts and tokens of identity services. Each handler's keys
	// begin with its own purpose (NewDigest).
	Cache Cache
	// KeySets holds the keys that identity servers publish. What requests bring
	// cannot push them out: they are as many as configurations name.
	KeySets Cache
	// Flights are the callouts under way that others may wait for.
	Flights Flights

	digests Digests
}
