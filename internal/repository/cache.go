package repository

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// cache is a folder of files, each the last good rules of one address. A file's time is when its server was last known
// to have these rules. Whoever may write there decides who gets in: it is the owner's alone.
type cache struct{ dir string }

// file is the name of an address's file, from which nobody reads the address.
func (c cache) file(address string) string {
	sum := sha256.Sum256([]byte(address))
	return filepath.Join(c.dir, "rules-"+hex.EncodeToString(sum[:16]))
}

// read gives the rules of an address and their time. The error is fs.ErrNotExist if there are none.
func (c cache) read(address string) (rules []byte, at time.Time, err error) {
	if err := c.private(); err != nil {
		return nil, at, err
	}
	f, err := os.Open(c.file(address))
	if err != nil {
		return nil, at, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = owned(f.Name(), info)
	}
	if err != nil {
		return nil, at, err
	}
	if rules, err = io.ReadAll(io.LimitReader(f, MaxRules+1)); err == nil && len(rules) > MaxRules {
		err = fmt.Errorf("%s is longer than any rules that were kept", f.Name())
	}
	return rules, info.ModTime(), err
}

// write keeps rules as those that the server had at a time.
func (c cache) write(address string, rules []byte, at time.Time) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	if err := c.private(); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(c.dir, ".new-") // mode 0600
	if err != nil {
		return err
	}
	_, err = temporary.Write(rules)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = errors.Join(os.Chtimes(temporary.Name(), at, at), os.Rename(temporary.Name(), c.file(address)))
	}
	if err != nil {
		os.Remove(temporary.Name())
	}
	return err
}

// seen notes that the server still has the rules that are kept.
func (c cache) seen(address string, at time.Time) { _ = os.Chtimes(c.file(address), at, at) }

func (c cache) private() error {
	info, err := os.Stat(c.dir)
	if err != nil {
		return err
	}
	return owned(c.dir, info)
}

// owned refuses a file or folder that others may write.
func owned(name string, info os.FileInfo) error {
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s may be written by others than its owner: chmod go-w it, and see what is in it", name)
	}
	return nil
}
