package supervise

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary stand in for Envoy: called with Envoy's arguments it behaves as the name of the
// configuration says. Called with "supervisor" it starts such an Envoy and waits.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "--use-dynamic-base-id") {
		fakeEnvoy(argument("-c"), argument("--admin-address-path"))
	}
	if len(os.Args) == 2 && os.Args[1] == "supervisor" {
		supervisor()
	}
	os.Exit(m.Run())
}

func argument(name string) string {
	if i := slices.Index(os.Args, name); i >= 0 {
		return os.Args[i+1]
	}
	return ""
}

func fakeEnvoy(behaviour, addressFile string) {
	fmt.Fprintln(os.Stderr, "fake envoy:", behaviour)
	switch behaviour {
	case "refused":
		fmt.Fprintln(os.Stderr, "error initializing configuration")
		os.Exit(1)
	case "fine":
		if slices.Contains(os.Args, "validate") {
			os.Exit(0)
		}
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(2)
	}
	if err := os.WriteFile(addressFile, []byte(l.Addr().String()), 0o600); err != nil {
		os.Exit(3)
	}
	http.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) {
		if behaviour == "never ready" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/stats", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "a.one: 1\na.text: \"x\"\nb.two: 2\na.histogram: P0(nan,1)\n")
	})
	if behaviour == "dies later" {
		time.AfterFunc(300*time.Millisecond, func() {
			fmt.Fprintln(os.Stderr, "last words")
			os.Exit(9)
		})
	}
	_ = http.Serve(l, nil)
	os.Exit(4)
}

func supervisor() {
	p, err := Start(context.Background(), Options{Envoy: os.Args[0], Config: "fine"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.Pid())
	time.Sleep(time.Minute)
	os.Exit(0)
}
