// Command istioserver is Istio's xDS server, by itself: it serves what proxies are to run from the Istio objects of a
// file, without Kubernetes, until its standard input ends. Istio's own command needs a Kubernetes.
//
//	istioserver 127.0.0.1:PORT objects.yaml
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"

	"google.golang.org/protobuf/types/known/wrapperspb"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
)

// process stands for the test that Istio's server wants to be part of.
type process struct{ cleanups []func() }

func (p *process) Fail()                           { os.Exit(1) }
func (p *process) FailNow()                        { os.Exit(1) }
func (p *process) Fatal(args ...any)               { log.Fatal(args...) }
func (p *process) Fatalf(f string, args ...any)    { log.Fatalf(f, args...) }
func (p *process) Log(args ...any)                 { log.Print(args...) }
func (p *process) Logf(format string, args ...any) { log.Printf(format, args...) }
func (p *process) Skip(args ...any)                { log.Fatal(args...) }
func (p *process) Helper()                         {}
func (p *process) Cleanup(f func())                { p.cleanups = append(p.cleanups, f) }

func (p *process) TempDir() string {
	dir, err := os.MkdirTemp("", "istioserver-")
	if err != nil {
		log.Fatal(err)
	}
	p.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("istioserver ADDRESS FILE")
	}
	objects, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	p := &process{}
	config := mesh.DefaultMeshConfig()
	config.EnableAutoMtls = wrapperspb.Bool(false) // nobody here has a workload's certificate
	xds.NewFakeDiscoveryServer(p, xds.FakeOptions{
		ConfigString:    string(objects),
		MeshConfig:      config,
		ListenerBuilder: func() (net.Listener, error) { return net.Listen("tcp", os.Args[1]) },
	})
	fmt.Println("serving")
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, f := range slices.Backward(p.cleanups) {
		f()
	}
}
