package run

import (
	"crypto/sha256"
	"io"
	"os"
	"time"

	"oathgate/internal/source"
)

// look is how often files are looked at. Polling sees what notifications miss:
// files replaced by rename, the symlinks of a Kubernetes ConfigMap, network file
// systems, a file that is not there yet.
const look = 200 * time.Millisecond

// young is how long after a file's last change a further one may have left size and
// time as they were.
const young = 2 * time.Second

// snapshot is what a file was like.
type snapshot struct {
	there bool
	// info is nil if the file is to be looked at again, whatever it seems to be.
	info os.FileInfo
	// digest is zero if nothing could be read.
	digest source.Digest
}

// watcher remembers what files were like.
type watcher struct{ files map[string]snapshot }

// watch remembers the files as they were when they were read: what has changed
// since is a change.
func watch(c *source.Configuration) *watcher {
	w := &watcher{files: map[string]snapshot{}}
	w.loaded(c, true)
	return w
}

// loaded takes the files as they were read for those to watch from now on, if only,
// and no others.
func (w *watcher) loaded(c *source.Configuration, only bool) {
	files := make(map[string]snapshot, len(c.Files))
	for _, path := range c.Files {
		if digest, read := c.Read[path]; read {
			files[path] = snapshot{there: digest != source.Digest{}, digest: digest}
		} else if before, known := w.files[path]; known {
			files[path] = before
		} else {
			files[path] = take(path)
		}
	}
	if !only {
		for path, before := range w.files {
			if _, known := files[path]; !known {
				files[path] = before
			}
		}
	}
	w.files = files
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
		any = any || now.there != before.there || now.digest != before.digest
		w.files[path] = now
	}
	return any
}

func take(path string) snapshot {
	info, err := os.Stat(path)
	if err != nil {
		return snapshot{}
	}
	s := snapshot{info: info, there: true}
	f, err := source.Open(path)
	if err != nil {
		return s
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, maxWatched)); err == nil {
		h.Sum(s.digest[:0])
	}
	return s
}

// maxWatched is how much of a file is compared, in bytes. A longer one is refused by
// who reads it.
const maxWatched = 64 << 20
