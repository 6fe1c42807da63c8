package sdkhost

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

// appendPath joins the names of a property's path by NUL. No names are types.ErrorStatusBadArgument.
func appendPath(dst []byte, path []string) ([]byte, error) {
	if len(path) == 0 {
		return dst, types.ErrorStatusBadArgument
	}
	for i, name := range path {
		if i > 0 {
			dst = append(dst, 0)
		}
		dst = append(dst, name...)
	}
	return dst, nil
}

// GetProperty returns a property as the bytes that the host gives, empty if it is empty. A path that there is not is
// types.ErrorStatusNotFound.
func GetProperty(path []string) ([]byte, error) {
	b, err := appendPath(outbox, path)
	if err != nil {
		return nil, err
	}
	fetch()
	status := proxyGetProperty(pointer(b), uint32(len(b)), &outData, &outSize)
	keepOutbox(b)
	return fetchedBytes(status)
}

// SetProperty sets a property: in Envoy a filter state, whose key is the path after "wasm.".
func SetProperty(path []string, data []byte) error {
	if len(data) == 0 {
		return types.ErrorStatusBadArgument
	}
	b, err := appendPath(outbox, path)
	if err != nil {
		return err
	}
	status := proxySetProperty(pointer(b), uint32(len(b)), pointer(data), uint32(len(data)))
	keepOutbox(b)
	return statusError(status)
}
