package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Print writes the explanation for people.
func (e *Explanation) Print(w io.Writer) {
	if e.URL != "" {
		fmt.Fprintf(w, "%s %s\n", e.Method, e.URL)
	}
	for _, path := range e.Readings {
		fmt.Fprintf(w, "  its path can also be read as %s\n", path)
	}
	switch {
	case e.Rule != nil:
		fmt.Fprintf(w, "rule %q (%s): %s\n", e.Rule.Name, e.Rule.place(), e.Rule.Pattern)
	case e.Refused != nil:
		fmt.Fprintf(w, "no rule is asked: %s\n", e.Refused.Reason)
	}
	for _, o := range e.Others {
		fmt.Fprintf(w, "  not %q (%s): %s\n", o.Name, o.place(), o.Pattern)
		if o.Fails == "none" || o.Fails == "priority" {
			fmt.Fprintf(w, "      %s\n", o.Why)
		} else {
			fmt.Fprintf(w, "      the %s: %s\n", o.Fails, o.Why)
		}
	}
	section(w, "authenticators", e.Authenticators)
	if e.Authorizer != nil {
		section(w, "authorizer", []Handler{*e.Authorizer})
	}
	section(w, "mutators", e.Mutators)
	if e.Upstream != nil {
		fmt.Fprintf(w, "upstream\n  %s with host %s\n", e.Upstream.URL, e.Upstream.Host)
		if len(e.Upstream.Removes) > 0 {
			fmt.Fprintf(w, "  without the client's %s\n", strings.Join(e.Upstream.Removes, ", "))
		}
	}
	if len(e.Refusals) > 0 {
		fmt.Fprintln(w, "refusals")
	}
	for _, a := range e.Refusals {
		if a.Handler == "" {
			fmt.Fprintf(w, "  %d: no one error handler is for it, so the answer is 500\n", a.Refusal)
			continue
		}
		fmt.Fprintf(w, "  %d: %s answers with %d", a.Refusal, a.Handler, a.Status)
		if a.Location != "" {
			fmt.Fprintf(w, " to %s", a.Location)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, e.Verdict)
}

func section(w io.Writer, title string, list []Handler) {
	if len(list) > 0 {
		fmt.Fprintln(w, title)
	}
	for _, h := range list {
		fmt.Fprintf(w, "  %s %s", h.Handler, h.Does)
		if h.Subject != "" {
			fmt.Fprintf(w, " %q", h.Subject)
		}
		if h.Refused != nil {
			fmt.Fprintf(w, " with %d: %s", h.Refused.Status, h.Refused.Reason)
		}
		fmt.Fprintln(w)
		if h.Body {
			fmt.Fprintln(w, "    reads the request's body")
		}
		for _, c := range h.Asks {
			fmt.Fprintln(w, "    "+strings.TrimSpace(c.Method+" "+c.URL))
			if len(c.Headers) > 0 {
				fmt.Fprintf(w, "      with %s\n", strings.Join(c.Headers, ", "))
			}
		}
		if len(h.Sets) > 0 {
			fmt.Fprintf(w, "    sets %s\n", strings.Join(h.Sets, ", "))
		}
	}
}

// PrintJSON writes the explanation for programs.
func (e *Explanation) PrintJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}
