package run

import (
	"crypto/sha256"
	"os"
	"time"
)

// look is how often files are looked at. Polling sees what notifications miss:
// files replaced by rename, the symlinks of a Kubernetes ConfigMap, network file
// systems, a file that is not there yet.
const look = 200 * time.Millisecond

// young is how long after a file's last change a further one may have left size and
// time as they were.
const young = 2 * time.Second

// snapshot is what a file was like; the zero snapshot is that of one that is not
// there.
type snapshot struct {
	info   os.FileInfo
	digest [sha256.Size]byte
}

// watcher remembers what files were like.
type watcher struct{ files map[string]snapshot }

// watch takes a first look at the files.
func watch(paths []string) *watcher {
	w := &watcher{files: make(map[string]snapshot, len(paths))}
	for _, path := range paths {
		w.files[path] = take(path)
	}
	return w
}

// changed reports whether a file is not what it was at the last call.
func (w *watcher) changed() bool {
	any := false
	for path, before := range w.files {
		info, err := os.Stat(path)
		if err == nil && before.info != nil && os.SameFile(info, before.info) &&
			info.Size() == before.info.Size() && info.ModTime().Equal(before.info.ModTime()) && time.Since(info.ModTime()) > young {
			continue
		}
		now := take(path)
		if (now.info == nil) != (before.info == nil) || now.digest != before.digest {
			any = true
		}
		w.files[path] = now
	}
	return any
}

func take(path string) snapshot {
	info, err := os.Stat(path)
	if err != nil {
		return snapshot{}
	}
	s := snapshot{info: info}
	// What cannot be read, a folder for instance, has the digest of nothing.
	if info.Mode().IsRegular() && info.Size() <= maxWatched {
		text, _ := os.ReadFile(path)
		s.digest = sha256.Sum256(text)
	}
	return s
}

// maxWatched is the size in bytes of the largest file whose content is compared. A
// larger one is refused by who reads it.
const maxWatched = 64 << 20
