package sdkhost

// CloseHttpRequest breaks the request of the active stream off: the client gets no answer.
func CloseHttpRequest() error { return statusError(proxyCloseStream(streamRequest)) }
