package subject

// Upstream is the one server behind every subject: upstream and identity server in one Envoy on core 1.
type Upstream struct{}
