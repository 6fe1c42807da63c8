package sdkhost

// Log levels of the ABI.
const (
	levelTrace = iota
	levelDebug
	levelInfo
	levelWarn
	levelError
	levelCritical
)

// LogTrace writes to the host's log. It can be called in init, too.
func LogTrace(msg string) { _ = proxyLog(levelTrace, msg) }

// LogDebug writes to the host's log. It can be called in init, too.
func LogDebug(msg string) { _ = proxyLog(levelDebug, msg) }

// LogInfo writes to the host's log. It can be called in init, too.
func LogInfo(msg string) { _ = proxyLog(levelInfo, msg) }

// LogWarn writes to the host's log. It can be called in init, too.
func LogWarn(msg string) { _ = proxyLog(levelWarn, msg) }

// LogError writes to the host's log. It can be called in init, too.
func LogError(msg string) { _ = proxyLog(levelError, msg) }

// LogCritical writes to the host's log. It can be called in init, too.
func LogCritical(msg string) { _ = proxyLog(levelCritical, msg) }
