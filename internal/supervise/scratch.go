package supervise

import (
	"os"
	"path/filepath"
	"time"
)

const (
	scratchPrefix = "oathgate-run-"
	scratchLock   = "lock"
	// scratchAge is how old a folder is at least that is taken for a dead process's: a live one may not have locked its
	// own yet.
	scratchAge = time.Minute
)

// Scratch makes a folder of this process's own for temporary files, which only its owner may read, and removes those
// that processes have left behind who could not: killed ones. What is configured, secrets included, stands there. The
// folder is locked until remove is called.
func Scratch() (dir string, remove func(), err error) {
	sweep(os.TempDir())
	if dir, err = os.MkdirTemp("", scratchPrefix); err != nil {
		return "", nil, err
	}
	lock := filepath.Join(dir, scratchLock)
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		os.RemoveAll(dir)
		return "", nil, err
	}
	unlock, _ := tryLock(lock)
	return dir, func() {
		os.RemoveAll(dir)
		if unlock != nil {
			unlock()
		}
	}, nil
}

// sweep removes the folders in parent whose processes are dead. What cannot be removed stays.
func sweep(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, scratchPrefix+"*"))
	for _, dir := range found {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < scratchAge {
			continue
		}
		if unlock, ok := tryLock(filepath.Join(dir, scratchLock)); ok {
			os.RemoveAll(dir)
			unlock()
		}
	}
}
