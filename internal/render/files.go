package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
)

// The names of the files, in the order in which they are written: a filter's clusters before the filter.
const (
	cdsFile       = "cds.json"
	bootstrapFile = "bootstrap.json"
)

func ecdsFile(listener string) string { return "ecds-" + listener + ".json" }

// File is one rendered file.
type File struct {
	Name    string // below Config.Dir
	Content []byte // JSON; it has the documents' secrets in it

	version string // of a discovery file: what Envoy tells that it has
}

// Files are the files of one Envoy, as they were written last.
type Files struct {
	config  Config
	written map[string]File
	// serving are the clusters that some filter in force may name.
	serving []*clusterv3.Cluster
}

// Render returns the files of an Envoy and writes nothing: cds.json, ecds-proxy.json, ecds-api.json, bootstrap.json.
// The error joins everything that is wrong with the configuration.
func Render(c Config) ([]File, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	files, _, err := c.discovery(nil)
	if err != nil {
		return nil, err
	}
	p := &packer{}
	b, err := c.bootstrap(p)
	if err = errors.Join(err, p.err); err != nil {
		return nil, err
	}
	content, err := text(b)
	return append(files, File{Name: bootstrapFile, Content: content}), err
}

// discovery renders the discovery files. The clusters of before stay beside the new ones, which are returned too.
func (c *Config) discovery(before []*clusterv3.Cluster) ([]File, []*clusterv3.Cluster, error) {
	p := &packer{}
	clusters := c.clusters(p)
	var resources []proto.Message
	for _, cluster := range ordered(append(clusters[:len(clusters):len(clusters)], before...)) {
		resources = append(resources, cluster)
	}
	files := []File{p.discovery(cdsFile, resources...)}
	for _, s := range c.served() {
		files = append(files, p.discovery(ecdsFile(s.name), c.filter(p, filterName(s.name), s.document)))
	}
	return files, clusters, p.err
}

func (p *packer) discovery(name string, resources ...proto.Message) File {
	response := &discoveryv3.DiscoveryResponse{}
	for _, r := range resources {
		response.Resources = append(response.Resources, p.pack(r))
	}
	content, err := text(response)
	p.note(err)
	sum := sha256.Sum256(content)
	response.VersionInfo = hex.EncodeToString(sum[:8])
	content, err = text(response)
	p.note(err)
	return File{Name: name, Content: content, version: response.VersionInfo}
}

// Write renders and writes the files of an Envoy that is to be started. Config.Dir is made if it is missing; one that
// others may read is an error, for the files hold secrets.
func Write(c Config) (*Files, error) {
	files, err := Render(c)
	if err != nil {
		return nil, err
	}
	if c, err = c.checked(); err != nil {
		return nil, err
	}
	if err := private(c.Dir); err != nil {
		return nil, err
	}
	f := &Files{config: c, written: map[string]File{}, serving: c.clusters(&packer{})}
	return f, f.write(files)
}

// Bootstrap is the path of the bootstrap, for `envoy -c`.
func (f *Files) Bootstrap() string { return filepath.Join(f.config.Dir, bootstrapFile) }

// write leaves alone what already says the same.
func (f *Files) write(files []File) error {
	for _, file := range files {
		if bytes.Equal(f.written[file.Name].Content, file.Content) {
			continue
		}
		if err := replace(filepath.Join(f.config.Dir, file.Name), file.Content); err != nil {
			return err
		}
		f.written[file.Name] = file
	}
	return nil
}

func private(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a folder that its owner alone may open (mode 0700)", dir)
	}
	return nil
}

// replace puts a file in place at once: Envoy never reads half of it.
func replace(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-") // mode 0600
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		os.Remove(temporary.Name())
	}
	return err
}
