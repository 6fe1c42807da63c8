package subject

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"oathgate/bench/workload"
)

// answer is what a subject answers a request.
type answer struct {
	status int
	body   string
}

// ask sends one request as it stands over a connection of its own.
func ask(ctx context.Context, address string, request []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	end, _ := ctx.Deadline()
	if err := conn.SetDeadline(end); err != nil {
		return answer{}, err
	}
	if _, err := conn.Write(request); err != nil {
		return answer{}, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(body)}, err
}

// answers reports whether a request of a workload is answered as all of them must be: what is allowed has the
// upstream's answer, which it gives to those alone whose X-User says the subject.
func answers(ctx context.Context, address string, w *workload.Workload) error {
	got, err := ask(ctx, address, w.Sample)
	if err != nil {
		return err
	}
	if got.status != w.Status || got.status == http.StatusOK && got.body != upstreamBody {
		return fmt.Errorf("%s: answered %d %.200q", w.Name, got.status, got.body)
	}
	return nil
}

// proof is what kind of work a subject has to show.
type proof int

const (
	byRule   proof = iota // it knows access rules: all that a setup says
	byFilter              // Envoy's own filters know no rules: what none matches is nothing that they allow
	nothing               // a bare Envoy refuses nobody and asks nobody
)

// refused reports whether the status of an answer to a probe is the refusal that it must be.
func (p proof) refused(probe workload.Probe, status int) bool {
	switch p {
	case byRule:
		return status == probe.Status
	case byFilter:
		return status == http.StatusUnauthorized || status == http.StatusForbidden
	default:
		return true
	}
}

// of shows that a subject does the work of each workload that it serves, asks the identity server as often as the
// workload says, and refuses what it must.
func (p proof) of(ctx context.Context, address string, upstream *Upstream, s Subject, setup *workload.Setup) error {
	for _, w := range setup.Workloads {
		if !s.Serves(setup, &w) {
			continue
		}
		if err := p.asks(ctx, address, upstream, &w); err != nil {
			return err
		}
	}
	for _, probe := range setup.Probes {
		got, err := ask(ctx, address, probe.Request)
		if err != nil {
			return fmt.Errorf("%s: %w", probe.Name, err)
		}
		if !p.refused(probe, got.status) {
			return fmt.Errorf("%s: answered %d, not %d", probe.Name, got.status, probe.Status)
		}
	}
	return nil
}

// asks shows how often the identity server is asked about a request. Caches are filled at leisure, hence the attempts.
func (p proof) asks(ctx context.Context, address string, upstream *Upstream, w *workload.Workload) error {
	const times, attempts = 3, 5
	wanted := uint64(times * w.Calls)
	if p == nothing {
		wanted = 0
	}
	var asked uint64
	for range attempts {
		before, err := upstream.calls(ctx)
		if err != nil {
			return err
		}
		for range times {
			if err := answers(ctx, address, w); err != nil {
				return err
			}
		}
		after, err := upstream.calls(ctx)
		if err != nil {
			return err
		}
		if asked = after - before; asked == wanted {
			return nil
		}
	}
	return fmt.Errorf("%s: %d requests asked the identity server %d times, not %d", w.Name, times, asked, wanted)
}
