package istio

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Options says for which proxies to render.
type Options struct {
	// Name is that of the WasmPlugin and of the EnvoyFilter, and the beginning of the others'.
	Name string
	// Namespace is the workload's, "" for the one that is applied to.
	Namespace string
	// Selector are the labels of the workload's pods. There is at least one: without, all of a namespace would be
	// guarded by rules made for one.
	Selector map[string]string
	// Sidecar: the workload is a service with a sidecar, and what comes in is guarded. Otherwise it is a gateway.
	Sidecar bool
	// URL is where proxies load the module from: an OCI image (oci:// or no scheme), https:// or http://, or a file:// of
	// the proxy's own.
	URL string
	// SHA256 is the module's digest, or the image's, in hexadecimal; "" is not checked.
	SHA256 string
	// CACertificates is the file, in the proxy's container, of the authorities that https servers are checked against;
	// "" for the system's.
	CACertificates string
}

// The names of Kubernetes' objects (RFC 1123, shortened for what is put behind them), and its labels.
var (
	isName   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	isDigest = regexp.MustCompile(`^[a-f0-9]{64}$`)
	isKey    = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$`)
	isValue  = regexp.MustCompile(`^([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$`)
)

// check names everything that is wrong.
func (o *Options) check() error {
	var problems []error
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !isName.MatchString(o.Name) {
		fail("the name %q is not a name for Kubernetes: lower case letters, digits and -, at most 63", o.Name)
	}
	if o.Namespace != "" && !isName.MatchString(o.Namespace) {
		fail("the namespace %q is not the name of one", o.Namespace)
	}
	if len(o.Selector) == 0 {
		fail("no selector: name the labels of the gateway's or the service's pods, such as istio=ingressgateway")
	}
	for _, key := range slices.Sorted(maps.Keys(o.Selector)) {
		if !isKey.MatchString(key) || !isValue.MatchString(o.Selector[key]) {
			fail("the selector %s=%s is not a label", key, o.Selector[key])
		}
	}
	if o.SHA256 != "" && !isDigest.MatchString(o.SHA256) {
		fail("the SHA-256 digest is not 64 hexadecimal digits in lower case")
	}
	if o.CACertificates != "" && !strings.HasPrefix(o.CACertificates, "/") {
		fail("the CA certificates are a file of the proxy's container: write its path from the root, such as /etc/identity/ca.pem")
	}
	problems = append(problems, o.checkURL())
	return errors.Join(problems...)
}

func (o *Options) checkURL() error {
	if o.URL == "" {
		return errors.New("no URL: say where proxies load the filter from, such as oci://registry.example.com/oathgate:1 or file:///opt/oathgate.wasm")
	}
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return errors.New("the module's URL is not one")
	case u.Scheme == "http" && o.SHA256 == "":
		return errors.New("over http:// anybody on the way can put another module in place: give its SHA-256 digest")
	case u.Scheme == "file" && (u.Host != "" || !strings.HasPrefix(u.Path, "/")):
		return errors.New("a file:// URL has three slashes, such as file:///opt/oathgate.wasm")
	case !slices.Contains([]string{"", "oci", "https", "http", "file"}, u.Scheme):
		return fmt.Errorf("no module can be loaded from %s://: Istio knows oci, https, http and file", u.Scheme)
	}
	return nil
}
