package sdkhost

import (
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

func TestStatusError(t *testing.T) {
	if statusError(0) != nil {
		t.Error("0 is an error")
	}
	for status, want := range map[uint32]error{
		1: types.ErrorStatusNotFound, 2: types.ErrorStatusBadArgument, 7: types.ErrorStatusEmpty, 8: types.ErrorStatusCasMismatch,
		10: types.ErrorInternalFailure, 12: types.ErrorUnimplemented, 3: StatusSerializationFailure, 4: StatusParseFailure,
		5: StatusBadExpression, 6: StatusInvalidMemoryAccess, 9: StatusResultMismatch, 11: StatusBrokenConnection,
		13: Status(13), 1<<32 - 1: Status(1<<32 - 1),
	} {
		err := statusError(status)
		if !errors.Is(err, want) || !strings.HasPrefix(err.Error(), "error status returned by host: ") {
			t.Errorf("%d: %v", status, err)
		}
	}
}
