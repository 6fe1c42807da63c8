package render

import (
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// replies are Oathkeeper's for an upstream that fails: 502, or 504 if it takes too long, without a body. Envoy's own
// would tell the client what went wrong.
func replies() *hcmv3.LocalReplyConfig {
	mapper := func(status uint32, flags ...string) *hcmv3.ResponseMapper {
		return &hcmv3.ResponseMapper{
			Filter: &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_ResponseFlagFilter{
				ResponseFlagFilter: &accesslogv3.ResponseFlagFilter{Flags: flags},
			}},
			StatusCode: wrapperspb.UInt32(status),
			Body:       &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{}},
		}
	}
	return &hcmv3.LocalReplyConfig{Mappers: []*hcmv3.ResponseMapper{
		mapper(504, "UT"),
		mapper(502, "UF", "UC", "UO", "UH", "UR", "LR", "UPE", "URX", "NC"),
	}}
}
