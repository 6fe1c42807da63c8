package sdkhost

import "time"

// Now returns the host's wall clock, without a monotonic reading, for less than half of what time.Now costs. It cannot be
// called in init.
func Now() time.Time {
	if proxyGetCurrentTimeNanoseconds(&outValue) != 0 {
		return time.Now()
	}
	return time.Unix(0, int64(outValue))
}
