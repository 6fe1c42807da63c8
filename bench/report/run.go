package report

// Run is all that a run has found.
type Run struct {
	Machine  Machine   `json:"machine"`
	Subjects []Subject `json:"subjects"`
	Setups   []Setup   `json:"setups"`
	HalfLoad *HalfLoad `json:"half_load,omitempty"`
}

// Machine is where and of what the run was made.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Envoy  string `json:"envoy"`
	Commit string `json:"commit"`
	Date   string `json:"date"`
}

// Subject is a proxy that was to be measured.
type Subject struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Version string `json:"version,omitempty"`
	Missing string `json:"missing,omitempty"`      // why it could not run
	Module  int64  `json:"module_bytes,omitempty"` // of the filter
}

// Setup is one configuration of every proxy.
type Setup struct {
	Name      string     `json:"name"`
	Title     string     `json:"title"`
	Rules     int        `json:"rules"`
	Rounds    int        `json:"rounds"`
	Seconds   float64    `json:"seconds"` // of one measurement
	Starts    []Starts   `json:"starts"`
	Workloads []Workload `json:"workloads"`
	// Match is how long a native match takes in these rules, on average over all of them, in each round.
	Match []float64 `json:"native_match_us,omitempty"`
}

// Starts is how a subject started with a setup, on all cores, until its first right answer.
type Starts struct {
	Subject string    `json:"subject"`
	Ready   []float64 `json:"ready_s"`
	CPU     []float64 `json:"cpu_s"`
	// Configure is how long each VM of the filter took in on_configure, of all starts.
	Configure []float64 `json:"on_configure_ms,omitempty"`
	Failed    string    `json:"failed,omitempty"`
}

// Workload is what was measured with one kind of requests.
type Workload struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Series []Series `json:"series"`
}

// Series is one subject's rounds.
type Series struct {
	Subject string   `json:"subject"`
	Samples []Sample `json:"samples"`
	Failed  string   `json:"failed,omitempty"` // why there are no more
}

// Sample is one measurement.
type Sample struct {
	Round      int     `json:"round"`
	Rate       float64 `json:"requests_per_s"`
	P50        float64 `json:"p50_us"`
	P99        float64 `json:"p99_us"`
	Max        float64 `json:"max_us"`
	CPU        float64 `json:"cpu_us_per_request"` // the same number as milliseconds per 1,000 requests
	RSS        float64 `json:"rss_mib"`            // after it
	Reconnects int     `json:"reconnects,omitempty"`
	Wrapped    bool    `json:"pool_wrapped,omitempty"` // its requests have been sent before
}

// HalfLoad is measured at a constant rate, half of what Oathgate does.
type HalfLoad struct {
	Rate    float64  `json:"requests_per_s"`
	Rounds  int      `json:"rounds"`
	Seconds float64  `json:"seconds"` // of one measurement
	Series  []Series `json:"series"`
}

func (r *Run) subject(name string) *Subject {
	for i := range r.Subjects {
		if r.Subjects[i].Name == name {
			return &r.Subjects[i]
		}
	}
	return nil
}

func (r *Run) setup(name string) *Setup {
	for i := range r.Setups {
		if r.Setups[i].Name == name {
			return &r.Setups[i]
		}
	}
	return nil
}

func (r *Run) workload(setup, name string) *Workload {
	if s := r.setup(setup); s != nil {
		for i := range s.Workloads {
			if s.Workloads[i].Name == name {
				return &s.Workloads[i]
			}
		}
	}
	return nil
}

func find(series []Series, subject string) *Series {
	for i := range series {
		if series[i].Subject == subject {
			return &series[i]
		}
	}
	return nil
}
