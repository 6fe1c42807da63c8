package main

import (
	"errors"
	"strings"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/decision"
	"oathgate/sdkhost"
)

// Envoy makes a local reply to a request that has a gRPC content type a 200 that tells
// the status in grpc-status, whatever the filter says (measured in 1.40; it looks at
// the content type before any filter may change it; none before this one may take it
// away). That is what a gRPC client needs, and what anybody else takes for success: a
// cache, or who asks for a decision over HTTP with a client's headers.

// looksLikeGRPC says that Envoy takes the request for gRPC, or may.
func looksLikeGRPC() bool {
	contentType, err := sdkhost.GetHttpRequestHeader("content-type")
	if errors.Is(err, types.ErrorStatusNotFound) {
		return false
	}
	rest, ok := strings.CutPrefix(contentType, "application/grpc")
	return err != nil || ok && !strings.HasPrefix(rest, "-") // application/grpc-web is none
}

// breakOff ends a request that looks like gRPC without an answer.
func breakOff() {
	if sdkhost.CloseHttpRequest() != nil {
		sdkhost.LogError("oathgate: a request could not be ended; it stays stopped")
	}
}

var protocol = []string{"request", "protocol"}

// speaksGRPC says that the request is as gRPC has it: a POST over HTTP/2 or HTTP/3
// (grpc/grpc, doc/PROTOCOL-HTTP2.md).
func speaksGRPC() bool {
	method, err := sdkhost.GetHttpRequestHeader(":method")
	if err != nil || method != "POST" {
		return false
	}
	version, err := sdkhost.GetProperty(protocol)
	return err == nil && (string(version) == "HTTP/2" || string(version) == "HTTP/3")
}

// The statuses of gRPC (grpc/grpc, doc/statuscodes.md).
const (
	grpcUnknown          = 2
	grpcPermissionDenied = 7
	grpcUnauthenticated  = 16
)

// grpcStatusOf is the gRPC status of a refusal: by its HTTP status, as Envoy and gRPC
// have it (doc/http-grpc-status-mapping.md), which is -1 here. A redirect has none
// there: of it counts why it was refused.
func grpcStatusOf(status int, reason decision.Reason) int32 {
	switch {
	case status >= 400:
		return -1
	case reason == decision.Unauthorized:
		return grpcUnauthenticated
	case reason == decision.Forbidden:
		return grpcPermissionDenied
	}
	return grpcUnknown
}

// withoutContent leaves out what error handlers say of a body, which gRPC has none of
// in a refusal, and where browsers are to go. The content type is Envoy's.
func withoutContent(headers [][2]string) [][2]string {
	kept := headers[:0]
	for _, h := range headers {
		if name := strings.ToLower(h[0]); name != "location" && !strings.HasPrefix(name, "content-") {
			kept = append(kept, h)
		}
	}
	return kept
}
