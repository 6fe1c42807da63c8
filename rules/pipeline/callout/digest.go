package callout

import "oathgate/rules/memory"

// Digest adds the whole callout to d: equal digests are equal requests to the
// same cluster.
func (r *Request) Digest(d *memory.Digest) {
	d.Add(r.Endpoint.Cluster)
	d.Add(r.Method)
	d.Add(r.Endpoint.Scheme)
	d.Add(r.Endpoint.Authority)
	d.Add(r.Target)
	for _, h := range r.Headers {
		d.Add(h.Name)
		d.Add(h.Value)
	}
	// Ends the headers: no header name is empty.
	d.Add("")
	d.Add(string(r.Body))
}
