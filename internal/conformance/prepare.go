package conformance

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"oathgate/internal/corpus"
	"oathgate/internal/render"
	"oathgate/internal/run"
	"oathgate/internal/source"
	"oathgate/rules"
)

// Prepared is a case whose configuration has been read as `oathgate run` reads it: files and environment.
type Prepared struct {
	Case *Case
	// Scope says why the case is out of scope, "" if it is not.
	Scope string
	// Refused are the mistakes for which the configuration is refused. Then there is no Config.
	Refused []rules.Problem
	// Config is what Envoy is rendered from, without a folder and a module. Stub backends are clusters by their names.
	Config render.Config
	// Reloads are what is in force after each action that changes a file, nil if that is what was before: the change is
	// refused.
	Reloads []*Prepared
}

// Name is the case's name, which no other case has that was loaded with it.
func (p *Prepared) Name() string { return p.Case.name }

// Document is the plugin configuration of the listener that the case is of; nil if there is none.
func (p *Prepared) Document() []byte {
	if p.Case.asks {
		return p.Config.APIDocument
	}
	return p.Config.ProxyDocument
}

// Prepare reads a case's configuration. inEnvoy says that it is for Envoy, which does more than the filter alone.
func Prepare(c *Case, inEnvoy bool) (*Prepared, error) {
	p := &Prepared{Case: c, Scope: c.outOfScope(inEnvoy)}
	if p.Scope != "" {
		return p, nil
	}
	loaded, problems, err := c.read()
	if err != nil {
		return nil, err
	}
	if p.Refused = problems; problems != nil {
		return p, nil
	}
	if p.Config, err = run.Config(loaded); err == nil {
		err = p.reload()
	}
	return p, err
}

// reload reads the configuration again after each action that changes a file.
func (p *Prepared) reload() error {
	now := *p.Case
	for _, a := range p.Case.Pre {
		if a.Rules == nil && a.Config == nil {
			continue
		}
		if a.Rules != nil {
			now.Rules = *a.Rules
		}
		if a.Config != nil {
			now.Config = *a.Config
		}
		loaded, problems, err := now.read()
		if err != nil {
			return err
		}
		var next *Prepared
		if len(problems) == 0 {
			changed := now
			changed.name += "+" + strconv.Itoa(len(p.Reloads)+1)
			next = &Prepared{Case: &changed}
			if next.Config, err = run.Config(loaded); err != nil {
				return err
			}
		}
		p.Reloads = append(p.Reloads, next)
	}
	return nil
}

// read writes the case's files and reads them.
func (c *Case) read() (*source.Configuration, []rules.Problem, error) {
	dir, err := os.MkdirTemp("", "oathgate-case-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	extension := c.Extension
	if extension == "" {
		extension = ".yaml"
	}
	ruleFile, config, own := filepath.Join(dir, "rules"+extension), filepath.Join(dir, "config.yaml"), filepath.Join(dir, "stubs.json")
	known, err := json.Marshal(map[string]any{"oathgate": map[string]any{"clusters": c.clusters()}})
	if err != nil {
		return nil, nil, err
	}
	runtime := strings.NewReplacer(
		"@PROXY_HOST@", "127.0.0.1", "@API_HOST@", "127.0.0.1", "@PROXY_PORT@", "4455", "@API_PORT@", "4456", "@PROM_PORT@", "9000",
		"@RULES_FILE@", ruleFile, "@INLINE_RULES@", base64.StdEncoding.EncodeToString([]byte(c.Rules)),
	)
	var environ []string
	for name, value := range c.Env {
		environ = append(environ, name+"="+runtime.Replace(value))
	}
	text := c.Rules
	if text == "" {
		text = "[]\n"
	}
	if err := errors.Join(
		os.WriteFile(ruleFile, []byte(runtime.Replace(text)), 0o600),
		os.WriteFile(config, []byte(runtime.Replace(c.Config)), 0o600),
		os.WriteFile(own, known, 0o600),
	); err != nil {
		return nil, nil, err
	}
	loaded, problems := source.Load(source.Options{Files: []string{config, own}, Environ: environ, Fetch: c.fetch})
	return loaded, problems, nil
}

// fetch gives the rules that the stub of repositories has at an address.
func (c *Case) fetch(address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	reply := newBackend(c).serve(&corpus.Message{Cluster: c.clusters()[u.Scheme+"://"+u.Host], Method: "GET", Target: u.RequestURI()})
	if reply.Status != 200 {
		return nil, fmt.Errorf("answers %d", reply.Status)
	}
	return []byte(reply.Body), nil
}
