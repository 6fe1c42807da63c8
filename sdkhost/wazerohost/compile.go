//go:build !wasip1

package wazerohost

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/tetratelabs/wazero"
)

// Envoy's limit, PROXY_WASM_HOST_MAX_WASM_MEMORY_SIZE_BYTES: 1 GiB.
const memoryLimitPages = 16384

// module is compiled code and the runtime it runs in. Nothing in it depends on a Host's options, so all Hosts of the same bytes share it,
// for the life of the process.
type module struct {
	once     sync.Once
	err      error
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

var modules sync.Map // [32]byte to *module

func compile(ctx context.Context, wasm []byte, cacheDir string) (*module, error) {
	v, _ := modules.LoadOrStore(sha256.Sum256(wasm), &module{})
	m := v.(*module)
	m.once.Do(func() { m.err = m.build(context.WithoutCancel(ctx), wasm, cacheDir) })
	if m.err != nil {
		return nil, m.err
	}
	return m, nil
}

func (m *module) build(ctx context.Context, wasm []byte, cacheDir string) error {
	config := wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(memoryLimitPages)
	if cacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
		if err != nil {
			return err
		}
		config = config.WithCompilationCache(cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	err := exportImports(ctx, m.runtime)
	if err == nil {
		if m.compiled, err = m.runtime.CompileModule(ctx, wasm); err != nil {
			err = fmt.Errorf("wazerohost: compile: %w", err)
		}
	}
	if err == nil {
		err = check(m.compiled)
	}
	if err != nil {
		m.runtime.Close(ctx)
	}
	return err
}

// check says what Envoy would not link.
func check(compiled wazero.CompiledModule) error {
	exports := compiled.ExportedFunctions()
	if exports["proxy_abi_version_0_2_1"] == nil {
		return errors.New("wazerohost: the module does not export proxy_abi_version_0_2_1")
	}
	if exports["malloc"] == nil && exports["proxy_on_memory_allocate"] == nil {
		return errors.New("wazerohost: the module exports neither malloc nor proxy_on_memory_allocate")
	}
	if len(compiled.ExportedMemories()) == 0 {
		return errors.New("wazerohost: the module exports no memory")
	}
	for _, want := range guestExports {
		def := exports[want.name]
		if def != nil && (len(def.ParamTypes()) != want.params || (len(def.ResultTypes()) == 1) != want.result) {
			return fmt.Errorf("wazerohost: export %s has the wrong signature", want.name)
		}
	}
	for _, f := range compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		want := importByName(module, name)
		if want == nil {
			return fmt.Errorf("wazerohost: import %s.%s is not to be had", module, name)
		}
		if !slices.Equal(f.ParamTypes(), want.params) || len(f.ResultTypes()) != want.results() {
			return fmt.Errorf("wazerohost: import %s.%s has the wrong signature", module, name)
		}
	}
	return nil
}
