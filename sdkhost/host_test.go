//go:build !wasip1

package sdkhost

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// fakeHost is a proxy-wasm host that does nothing but note the calls and return what a test told it to.
type fakeHost struct {
	t      testing.TB
	module api.Module
	// said is what the guest logged at level info, calls the other calls but the log's, with their arguments.
	said, calls, criticals []string
	// data is what host calls return by their names; status what they return instead of 0.
	data   map[string][]byte
	status map[string]uint32
	// tamper changes address and size before the guest gets them.
	tamper func(address, size uint32) (uint32, uint32)
	// during is called in every host call but the log's.
	during func(name string)
	token  uint32
}

type fakeKey struct{}

type compiledGuest struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

// theGuest is testdata/guest, built and compiled once.
var theGuest = sync.OnceValues(func() (*compiledGuest, error) {
	dir, err := os.MkdirTemp("", "sdkhost")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "guest.wasm")
	build := exec.Command("go", "build", "-tags=sdkhost_responses", "-buildmode=c-shared", "-o", file, "./testdata/guest")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	g := &compiledGuest{runtime: wazero.NewRuntime(ctx)}
	if g.module, err = g.runtime.CompileModule(ctx, wasm); err != nil {
		return nil, err
	}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, g.runtime); err != nil {
		return nil, err
	}
	env := g.runtime.NewHostModuleBuilder("env")
	for _, f := range g.module.ImportedFunctions() {
		if module, name, _ := f.Import(); module == "env" {
			env.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
				stack[0] = uint64(ctx.Value(fakeKey{}).(*fakeHost).call(name, stack))
			}), f.ParamTypes(), f.ResultTypes()).Export(name)
		}
	}
	_, err = env.Instantiate(ctx)
	return g, err
})

// newFakeHost starts a VM with plugin 1.
func newFakeHost(t testing.TB) *fakeHost {
	t.Helper()
	g, err := theGuest()
	if err != nil {
		t.Fatal(err)
	}
	h := &fakeHost{t: t, data: map[string][]byte{}, status: map[string]uint32{}}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithStderr(os.Stderr)
	h.module, err = g.runtime.InstantiateModule(h.context(), g.module, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.module.Close(context.Background()) })
	h.do("proxy_on_context_create", 1, 0)
	if h.do("proxy_on_vm_start", 1, 0) != 1 || h.do("proxy_on_configure", 1, 0) != 1 {
		t.Fatal("not started")
	}
	h.forget()
	return h
}

func (h *fakeHost) context() context.Context {
	return context.WithValue(context.Background(), fakeKey{}, h)
}

// do calls an export; a trap fails the test.
func (h *fakeHost) do(name string, args ...uint64) uint64 {
	h.t.Helper()
	results, err := h.module.ExportedFunction(name).Call(h.context(), args...)
	if err != nil {
		h.t.Fatalf("%s%v: %v", name, args, err)
	}
	if len(results) == 0 {
		return 0
	}
	return results[0]
}

func (h *fakeHost) forget() { h.said, h.calls, h.criticals = nil, nil, nil }

// expect compares what the guest said and called since the last time.
func (h *fakeHost) expect(said []string, calls []string) {
	h.t.Helper()
	if !slices.Equal(h.said, said) {
		h.t.Errorf("said %q\nwant %q", h.said, said)
	}
	if !slices.Equal(h.calls, calls) {
		h.t.Errorf("called %q\nwant %q", h.calls, calls)
	}
	h.forget()
}

func (h *fakeHost) read(address, size uint64) string {
	b, ok := h.module.Memory().Read(uint32(address), uint32(size))
	if !ok {
		h.t.Errorf("the guest passed %#x+%d", address, size)
	}
	return string(b)
}

// give returns data to the guest in memory that it allocates.
func (h *fakeHost) give(data []byte, address, size uint64) {
	at, n := uint32(0), uint32(len(data))
	if len(data) > 0 {
		at = uint32(h.do("proxy_on_memory_allocate", uint64(n)))
		if at == 0 {
			return
		}
		if !h.module.Memory().Write(at, data) {
			h.t.Fatalf("the guest lent %#x+%d", at, n)
		}
	}
	if h.tamper != nil {
		at, n = h.tamper(at, n)
	}
	h.module.Memory().WriteUint32Le(uint32(address), at)
	h.module.Memory().WriteUint32Le(uint32(size), n)
}

func (h *fakeHost) call(name string, a []uint64) uint32 {
	name = strings.TrimPrefix(name, "proxy_")
	if name == "log" {
		text := h.read(a[1], a[2])
		switch uint32(a[0]) {
		case 2:
			h.said = append(h.said, text)
		case 5:
			h.criticals = append(h.criticals, text)
		}
		return h.status[name]
	}
	if h.during != nil {
		h.during(name)
	}
	line := name
	arg := func(s string) { line += " " + s }
	number := func(n uint64) { arg(fmt.Sprint(int32(n))) }
	switch name {
	case "get_header_map_pairs":
		number(a[0])
		h.give(h.data[name], a[1], a[2])
	case "get_header_map_value":
		number(a[0])
		arg(h.read(a[1], a[2]))
		h.give(h.data[name], a[3], a[4])
	case "set_header_map_pairs":
		number(a[0])
		arg(fmt.Sprint(len(h.read(a[1], a[2]))))
	case "replace_header_map_value", "add_header_map_value":
		number(a[0])
		arg(h.read(a[1], a[2]) + "=" + h.read(a[3], a[4]))
	case "remove_header_map_value":
		number(a[0])
		arg(h.read(a[1], a[2]))
	case "get_buffer_bytes":
		number(a[0])
		number(a[1])
		number(a[2])
		h.give(h.data[name], a[3], a[4])
	case "send_local_response":
		number(a[0])
		arg(fmt.Sprintf("%q %q", h.read(a[1], a[2]), h.read(a[3], a[4])))
		arg(hex.EncodeToString([]byte(h.read(a[5], a[6]))))
		number(a[7])
	case "http_call":
		arg(h.read(a[0], a[1]))
		arg(hex.EncodeToString([]byte(h.read(a[2], a[3]))))
		arg(h.read(a[4], a[5]))
		arg(hex.EncodeToString([]byte(h.read(a[6], a[7]))))
		number(a[8])
		h.token += 4
		h.module.Memory().WriteUint32Le(uint32(a[9]), h.token)
	case "get_property":
		arg(fmt.Sprintf("%q", h.read(a[0], a[1])))
		h.give(h.data[name], a[2], a[3])
	case "set_property":
		arg(fmt.Sprintf("%q=%q", h.read(a[0], a[1]), h.read(a[2], a[3])))
	case "call_foreign_function":
		arg(h.read(a[0], a[1]) + "(" + h.read(a[2], a[3]) + ")")
		h.give(h.data[name], a[4], a[5])
	case "define_metric":
		number(a[0])
		arg(h.read(a[1], a[2]))
		h.module.Memory().WriteUint32Le(uint32(a[3]), 17)
	case "get_metric":
		number(a[0])
		h.module.Memory().WriteUint64Le(uint32(a[1]), 1<<40)
	case "get_current_time_nanoseconds":
		h.module.Memory().WriteUint64Le(uint32(a[0]), 1_700_000_000_123_456_789)
	case "increment_metric", "record_metric":
		number(a[0])
		arg(fmt.Sprint(int64(a[1])))
	case "done":
	default:
		number(a[0])
	}
	h.calls = append(h.calls, line)
	return h.status[name]
}
