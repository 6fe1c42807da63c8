//go:build !wasip1

package wazerohost

import "time"

// Plugin is one HTTP filter configuration on a worker: what Envoy calls a plugin handle's slot.
type Plugin struct {
	vm       *VM
	config   []byte
	handle   *handle // nil: refused, requests pass unfiltered
	lastLoad time.Time
	closed   bool
}

// handle is a live plugin context: configurations with the same bytes and streams hold it.
type handle struct {
	in   *instance
	root *guestCtx
	refs int
}

// Configure makes a plugin context: proxy_on_context_create, proxy_on_vm_start, proxy_on_configure. ok false means that the guest
// refused (or trapped): on an Envoy worker there is then *no filter*, and the plugin's requests pass. The plugin is never nil.
// Bytes that a live plugin context of this VM already has give that same context, without calling the guest.
func (vm *VM) Configure(pluginConfig []byte) (plugin *Plugin, ok bool) {
	vm.enter()
	defer vm.leave()
	p := &Plugin{vm: vm, config: append([]byte(nil), pluginConfig...)}
	p.lastLoad = vm.Now()
	p.handle = p.load()
	return p, p.handle != nil
}

// Accepts asks as Envoy's main thread does before any worker sees a configuration: in a VM of its own, which is thrown away.
func (h *Host) Accepts(pluginConfig []byte) bool {
	vm, err := h.NewVM()
	if err != nil {
		return false
	}
	_, ok := vm.Configure(pluginConfig)
	vm.Close()
	return ok
}

func (p *Plugin) load() *handle {
	vm, key := p.vm, string(p.config)
	if h := vm.cur.handles[key]; h != nil && !vm.cur.failed() {
		h.refs++
		return h
	}
	if vm.cur.failed() {
		in, err := vm.instantiate()
		if err != nil {
			vm.failures = append(vm.failures, err)
			return nil
		}
		vm.cur.release()
		vm.cur = in
		vm.reloads++
	}
	in := vm.cur
	root := in.roots[key]
	if root == nil {
		root = in.newContext(nil)
		root.plugin, root.key = p, key
		in.roots[key] = root
	}
	root.configuring, root.hasConfig = p.config, true
	in.invoke(root, onContextCreate, uint64(root.id), 0)
	root.created = true
	root.configuring, root.hasConfig = nil, false
	started := true
	if in.fn[onVMStart] != nil && !in.failed() {
		r, ok := in.invoke(root, onVMStart, uint64(root.id), uint64(len(vm.host.opt.VMConfig)))
		started = ok && uint32(r) != 0
	}
	in.settle()
	if !started || in.failed() {
		return nil
	}
	root.configuring, root.hasConfig = p.config, true
	accepted := true
	if in.fn[onConfigure] != nil {
		r, ok := in.invoke(root, onConfigure, uint64(root.id), uint64(len(p.config)))
		accepted = ok && uint32(r) != 0
	}
	root.configuring, root.hasConfig = nil, false
	in.settle()
	if !accepted {
		return nil
	}
	h := &handle{in: in, root: root, refs: 1}
	in.handles[key] = h
	return h
}

// Refused reports whether the guest refused the configuration: there is no filter.
func (p *Plugin) Refused() bool { return p.handle == nil }

// ContextID is the number of the plugin's context in the guest, 0 if it has none.
func (p *Plugin) ContextID() uint32 {
	if p.handle == nil {
		return 0
	}
	return p.handle.root.id
}

// Close takes the configuration away, as a swap does: configure the new one first, then close the old one. The context is done and
// deleted when its last stream is gone; callouts that are then in flight are cancelled.
func (p *Plugin) Close() {
	if p.closed || p.handle == nil {
		return
	}
	p.closed = true
	p.vm.enter()
	defer p.vm.leave()
	p.handle.drop()
}

func (h *handle) drop() {
	h.refs--
	if h.refs > 0 {
		return
	}
	in, root := h.in, h.root
	delete(in.handles, root.key)
	delete(in.roots, root.key)
	done := true
	if !in.failed() && in.fn[onDone] != nil {
		r, _ := in.invoke(root, onDone, uint64(root.id))
		done = uint32(r) != 0
		in.settle()
	}
	if !done && !in.failed() {
		in.pending[root.key] = root
		return
	}
	in.deleteRoot(root)
}

func (in *instance) deleteRoot(root *guestCtx) {
	if root.destroyed {
		return
	}
	if !in.failed() {
		in.invoke(root, onDelete, uint64(root.id))
		in.settle()
	}
	root.destroyed = true
	delete(in.contexts, root.id)
	for seq, c := range in.vm.callouts {
		if c.root == root {
			delete(in.vm.callouts, seq)
		}
	}
	in.release()
}

// current is the handle for a new stream, after a reload if one is due. filtered false: no filter at all.
func (p *Plugin) current() (h *handle, filtered bool) {
	vm := p.vm
	if p.handle == nil {
		return nil, false
	}
	if p.handle.in.failed() && vm.host.opt.FailurePolicy == FailReload && vm.Now().Sub(p.lastLoad) >= vm.host.opt.ReloadAfter {
		p.lastLoad = vm.Now()
		if h := p.load(); h != nil && !h.in.failed() {
			old := p.handle
			p.handle = h
			old.drop()
		}
	}
	if p.handle.in.failed() {
		return nil, vm.host.opt.FailurePolicy != FailOpen
	}
	return p.handle, true
}
