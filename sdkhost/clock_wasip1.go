package sdkhost

import "time"

// Now returns the host's wall clock. It has no monotonic reading.
func Now() time.Time {
	if proxyGetCurrentTimeNanoseconds(&outValue) != 0 {
		return time.Now()
	}
	return time.Unix(0, int64(outValue))
}
