package source

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// problems are those of a configuration file a.yaml beside other files, a line each.
func problemsOf(t *testing.T, environ []string, files ...string) (list []string, dir string) {
	t.Helper()
	dir = folder(t, files...)
	c, problems := Load(Options{Files: []string{filepath.Join(dir, files[0])}, Environ: environ})
	for _, p := range problems {
		if p.Document == "" || p.Path == "" {
			t.Errorf("a problem without a place: %s", p)
		}
		list = append(list, strings.ReplaceAll(p.String(), dir+"/", ""))
	}
	if c.Document != nil && len(list) > 0 {
		t.Error("a document with problems")
	}
	return list, dir
}

func TestProblems(t *testing.T) {
	const repository = "\naccess_rules: {repositories: [\"file://DIR/rules.yaml\"]}\n"
	for name, c := range map[string]struct {
		config, rules string
		want          []string
	}{
		"a key of serve":   {"serve:\n  proxy:\n    prot: 1", "", []string{"a.yaml:3:5: serve.proxy.prot: unknown key; did you mean port?"}},
		"ports":            {"serve: {proxy: {port: 65536}, api: {port: \"1\"}, prometheus: {port: 1.5}}", "", []string{"serve.proxy.port: must be a whole", "serve.api.port: must be a number", "serve.prometheus.port: must be a whole"}},
		"hosts":            {"serve: {proxy: {host: \"http://a\"}, api: {host: \"a b\"}}", "", []string{"serve.proxy.host: must be an address", "serve.api.host: must be"}},
		"trust of the API": {"serve: {api: {trust_forwarded_headers: true}}", "", []string{"serve.api.trust_forwarded_headers: unknown key"}},
		"durations":        {"serve: {proxy: {timeout: {read: 5 s, write: 1.5s, idle: 1}}}", "", []string{"timeout.read: must be a whole number and one unit", "timeout.write: ", "timeout.idle: must be a string"}},
		"timeout":          {"serve: {api: {timeout: 5s}}", "", []string{"a.yaml:1:15: serve.api.timeout: must be an object"}},
		"cors": {"serve: {proxy: {cors: {allowed_methods: [OPTIONS], allowed_origins: [a, a, \"\"], max_age: -1, options_passthrough: true}}}", "", []string{
			"allowed_origins[1]: stands in the list twice", "allowed_origins[2]: is empty", "max_age: must be", "allowed_methods[0]: must be one of", "options_passthrough: unknown key",
		}},
		"origins": {"serve: {api: {cors: {allowed_origins: [\"*\", \"https://*.a.example.com:80\", \"http://*foo.com\", \"https://*.co.uk\", \"http://a.*\", \"http://*.*.example.com\"]}}}", "", []string{
			"allowed_origins[2]: a * must have", "allowed_origins[3]: a * must", "allowed_origins[4]: a * must", "allowed_origins[5]: a * must",
		}},
		"metrics":       {"serve: {prometheus: {metrics_path: metrics, tls: {}}}", "", []string{"metrics_path: must start with a slash", "serve.prometheus.tls: unknown"}},
		"log":           {"log: {level: wran, format: xml, leaks: 1}", "", []string{"log.level: must be one of panic", "log.format: must be", "log.leaks: unknown"}},
		"tracing":       {"tracing: {provider: otell, providers: {otlp: {sampling: {ratio: 1}}, jaeger: {sampling: {trace_id_ratio: x}}}}", "", []string{"tracing.provider: must be one of jaeger, otel, zipkin; did you mean otel?", "trace_id_ratio: must be a number", "sampling.ratio: unknown"}},
		"profiling":     {"profiling: gpu", "", []string{"profiling: must be one of"}},
		"a section":     {"sreve: {}", "", []string{"a.yaml:1:1: sreve: unknown key; did you mean serve?"}},
		"several":       {"serve: 1\nlog: 2\nsreve: 3\naccess_rules: 4", "", []string{"a.yaml:1:1: serve: must", "a.yaml:2:1: log: must", "access_rules: must be an object", "sreve: unknown"}},
		"no YAML":       {"a: [", "", []string{"a.yaml:1:"}},
		"duplicate":     {"log: {}\nlog: {}", "", []string{"a.yaml:2:1: log: stands twice"}},
		"empty":         {" \n", "", []string{"a.yaml: (document): is empty; write {}"}},
		"a list":        {"[]", "", []string{"a.yaml: (document): must be an object"}},
		"repository":    {"access_rules: {repositories: \"file:///a\"}", "", []string{"access_rules.repositories: must be a list, not a string; write it in [ ]"}},
		"a number":      {"access_rules: {repositories: [1]}", "", []string{"access_rules.repositories[0]: must be a string"}},
		"HTTP":          {"access_rules: {repositories: [\"https://me:secret@127.0.0.1:1/b?token=secret\"]}", "", []string{"a.yaml:1:31: access_rules.repositories[0]: the repository https://127.0.0.1:1/b?... cannot be reached"}},
		"no URL":        {"access_rules: {repositories: [\"https://\", \"http://a/#secret\", \"https://%zz\"]}", "", []string{"[0]: is no URL with a host", "[1]: has a fragment", "[2]: is no URL"}},
		"stores":        {"access_rules: {repositories: [s3://a/b, gs://a/b, azblob://a/b]}", "", []string{"[0]: rules are not fetched from object stores", "[1]: ", "[2]: "}},
		"schemes":       {"access_rules: {repositories: [ftp://a, \"file:a\", \"\", \"inline://!!!\", \"a:b\"]}", "", []string{"[0]: must be file:///path", "[1]: must be", "[2]: must be", "[3]: is not standard base64", "[4]: must be"}},
		"inline rules":  {"access_rules: {repositories: [\"inline://YTogYg==\", \"inline://\"]}", "", []string{"access_rules.repositories[0] (inline): (document): must be a list of rules, not an object", "a.yaml:1:52: access_rules.repositories[1]: holds no rules"}},
		"no such file":  {"access_rules: {repositories: [\"file:///nonexistent/rules.yaml\"]}", "", []string{"a.yaml:1:31: access_rules.repositories[0]: the rule file /nonexistent/rules.yaml does not exist"}},
		"a directory":   {"access_rules: {repositories: [\"file://DIR\"]}", "", []string{"is a directory; name the files in it"}},
		"a device":      {"access_rules: {repositories: [\"file:///dev/null\"]}", "", []string{"/dev/null is not a regular file"}},
		"a long file":   {repository, "#" + strings.Repeat("x", maxRules), []string{"rules.yaml is longer than 4 MiB; divide it"}},
		"an empty file": {repository, "\n", []string{"rules.yaml is empty; write [] if there are to be no rules"}},
		"one object":    {repository, "id: a", []string{"rules.yaml: (document): must be a list of rules, not an object; start each rule with a dash"}},
		"JSON":          {repository, "[{\"id\": \"a\",\n \"id\": \"b\"}]", []string{"rules.yaml:2:2: [0].id: stands twice"}},
		"rules": {handlersOn + repository, one + one + "  uptsream: {}\n" + strings.ReplaceAll(one, "id: one", "x-id: a") + "  priority: x\n", []string{
			"rules.yaml:15:3: rule \"one\": [1].uptsream: unknown key; did you mean upstream?",
			"rules.yaml:23:3: rule \"rule #3\": [2].priority: must be a number",
		}},
		"a pattern": {handlersOn + repository, one + strings.ReplaceAll(one, "<[a-z]+>", "<[a-z>"), []string{"rules.yaml:10:11: rule \"one\": [1].match.url: "}},
		"a handler": {handlersOn + repository, strings.ReplaceAll(one, "handler: noop}]\n  a", "handler: anonymous, config: {subjct: secret}}, {handler: zzz}]\n  a"), []string{
			"rules.yaml:5:50: rule \"one\": [0].authenticators[0].config.subjct: unknown key; did you mean subject?",
			"rules.yaml:5:68: rule \"one\": [0].authenticators[1]: this handler does not exist here",
		}},
		"rules of the configuration": {handlersOn + "access_rules:\n  rules:\n    - priority: x", "", []string{
			"a.yaml:7:7: rule \"rule #1\": access_rules.rules[0].match: is missing", ".authenticators: ", ".authorizer: ", ".mutators: ", "a.yaml:7:7: rule \"rule #1\": access_rules.rules[0].priority: must be",
		}},
		"enabled without configuration": {"authenticators: {bearer_token: {enabled: true}}", "", []string{"a.yaml:1:18: authenticators.bearer_token.config"}},
		"an option":                     {"oathgate: {cache: {ttl: 25h}}", "", []string{"a.yaml:1:20: oathgate.cache.ttl: "}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := problemsOf(t, nil, "a.yaml", c.config, "rules.yaml", c.rules)
			for i, want := range c.want {
				if i >= len(got) || !strings.Contains(got[i], want) {
					t.Fatalf("%d: want %q in\n%s", i, want, strings.Join(got, "\n"))
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("more than wanted:\n%s", strings.Join(got, "\n"))
			}
			if strings.Contains(strings.Join(got, ""), "secret") {
				t.Errorf("a value in %q", got)
			}
		})
	}
}

// The mistakes of all files are told at once, each at its own place.
func TestProblemsOfManyFiles(t *testing.T) {
	dir := folder(t, "a.yaml", "\n\nlog: {level: x}\n", "b.yaml", "serve: {proxy: {host: 1}}\n"+handlersOn+"access_rules: {repositories: [\"file://DIR/r.yaml\", \"file://DIR/no.yaml\", \"file://DIR/s.yaml\"]}", "c.toml", "",
		"r.yaml", one+strings.ReplaceAll(one, "up.test", "u p"), "s.yaml", one+"  x: 1\n")
	names := []string{"a.yaml", "no.yaml", "c.toml", "b.yaml"}
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	c, problems := Load(Options{Files: names, Environ: []string{"SERVE_API_PORT=tcp://10.0.0.1:80"}})
	var got []string
	for _, p := range problems {
		got = append(got, strings.ReplaceAll(p.String(), dir+"/", ""))
	}
	for i, want := range []string{
		"no.yaml: (document): does not exist",
		"c.toml: (document): TOML is not read here",
		"environment variable SERVE_API_PORT: serve.api.port: must be a number",
		"b.yaml:1:17: serve.proxy.host: must be a string",
		"a.yaml:3:7: log.level: must be",
		"access_rules.repositories[1]: the rule file no.yaml does not exist",
		"r.yaml:11:14: rule \"one\": [1].upstream.url: ",
		"s.yaml:8:3: rule \"one\": [0].x: unknown key",
	} {
		if i >= len(got) || !strings.Contains(got[i], want) {
			t.Fatalf("%d: want %q in\n%s", i, want, strings.Join(got, "\n"))
		}
	}
	for _, name := range []string{"a.yaml", "no.yaml", "b.yaml", "r.yaml", "s.yaml"} {
		if !slices.Contains(c.Files, filepath.Join(dir, name)) {
			t.Errorf("%s is not among the files to watch, %q", name, c.Files)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		// Root reads everything; a pipe is refused before it could block.
		dir := folder(t, "none", "")
		if err := syscall.Mkfifo(filepath.Join(dir, "a.yaml"), 0o600); err != nil {
			t.Skip(err)
		}
		_, problems := Load(Options{Files: []string{filepath.Join(dir, "a.yaml")}})
		if len(problems) != 1 || !strings.Contains(problems[0].Message, "is not a regular file") {
			t.Errorf("%q", problems)
		}
		return
	}
	dir := folder(t, "a.yaml", "{}")
	if err := os.Chmod(filepath.Join(dir, "a.yaml"), 0); err != nil {
		t.Fatal(err)
	}
	_, problems := Load(Options{Files: []string{filepath.Join(dir, "a.yaml")}})
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "cannot be read: permission denied") {
		t.Errorf("%q", problems)
	}
}
