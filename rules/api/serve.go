package api

import (
	"slices"
	"strings"

	"oathgate/rules/decision"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// Serve answers a request of the role decision. The response is that of the
// endpoints which say something of the filter itself; it is nil for the keys, which
// may have to be fetched, and under /decisions: then the rest is what Worker.Inform
// and Worker.Start give. What is decided informs, is for Granted, or is a refusal as
// everywhere.
func Serve(w *decision.Worker, p *program.Program, raw request.Raw) (*pipeline.Response, *decision.Evaluation, decision.Step) {
	path, _, _ := strings.Cut(raw.Path, "?")
	if rest, ok := strings.CutPrefix(path, decisions); !ok || rest != "" && rest[0] != '/' {
		if path == "/.well-known/jwks.json" && (raw.Method == "GET" || raw.Method == "HEAD") {
			e, step := w.Inform(p, raw, func(x *pipeline.Exchange) pipeline.Response { return publicKeys(p, x) })
			return nil, e, step
		}
		response := inform(p, &raw)
		return &response, nil, decision.Step{}
	}
	source, trusted := p.DecisionSource()
	judged, literal, ref := Judged(raw, source, trusted)
	if ref == nil && literal {
		ref = readAlike(p, judged)
	}
	if ref != nil {
		d := decision.Refuse(p, raw, ref)
		return nil, nil, decision.Step{Done: &d}
	}
	e, step := w.Start(p, judged)
	return nil, e, step
}

// readAlike refuses a path for which Oathkeeper, which decodes no X-Forwarded-Uri,
// would find no rule or another one.
func readAlike(p *program.Program, judged request.Raw) *request.Refusal {
	path, _, _ := strings.Cut(judged.Path, "?")
	if strings.IndexByte(path, '%') < 0 {
		return nil
	}
	r, ref := request.New(judged, p.RequestOptions)
	if ref != nil {
		return ref
	}
	m, err := p.Match(r)
	if err != nil {
		return nil // as it is refused anyway
	}
	rule := m.Rule
	judged.Path = strings.ReplaceAll(path, "%", "%25")
	r, ref = request.New(judged, request.Options{Paths: request.PathsOathkeeper, MaxPath: len(judged.Path)})
	if ref != nil {
		return ref
	}
	if m, err = p.Match(r); err != nil || m.Rule != rule {
		return bad("the path can be read in more than one way")
	}
	return nil
}

// Granted is the answer for a request that is allowed: what mutators set, for the
// proxy that asks to hand on, and for Envoy the names of the client's headers that
// it must not hand on.
func Granted(d *decision.Decision) pipeline.Response {
	response := pipeline.Response{Status: 200}
	for _, h := range d.Set {
		if !request.IsHop(h.Name) {
			response.Headers = append(response.Headers, h)
		}
	}
	var b strings.Builder
	for i, name := range d.Remove {
		if slices.Contains(d.Remove[:i], name) {
			continue
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(name)
	}
	if b.Len() > 0 {
		response.Headers.Add("x-envoy-auth-headers-to-remove", b.String())
	}
	return response
}
