//go:build !sdkhost_responses

package sdkhost

const hearsResponses = false
