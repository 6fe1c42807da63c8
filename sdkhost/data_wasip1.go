package sdkhost

import (
	"math"
	"unsafe"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// Map and buffer types of the ABI.
const (
	mapRequestHeaders = iota
	mapRequestTrailers
	mapResponseHeaders
	mapResponseTrailers
	_
	_
	mapCallResponseHeaders
	mapCallResponseTrailers
)

const (
	bufferRequestBody         = 0
	bufferResponseBody        = 1
	bufferCallResponseBody    = 4
	bufferVMConfiguration     = 6
	bufferPluginConfiguration = 7
)

// Where host calls write what they return.
var (
	outData, outSize, outID uint32
	outValue                uint64
)

// outbox is where what is passed to the host is put together. It is used again.
var outbox []byte

// maxOutbox is the size from which on the outbox is not kept.
const maxOutbox = 64 << 10

// keepOutbox keeps what the outbox has grown to.
func keepOutbox(b []byte) {
	if cap(b) <= maxOutbox {
		outbox = b[:0]
	}
}

func pointer(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// fetch prepares for a host call that returns data: for those that the host did not call the allocator for, too.
func fetch() {
	lent.end()
	outData, outSize = 0, 0
}

// fetched returns what a host call returned. data is nil if that was nothing. If it is shared it must be copied before
// the next host call.
func fetched(status uint32) (data []byte, shared bool, err error) {
	if status != 0 {
		lent.end()
		return nil, false, statusError(status)
	}
	if outSize == 0 {
		lent.end()
		return nil, false, nil
	}
	data, shared, ok := lent.find(uintptr(outData), outSize)
	lent.end()
	if !ok {
		return nil, false, ErrMalformed
	}
	return data, shared, nil
}

// fetchedBytes is fetched, with the data the caller's own.
func fetchedBytes(status uint32) ([]byte, error) {
	data, shared, err := fetched(status)
	if shared {
		data = append([]byte(nil), data...)
	}
	return data, err
}

// getMap returns a header map as the host writes it, to be read before the next host call.
func getMap(kind uint32) ([]byte, error) {
	fetch()
	data, _, err := fetched(proxyGetHeaderMapPairs(kind, &outData, &outSize))
	if err == nil && data == nil {
		err = types.ErrorStatusNotFound
	}
	return data, err
}

func getPairs(kind uint32) ([][2]string, error) {
	data, err := getMap(kind)
	if err != nil {
		return nil, err
	}
	return decodePairs(data)
}

func setPairs(kind uint32, pairs [][2]string) error {
	b, err := appendPairs(outbox, pairs)
	if err != nil {
		return err
	}
	status := proxySetHeaderMapPairs(kind, pointer(b), uint32(len(b)))
	keepOutbox(b)
	return statusError(status)
}

func getValue(kind uint32, name string) (string, error) {
	fetch()
	data, _, err := fetched(proxyGetHeaderMapValue(kind, name, &outData, &outSize))
	return string(data), err
}

// getBuffer reads at most maxSize bytes of a buffer. No bytes are types.ErrorStatusNotFound.
func getBuffer(kind uint32, start, maxSize int) ([]byte, error) {
	if start < 0 || maxSize < 0 || start > math.MaxInt32 {
		return nil, types.ErrorStatusBadArgument
	}
	length := uint32(min(maxSize, maxLoan))
	fetch()
	data, err := fetchedBytes(proxyGetBufferBytes(kind, uint32(start), length, &outData, &outSize))
	switch {
	case err != nil:
		return nil, err
	case len(data) == 0:
		return nil, types.ErrorStatusNotFound
	case len(data) > int(length):
		return nil, ErrMalformed
	}
	return data, nil
}
