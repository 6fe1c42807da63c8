package render

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	luav3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/lua/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
)

// Envoy answers a request of gRPC's content type itself with status 200, whatever it refuses, and says the refusal in
// grpc-status. Who asks the decision API reads the status: to nginx that is leave.
const refusedGRPC = `function envoy_on_response(handle)
  local status = handle:headers():get("grpc-status")
  if status ~= nil and status ~= "0" then
    handle:headers():replace(":status", "403")
  end
end`

// refuseGRPC makes Envoy's own refusals refusals, also when the filter is missing or dead. It stands first: answers pass
// it last.
func refuseGRPC(p *packer) *hcmv3.HttpFilter {
	return httpFilter(p, "oathgate.grpc", &luav3.Lua{DefaultSourceCode: &corev3.DataSource{
		Specifier: &corev3.DataSource_InlineString{InlineString: refusedGRPC},
	}})
}
