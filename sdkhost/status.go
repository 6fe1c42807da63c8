package sdkhost

import (
	"errors"
	"strconv"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// Status is the error of a host call for which the SDK has no value: a WasmResult of the proxy-wasm ABI 0.2.1.
type Status uint32

// The statuses that hosts are known to return and the SDK does not name.
const (
	StatusSerializationFailure Status = 3
	StatusParseFailure         Status = 4
	StatusBadExpression        Status = 5
	StatusInvalidMemoryAccess  Status = 6
	StatusResultMismatch       Status = 9
	StatusBrokenConnection     Status = 11
)

// Error implements error.
func (s Status) Error() string {
	return "error status returned by host: " + strconv.FormatUint(uint64(s), 10)
}

// ErrMalformed says that the host call succeeded and what it returned cannot be read.
var ErrMalformed = errors.New("malformed data returned by host")

// statusError is the error for a WasmResult: nil for 0, the SDK's value where it has one, otherwise a Status.
func statusError(status uint32) error {
	if status == 0 {
		return nil
	}
	return failure(status)
}

//go:noinline
func failure(status uint32) error {
	switch status {
	case 1:
		return types.ErrorStatusNotFound
	case 2:
		return types.ErrorStatusBadArgument
	case 7:
		return types.ErrorStatusEmpty
	case 8:
		return types.ErrorStatusCasMismatch
	case 10:
		return types.ErrorInternalFailure
	case 12:
		return types.ErrorUnimplemented
	}
	return Status(status)
}
