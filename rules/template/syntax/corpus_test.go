package syntax_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRepositoryTemplates parses every line and every file in which this project tests,
// shows or describes templates. What surrounds them there is text like any other.
func TestRepositoryTemplates(t *testing.T) {
	const root = "../../.."
	texts, taken := 0, 0
	for _, folder := range []string{"rules/template", "testdata", "examples"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			file, err := os.ReadFile(path)
			for _, text := range append(strings.Split(string(file), "\n"), string(file)) {
				if strings.Contains(text, "{{") {
					texts++
					if same(t, text) {
						taken++
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if taken < 500 || texts-taken < 100 {
		t.Errorf("of %d texts %d were taken", texts, taken)
	}
}
