//go:build !wasip1

package sdkhost

import (
	"crypto/rand"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// The functions of the guest, on the SDK's mock host. What the guest's say of types.ErrorStatus… and of panics is the
// guest's; the SDK drops the reply of a callout whose stream has ended.

// SetVMContext registers the filter.
func SetVMContext(ctx types.VMContext) { proxywasm.SetVMContext(ctx) }

// GetVMConfiguration returns vm_config.configuration.
func GetVMConfiguration() ([]byte, error) { return proxywasm.GetVMConfiguration() }

// GetPluginConfiguration returns the plugin's configuration.
func GetPluginConfiguration() ([]byte, error) { return proxywasm.GetPluginConfiguration() }

// SetTickPeriodMilliSeconds has OnTick called every so often; 0 ends it.
func SetTickPeriodMilliSeconds(millSec uint32) error {
	return proxywasm.SetTickPeriodMilliSeconds(millSec)
}

// SetEffectiveContext makes the host calls that follow be about another context.
func SetEffectiveContext(contextID uint32) error { return proxywasm.SetEffectiveContext(contextID) }

// PluginDone says that a plugin whose OnPluginDone returned false is done now.
func PluginDone() { proxywasm.PluginDone() }

// Now returns the time.
func Now() time.Time { return time.Now() }

// Random fills p with random bytes fit for keys.
func Random(p []byte) { _, _ = rand.Read(p) }

// GetHttpRequestHeaders returns all request headers.
func GetHttpRequestHeaders() ([][2]string, error) { return proxywasm.GetHttpRequestHeaders() }

// ReadHttpRequestHeaders is GetHttpRequestHeaders into Lines.
func ReadHttpRequestHeaders(l *Lines) (err error) {
	l.Pairs, err = proxywasm.GetHttpRequestHeaders()
	return err
}

// ReplaceHttpRequestHeaders replaces all request headers.
func ReplaceHttpRequestHeaders(headers [][2]string) error {
	return proxywasm.ReplaceHttpRequestHeaders(headers)
}

// GetHttpRequestHeader returns a header's value.
func GetHttpRequestHeader(key string) (string, error) { return proxywasm.GetHttpRequestHeader(key) }

// RemoveHttpRequestHeader removes a header.
func RemoveHttpRequestHeader(key string) error { return proxywasm.RemoveHttpRequestHeader(key) }

// ReplaceHttpRequestHeader replaces a header.
func ReplaceHttpRequestHeader(key, value string) error {
	return proxywasm.ReplaceHttpRequestHeader(key, value)
}

// AddHttpRequestHeader adds to a header.
func AddHttpRequestHeader(key, value string) error { return proxywasm.AddHttpRequestHeader(key, value) }

// GetHttpRequestBody returns at most maxSize bytes of the request body.
func GetHttpRequestBody(start, maxSize int) ([]byte, error) {
	return proxywasm.GetHttpRequestBody(start, maxSize)
}

// GetHttpRequestTrailers returns all request trailers.
func GetHttpRequestTrailers() ([][2]string, error) { return proxywasm.GetHttpRequestTrailers() }

// ActionHold is types.ActionPause: the SDK knows no other.
const ActionHold = types.ActionPause

// Dismiss is for the guest alone: the SDK calls OnHttpStreamDone of every stream.
func Dismiss(contextID uint32) bool { return false }

// RemoveHttpRequestTrailer removes a trailer.
func RemoveHttpRequestTrailer(key string) error { return proxywasm.RemoveHttpRequestTrailer(key) }

// ResumeHttpRequest lets a paused request go on.
func ResumeHttpRequest() error { return proxywasm.ResumeHttpRequest() }

// CloseHttpRequest is for the guest alone: the SDK closes no HTTP stream.
func CloseHttpRequest() error { return types.ErrorUnimplemented }

// GetHttpResponseHeaders returns all response headers.
func GetHttpResponseHeaders() ([][2]string, error) { return proxywasm.GetHttpResponseHeaders() }

// ReplaceHttpResponseHeaders replaces all response headers.
func ReplaceHttpResponseHeaders(headers [][2]string) error {
	return proxywasm.ReplaceHttpResponseHeaders(headers)
}

// GetHttpResponseHeader returns a header's value.
func GetHttpResponseHeader(key string) (string, error) { return proxywasm.GetHttpResponseHeader(key) }

// RemoveHttpResponseHeader removes a header.
func RemoveHttpResponseHeader(key string) error { return proxywasm.RemoveHttpResponseHeader(key) }

// ReplaceHttpResponseHeader replaces a header.
func ReplaceHttpResponseHeader(key, value string) error {
	return proxywasm.ReplaceHttpResponseHeader(key, value)
}

// AddHttpResponseHeader adds to a header.
func AddHttpResponseHeader(key, value string) error {
	return proxywasm.AddHttpResponseHeader(key, value)
}

// GetHttpResponseBody returns at most maxSize bytes of the response body.
func GetHttpResponseBody(start, maxSize int) ([]byte, error) {
	return proxywasm.GetHttpResponseBody(start, maxSize)
}

// GetHttpResponseTrailers returns all response trailers.
func GetHttpResponseTrailers() ([][2]string, error) { return proxywasm.GetHttpResponseTrailers() }

// ResumeHttpResponse lets a paused response go on.
func ResumeHttpResponse() error { return proxywasm.ResumeHttpResponse() }

// SendHttpResponse answers the active stream.
func SendHttpResponse(statusCode uint32, headers [][2]string, body []byte, gRPCStatus int32) error {
	return proxywasm.SendHttpResponse(statusCode, headers, body, gRPCStatus)
}

// SendLocalReply answers the active stream. The SDK has no details.
func SendLocalReply(statusCode uint32, details string, headers [][2]string, body []byte, gRPCStatus int32) error {
	return proxywasm.SendHttpResponse(statusCode, headers, body, gRPCStatus)
}

// DispatchHttpCall sends a request to a cluster.
func DispatchHttpCall(
	cluster string,
	headers [][2]string,
	body []byte,
	trailers [][2]string,
	timeoutMillisecond uint32,
	callBack func(numHeaders, bodySize, numTrailers int),
) (calloutID uint32, err error) {
	return proxywasm.DispatchHttpCall(cluster, headers, body, trailers, timeoutMillisecond, callBack)
}

// GetHttpCallResponseHeaders returns the headers of the reply whose callback is running.
func GetHttpCallResponseHeaders() ([][2]string, error) {
	return proxywasm.GetHttpCallResponseHeaders()
}

// GetHttpCallResponseBody returns at most maxSize bytes of the body of the reply whose callback is running.
func GetHttpCallResponseBody(start, maxSize int) ([]byte, error) {
	return proxywasm.GetHttpCallResponseBody(start, maxSize)
}

// GetHttpCallResponseTrailers returns the trailers of the reply whose callback is running.
func GetHttpCallResponseTrailers() ([][2]string, error) {
	return proxywasm.GetHttpCallResponseTrailers()
}

// CallForeignFunction calls a function that the host provides by name.
func CallForeignFunction(funcName string, param []byte) (ret []byte, err error) {
	return proxywasm.CallForeignFunction(funcName, param)
}

// GetProperty returns a property.
func GetProperty(path []string) ([]byte, error) { return proxywasm.GetProperty(path) }

// SetProperty sets a property.
func SetProperty(path []string, data []byte) error { return proxywasm.SetProperty(path, data) }

// DefineCounterMetric returns the id of the counter of that name.
func DefineCounterMetric(name string) (id uint32, err error) {
	defer panicToError(&err)
	return uint32(proxywasm.DefineCounterMetric(name)), nil
}

// DefineGaugeMetric returns the id of the gauge of that name.
func DefineGaugeMetric(name string) (id uint32, err error) {
	defer panicToError(&err)
	return uint32(proxywasm.DefineGaugeMetric(name)), nil
}

// DefineHistogramMetric returns the id of the histogram of that name.
func DefineHistogramMetric(name string) (id uint32, err error) {
	defer panicToError(&err)
	return uint32(proxywasm.DefineHistogramMetric(name)), nil
}

// IncrementMetric adds to a counter or gauge.
func IncrementMetric(id uint32, offset int64) (err error) {
	defer panicToError(&err)
	proxywasm.MetricGauge(id).Add(offset)
	return nil
}

// RecordHistogramMetric adds a value to a histogram.
func RecordHistogramMetric(id uint32, value uint64) (err error) {
	defer panicToError(&err)
	proxywasm.MetricHistogram(id).Record(value)
	return nil
}

// GetMetric returns the value of a counter or gauge.
func GetMetric(id uint32) (value uint64, err error) {
	defer panicToError(&err)
	return proxywasm.MetricCounter(id).Value(), nil
}

// panicToError is deferred: the SDK's metrics panic on an error status.
func panicToError(err *error) {
	if recover() != nil {
		*err = types.ErrorStatusBadArgument
	}
}

// LogTrace writes to the host's log.
func LogTrace(msg string) { proxywasm.LogTrace(msg) }

// LogDebug writes to the host's log.
func LogDebug(msg string) { proxywasm.LogDebug(msg) }

// LogInfo writes to the host's log.
func LogInfo(msg string) { proxywasm.LogInfo(msg) }

// LogWarn writes to the host's log.
func LogWarn(msg string) { proxywasm.LogWarn(msg) }

// LogError writes to the host's log.
func LogError(msg string) { proxywasm.LogError(msg) }

// LogCritical writes to the host's log.
func LogCritical(msg string) { proxywasm.LogCritical(msg) }
