package report

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// The files that Write makes.
const (
	jsonFile     = "results.json"
	markdownFile = "results.md"
	plotFile     = "rules.svg"
)

// Write puts the run's files into a folder, which it makes if there is none: results.json, results.md, and rules.svg if
// two numbers of rules were measured. An older plot does not stay.
func (r *Run) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, jsonFile), append(text, '\n'), 0o644); err != nil {
		return err
	}
	name := plotFile
	if plot := r.Plot(); plot != "" {
		err = os.WriteFile(filepath.Join(dir, plotFile), []byte(plot), 0o644)
	} else {
		name = ""
		err = os.RemoveAll(filepath.Join(dir, plotFile))
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, markdownFile), []byte(r.Markdown(name)), 0o644)
}
