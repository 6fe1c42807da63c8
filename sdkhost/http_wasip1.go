package sdkhost

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

// Streams of the ABI.
const (
	streamRequest  = 0
	streamResponse = 1
)

// GetHttpRequestHeaders returns all request headers, in their order, each line by itself. None, as after the request
// was resumed, is types.ErrorStatusNotFound.
func GetHttpRequestHeaders() ([][2]string, error) { return getPairs(mapRequestHeaders) }

// ReadHttpRequestHeaders is GetHttpRequestHeaders into memory that is used again: for who reads every request's.
func ReadHttpRequestHeaders(l *Lines) error {
	data, err := getMap(mapRequestHeaders)
	if err != nil {
		return err
	}
	return l.decode(data)
}

// ReplaceHttpRequestHeaders replaces all request headers. More than 1024, or than 1 MiB, are
// types.ErrorStatusBadArgument.
func ReplaceHttpRequestHeaders(headers [][2]string) error {
	return setPairs(mapRequestHeaders, headers)
}

// GetHttpRequestHeader returns a header's value, in Envoy the first of several.
func GetHttpRequestHeader(key string) (string, error) { return getValue(mapRequestHeaders, key) }

// RemoveHttpRequestHeader removes every line of a header.
func RemoveHttpRequestHeader(key string) error {
	return statusError(proxyRemoveHeaderMapValue(mapRequestHeaders, key))
}

// ReplaceHttpRequestHeader replaces every line of a header by one.
func ReplaceHttpRequestHeader(key, value string) error {
	return statusError(proxyReplaceHeaderMapValue(mapRequestHeaders, key, value))
}

// AddHttpRequestHeader adds a line to a header.
func AddHttpRequestHeader(key, value string) error {
	return statusError(proxyAddHeaderMapValue(mapRequestHeaders, key, value))
}

// GetHttpRequestBody returns at most maxSize bytes of what the host holds of the request body. No bytes are
// types.ErrorStatusNotFound.
func GetHttpRequestBody(start, maxSize int) ([]byte, error) {
	return getBuffer(bufferRequestBody, start, maxSize)
}

// GetHttpRequestTrailers returns all request trailers.
func GetHttpRequestTrailers() ([][2]string, error) { return getPairs(mapRequestTrailers) }

// ActionHold is what OnHttpRequestHeaders may return in place of types.ActionPause: no callback comes for body and
// trailers until the request is resumed, and the host takes no more of the body than its buffer holds. Paused, it takes
// all, and refuses what its buffer does not hold.
const ActionHold types.Action = 4 // FilterHeadersStatus::StopAllIterationAndWatermark

// Dismiss ends a stream for the filter: it is dropped, as if the host had deleted it, but OnHttpStreamDone is not called.
// A host that calls it nevertheless finds it unknown. Only a callback of the stream that returns types.ActionContinue for
// a request that has ended may do so: nothing comes after it but proxy_on_delete. false says that nothing was done: the
// stream is dead or answered, or responses are heard (sdkhost_responses).
func Dismiss(contextID uint32) bool { return !hearsResponses && guest.dismiss(contextID) }

// RemoveHttpRequestTrailer removes every line of a trailer.
func RemoveHttpRequestTrailer(key string) error {
	return statusError(proxyRemoveHeaderMapValue(mapRequestTrailers, key))
}

// ResumeHttpRequest lets the paused request of the active stream go on. If that has ended, was answered, or had a
// callback panic, or if the active context is a plugin, it is types.ErrorStatusBadArgument.
func ResumeHttpRequest() error {
	if !guest.mayContinue() {
		return types.ErrorStatusBadArgument
	}
	return statusError(proxyContinueStream(streamRequest))
}

// GetHttpResponseHeaders returns all response headers, in their order, each line by itself.
func GetHttpResponseHeaders() ([][2]string, error) { return getPairs(mapResponseHeaders) }

// ReplaceHttpResponseHeaders replaces all response headers. More than 1024, or than 1 MiB, are
// types.ErrorStatusBadArgument.
func ReplaceHttpResponseHeaders(headers [][2]string) error {
	return setPairs(mapResponseHeaders, headers)
}

// GetHttpResponseHeader returns a header's value, in Envoy the first of several.
func GetHttpResponseHeader(key string) (string, error) { return getValue(mapResponseHeaders, key) }

// RemoveHttpResponseHeader removes every line of a header.
func RemoveHttpResponseHeader(key string) error {
	return statusError(proxyRemoveHeaderMapValue(mapResponseHeaders, key))
}

// ReplaceHttpResponseHeader replaces every line of a header by one.
func ReplaceHttpResponseHeader(key, value string) error {
	return statusError(proxyReplaceHeaderMapValue(mapResponseHeaders, key, value))
}

// AddHttpResponseHeader adds a line to a header.
func AddHttpResponseHeader(key, value string) error {
	return statusError(proxyAddHeaderMapValue(mapResponseHeaders, key, value))
}

// GetHttpResponseBody returns at most maxSize bytes of what the host holds of the response body. No bytes are
// types.ErrorStatusNotFound.
func GetHttpResponseBody(start, maxSize int) ([]byte, error) {
	return getBuffer(bufferResponseBody, start, maxSize)
}

// GetHttpResponseTrailers returns all response trailers.
func GetHttpResponseTrailers() ([][2]string, error) { return getPairs(mapResponseTrailers) }

// ResumeHttpResponse lets a paused response go on.
func ResumeHttpResponse() error { return statusError(proxyContinueStream(streamResponse)) }

// SendHttpResponse is SendLocalReply without details.
func SendHttpResponse(statusCode uint32, headers [][2]string, body []byte, gRPCStatus int32) error {
	return SendLocalReply(statusCode, "", headers, body, gRPCStatus)
}

// SendLocalReply answers the active stream. details is the response code details of access logs and must have no
// spaces in Envoy; gRPCStatus is -1 for none. More than 1024 headers, or than 1 MiB of them, a second reply, and a
// stream that has ended, which Envoy would all take without a word, are types.ErrorStatusBadArgument.
//
// The reply stops the callback that is running, in Envoy even if that is another stream's.
func SendLocalReply(statusCode uint32, details string, headers [][2]string, body []byte, gRPCStatus int32) error {
	b, err := appendPairs(outbox, headers)
	if err != nil {
		return err
	}
	if !guest.mayReply() {
		return types.ErrorStatusBadArgument
	}
	status := proxySendLocalResponse(statusCode, details, pointer(body), uint32(len(body)), pointer(b), uint32(len(b)), gRPCStatus)
	keepOutbox(b)
	if status == 0 {
		guest.answered()
	}
	return statusError(status)
}
