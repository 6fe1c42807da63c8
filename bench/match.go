package main

import (
	"fmt"
	"net/url"
	"time"

	"oathgate/bench/workload"
	"oathgate/internal/ruletest"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// What is matched natively, for -only.
const (
	matchSetup = "rules-10000"
	matchName  = "match/native"
)

const matchTime = time.Second // of a round, at least

// nativeMatch finds, in this process, the rules of the examples of access rules, one after the other, and gives the
// microseconds that one took on average in each round. A rule that is not the example's is an error.
func nativeMatch(access []workload.Rule, rounds int, length time.Duration) ([]float64, error) {
	list := make([]ruletest.Rule, len(access))
	for i, r := range access {
		list[i].URL = r.URL
	}
	p, problems := program.Load(ruletest.Document("regexp", list))
	if len(problems) > 0 {
		return nil, fmt.Errorf("rules that are not accepted: %v", problems[0])
	}
	var requests []*request.Request
	for i, r := range access {
		if r.Example == "" {
			continue
		}
		u, err := url.Parse(r.Example)
		if err != nil {
			return nil, err
		}
		made, refusal := request.New(request.Raw{Method: "GET", Scheme: u.Scheme, Authority: u.Host, Path: u.Path}, p.RequestOptions)
		if refusal != nil {
			return nil, fmt.Errorf("%s is refused: %s", r.Example, refusal.Reason)
		}
		if m, refusal := p.Match(made); refusal != nil || m.Rule.ID != fmt.Sprint(i) {
			return nil, fmt.Errorf("%s is not for rule %d: %v", r.Example, i, refusal)
		}
		requests = append(requests, made)
	}
	took := make([]float64, rounds)
	for i := range took {
		n, begin := 0, time.Now()
		for time.Since(begin) < length {
			for _, r := range requests {
				_, _ = p.Match(r)
			}
			n += len(requests)
		}
		took[i] = microseconds(time.Since(begin)) / float64(n)
	}
	return took, nil
}
