package sdkhost

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

// DispatchHttpCall sends a request to a cluster, for the active context. headers must hold :method, :path and
// :authority. A timeout of 0 never comes in Envoy. An unknown cluster is types.ErrorStatusBadArgument, in Envoy, and
// no healthy host types.ErrorInternalFailure; a header map that the host would not read (see SendLocalReply) is
// types.ErrorStatusBadArgument.
//
// Without an error callBack is called exactly once, see the package's documentation: also when the stream has ended,
// and with no headers when the call was reset or the plugin is deleted.
func DispatchHttpCall(
	cluster string,
	headers [][2]string,
	body []byte,
	trailers [][2]string,
	timeoutMillisecond uint32,
	callBack func(numHeaders, bodySize, numTrailers int),
) (calloutID uint32, err error) {
	if guest.root() == 0 {
		// Nobody could be told of the reply.
		return 0, types.ErrorStatusBadArgument
	}
	b, err := appendPairs(outbox, headers)
	if err != nil {
		return 0, err
	}
	split := len(b)
	if b, err = appendPairs(b, trailers); err != nil {
		return 0, err
	}
	status := proxyHTTPCall(cluster, pointer(b[:split]), uint32(split), pointer(body), uint32(len(body)),
		pointer(b[split:]), uint32(len(b)-split), timeoutMillisecond, &outID)
	keepOutbox(b)
	if status != 0 {
		return 0, statusError(status)
	}
	calloutID = outID
	return calloutID, guest.dispatched(calloutID, callBack)
}

// GetHttpCallResponseHeaders returns the headers of the reply whose callback is running.
func GetHttpCallResponseHeaders() ([][2]string, error) { return getPairs(mapCallResponseHeaders) }

// GetHttpCallResponseBody returns at most maxSize bytes of the body of the reply whose callback is running. No bytes
// are types.ErrorStatusNotFound.
func GetHttpCallResponseBody(start, maxSize int) ([]byte, error) {
	return getBuffer(bufferCallResponseBody, start, maxSize)
}

// GetHttpCallResponseTrailers returns the trailers of the reply whose callback is running.
func GetHttpCallResponseTrailers() ([][2]string, error) {
	return getPairs(mapCallResponseTrailers)
}

// CallForeignFunction calls a function that the host provides by name. A host without it returns
// types.ErrorStatusNotFound. A function that returns nothing returns nil.
func CallForeignFunction(funcName string, param []byte) (ret []byte, err error) {
	fetch()
	return fetchedBytes(proxyCallForeignFunction(funcName, pointer(param), uint32(len(param)), &outData, &outSize))
}
