package source

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"oathgate/rules"
	"oathgate/rules/tree"
)

// The longest files that are read, in bytes.
const (
	maxConfiguration = 16 << 20
	maxRules         = 4 << 20
	maxCertificate   = 1 << 20
)

// file reads a file, and remembers it as one to watch. The error says what is wrong in words that follow the file's
// name.
func (l *loader) file(name string, most int64) ([]byte, error) {
	if name = filepath.Clean(name); !slices.Contains(l.config.Files, name) {
		l.config.Files = append(l.config.Files, name)
	}
	f, err := Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			l.read(name, Digest{})
			return nil, errors.New("does not exist")
		}
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, cannotRead(err)
	case int64(len(data)) > most:
		size := strconv.FormatInt(most>>20, 10) + " MiB"
		if most < 1<<20 {
			size = strconv.FormatInt(most>>10, 10) + " KiB"
		}
		return nil, errors.New("is longer than " + size + "; divide it")
	}
	l.read(name, sha256.Sum256(data))
	return data, nil
}

func (l *loader) read(name string, d Digest) {
	if _, known := l.config.Read[name]; !known {
		l.config.Read[name] = d
	}
}

// Open opens a file that is there, and waits for nobody as with a named pipe. Other errors than fs.ErrNotExist are
// words that follow the file's name.
func Open(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, cannotRead(err)
	}
	switch info, e := f.Stat(); {
	case e != nil:
		err = cannotRead(e)
	case info.IsDir():
		err = errors.New("is a directory; name the files in it")
	case !info.Mode().IsRegular():
		err = errors.New("is not a regular file, so nobody can see it change; write a file")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func cannotRead(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return errors.New("cannot be read: " + err.Error())
}

// parse reads a text that may be JSON or YAML, as Oathkeeper tells them apart.
func (l *loader) parse(name string, data []byte) (*tree.Node, bool) {
	read := tree.ParseYAML
	if json.Valid(data) {
		read = tree.ParseJSON
	}
	n, err := read(data, tree.Limits{})
	if err == nil {
		return l.texts.add(name, data, false, n), true
	}
	p := rules.Problem{Document: name, Path: "(document)", Message: err.Error()}
	if e := (*tree.Error)(nil); errors.As(err, &e) {
		p.Line, p.Column, p.Message = e.Line, e.Column, e.Message
		if e.Path != "" {
			p.Path = e.Path
		}
	}
	l.problems = append(l.problems, p)
	return nil, false
}

// configurations reads the configuration files and merges them, nil if there is nothing in them.
func (l *loader) configurations(names []string) (root *tree.Node) {
	for _, name := range names {
		if strings.EqualFold(filepath.Ext(name), ".toml") {
			l.fail(name, "TOML is not read here; write the file as YAML")
			continue
		}
		data, err := l.file(name, maxConfiguration)
		switch {
		case err != nil:
			l.fail(name, err.Error())
			continue
		case strings.TrimSpace(string(data)) == "":
			l.fail(name, "is empty; write {} if it is to say nothing")
			continue
		}
		n, ok := l.parse(name, data)
		switch {
		case !ok:
		case n.Kind != tree.Object:
			l.fail(name, "must be an object such as Oathkeeper's configuration, not "+n.Kind.String())
		default:
			root = merge(root, n)
		}
	}
	return root
}
