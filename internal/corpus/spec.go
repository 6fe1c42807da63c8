package corpus

// The types below are the YAML form of what format.go has.

type fileSpec struct {
	About    string       `yaml:"about"`
	Defaults defaultsSpec `yaml:"defaults"`
	Cases    []caseSpec   `yaml:"cases"`
}

type defaultsSpec struct {
	Config    map[string]any         `yaml:"config"`
	Rule      map[string]any         `yaml:"rule"`
	Rules     []map[string]any       `yaml:"rules"`
	Backends  map[string][]replySpec `yaml:"backends"`
	Headers   [][2]string            `yaml:"headers"`
	Normalise bool                   `yaml:"normalise"`
}

type caseSpec struct {
	ID       string                 `yaml:"id"`
	About    string                 `yaml:"about"`
	Config   map[string]any         `yaml:"config"`
	Rule     map[string]any         `yaml:"rule"`
	Rules    []map[string]any       `yaml:"rules"`
	Document *string                `yaml:"document"`
	TLS      bool                   `yaml:"tls"`
	Backends map[string][]replySpec `yaml:"backends"`
	Requests []requestSpec          `yaml:"requests"`
	Refused  []Problem              `yaml:"refused"`
}

type requestSpec struct {
	Name     string                 `yaml:"name"`
	Send     string                 `yaml:"send"`
	Host     *string                `yaml:"host"`
	Hosts    *[]string              `yaml:"hosts"`
	Headers  [][2]string            `yaml:"headers"`
	Fill     int                    `yaml:"fill"`
	Body     string                 `yaml:"body"`
	Advance  string                 `yaml:"advance"`
	Backends map[string][]replySpec `yaml:"backends"`
	Allow    *allowSpec             `yaml:"allow"`
	Deny     int                    `yaml:"deny"`
	Answered int                    `yaml:"answered"`
	Answer   answerSpec             `yaml:"answer"`
	Callouts *[]outgoingSpec        `yaml:"callouts"`
	Together bool                   `yaml:"together"`
	Envoy    *Exception             `yaml:"envoy"`
}

type allowSpec struct {
	Method  *string        `yaml:"method"`
	Target  *string        `yaml:"target"`
	Host    *string        `yaml:"host"`
	Cluster *string        `yaml:"cluster"`
	Body    *string        `yaml:"body"`
	Headers map[string]any `yaml:"headers"`
}

type answerSpec struct {
	Headers  map[string]any `yaml:"headers"`
	Body     *string        `yaml:"body"`
	JSON     any            `yaml:"json"`
	Contains []string       `yaml:"contains"`
	Lacks    []string       `yaml:"lacks"`
}

type outgoingSpec struct {
	To      string         `yaml:"to"`
	Send    string         `yaml:"send"`
	Host    *string        `yaml:"host"`
	Body    *string        `yaml:"body"`
	Headers map[string]any `yaml:"headers"`
}

type replySpec struct {
	When    whenSpec    `yaml:"when"`
	Status  int         `yaml:"status"`
	Headers [][2]string `yaml:"headers"`
	Body    string      `yaml:"body"`
	JSON    any         `yaml:"json"`
	Pad     int         `yaml:"pad"`
	Delay   string      `yaml:"delay"`
	Fault   Fault       `yaml:"fault"`
}

type whenSpec struct {
	Method  *string        `yaml:"method"`
	Target  *string        `yaml:"target"`
	Body    *string        `yaml:"body"`
	Headers map[string]any `yaml:"headers"`
}
