package sdkhost

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

var (
	guest = newTable(envoy{})
	lent  loans
)

// envoy is the real host.
type envoy struct{}

func (envoy) setEffectiveContext(contextID uint32) error {
	return statusError(proxySetEffectiveContext(contextID))
}

func (envoy) refuse() error {
	return statusError(proxySendLocalResponse(500, "sdkhost_refused", nil, 0, nil, 0, -1))
}

func (envoy) reset(response bool) { _ = proxyCloseStream(word(response)) }

func (envoy) log(text string) { LogCritical(text) }

// SetVMContext registers the filter.
func SetVMContext(ctx types.VMContext) { guest.vm = ctx }

// GetVMConfiguration returns vm_config.configuration; an empty one is types.ErrorStatusNotFound.
func GetVMConfiguration() ([]byte, error) { return getBuffer(bufferVMConfiguration, 0, maxLoan) }

// GetPluginConfiguration returns the plugin's configuration; an empty one is types.ErrorStatusNotFound. It can be
// called in OnPluginStart.
func GetPluginConfiguration() ([]byte, error) {
	return getBuffer(bufferPluginConfiguration, 0, maxLoan)
}

// SetTickPeriodMilliSeconds has OnTick of the active context's plugin called every so often; 0 ends it.
func SetTickPeriodMilliSeconds(millSec uint32) error {
	return statusError(proxySetTickPeriodMilliseconds(millSec))
}

// SetEffectiveContext makes the host calls up to the end of the running callback be about another context, and
// callouts belong to it. A context that the host does not have is types.ErrorStatusBadArgument.
func SetEffectiveContext(contextID uint32) error {
	err := statusError(proxySetEffectiveContext(contextID))
	if err == nil {
		guest.active = contextID
	}
	return err
}

// PluginDone says that a plugin whose OnPluginDone returned false is done now.
func PluginDone() { _ = proxyDone() }
