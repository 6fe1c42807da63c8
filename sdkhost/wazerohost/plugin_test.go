//go:build !wasip1

package wazerohost_test

import (
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

func TestConfigureOrder(t *testing.T) {
	w := newWorld(t, wazerohost.Options{VMConfig: []byte("vm"), Env: map[string]string{"A": "b"}})
	w.inOrder("init", "create 1 0", "vm_start vm", "configure 1 config")
	w.do("")
	w.inOrder("create 2 1")
}

// Refused, in on_configure or on_vm_start: no filter at all, and nothing stands in the way of a request.
func TestRefusedConfigurationLetsThrough(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	p, ok := w.vm.Configure([]byte("refuse"))
	if ok || !p.Refused() || p.ContextID() != 0 {
		t.Fatal("accepted")
	}
	s := p.Request(req("x-do", "reply~403~no"))
	w.outcome(s, wazerohost.Continued)
	if !s.Unfiltered() || s.ContextID() != 0 {
		t.Error("filtered")
	}
	s.Respond(200, nil, nil, nil)
	if s.Response().Status != 200 {
		t.Error(s.Response())
	}
	if w.host.Accepts([]byte("refuse")) || !w.host.Accepts([]byte("fine")) {
		t.Error("Accepts")
	}
	host := newHost(t, wazerohost.Options{VMConfig: []byte("refuse")})
	vm, err := host.NewVM()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := vm.Configure(nil); ok {
		t.Error("on_vm_start's refusal does not count")
	}
}

func TestConfigurationSwap(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Hold: true})})
	old := w.do("call~id~0;pause", "x-then", "mine;resume~0")
	next, ok := w.vm.Configure([]byte("next"))
	if !ok {
		t.Fatal("refused")
	}
	w.plugin.Close()
	w.plugin.Close()
	w.silent("done 1")
	w.outcome(next.Request(req()), wazerohost.Continued)
	if !w.vm.Reply(4, wazerohost.Reply{}) {
		t.Error("the old configuration's callout is gone")
	}
	w.outcome(old, wazerohost.Continued)
	w.silent("done 1")
	old.End()
	w.inOrder("log 2", "done 2", "delete 2", "done 1", "delete 1")
}

// When the plugin's context goes, its callouts are cancelled without a callback.
func TestCalloutsDieWithThePluginContext(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Delay: time.Second})})
	s := w.do("call~id~0;pause")
	w.plugin.Close()
	if w.vm.InFlight() != 1 {
		t.Fatal("cancelled too early")
	}
	s.Abort()
	if w.vm.InFlight() != 0 || w.vm.Contexts() != 0 {
		t.Errorf("%d callouts, %d contexts", w.vm.InFlight(), w.vm.Contexts())
	}
	w.vm.Advance(time.Minute)
	w.silent("called 4 2 0 0")
}

func TestEqualConfigurationsShareAContext(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	p, ok := w.vm.Configure([]byte("config"))
	if !ok || p.ContextID() != w.plugin.ContextID() {
		t.Fatal("not shared")
	}
	w.plugin.Close()
	w.silent("done 1")
	p.Close()
	w.said("delete 1")
	if p, _ = w.vm.Configure([]byte("config")); p.ContextID() == 1 {
		t.Error("a context that was deleted is back")
	}
}

// proxy_on_done's false keeps the plugin's context till proxy_done.
func TestDoneLater(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	p, _ := w.vm.Configure([]byte("later"))
	p.Close()
	w.said("done 2")
	w.silent("delete 2")
	w.do("finished;effective~2;finished")
	w.inOrder("finished 1", "effective 0", "finished 0", "delete 2")
}

func TestStartOnAClosedPlugin(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	w.plugin.Close()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	w.plugin.Request(req())
}
