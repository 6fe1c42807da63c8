//go:build !wasip1

package wazerohost

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/tetratelabs/wazero/api"
)

// WASI errno.
const (
	wasiOK      = 0
	wasiBadf    = 8
	wasiFault   = 21
	wasiInval   = 28
	wasiNoent   = 44
	wasiNosys   = 52
	wasiNotdir  = 20
	wasiNotsup  = 58
	maxRandom   = 64 << 10
	pollPatient = 1000
)

var wasiImports []hostImport

// The functions and signatures of proxy-wasm-cpp-host's FOR_ALL_WASI_FUNCTIONS, in both module names; what it allows in _initialize
// (WasmBase::startVm) and in the allocator (WasmBase::allocMemory).
func init() {
	const initial, alloc = inInitialize, inInitialize | inAllocator
	types := func(ts ...api.ValueType) []api.ValueType { return ts }
	answer := func(errno uint32) func(*instance, []uint64) uint32 {
		return func(*instance, []uint64) uint32 { return errno }
	}
	std := func(errno uint32) func(*instance, []uint64) uint32 {
		return func(_ *instance, a []uint64) uint32 {
			if !isStd(a[0]) {
				return wasiBadf
			}
			return errno
		}
	}
	wasiImports = []hostImport{
		{name: "fd_write", params: words(4), allow: alloc, call: wasiFdWrite},
		{name: "fd_read", params: words(4), call: answer(wasiNosys)},
		{name: "fd_seek", params: types(i32, i64, i32, i32), call: answer(wasiOK)},
		{name: "fd_close", params: words(1), call: answer(wasiOK)},
		{name: "fd_fdstat_get", params: words(2), allow: initial, call: wasiFdstatGet},
		{name: "fd_fdstat_set_flags", params: words(2), allow: initial, call: answer(wasiNosys)},
		{name: "fd_fdstat_set_rights", params: types(i32, i64, i64), allow: initial, call: answer(wasiNotsup)},
		{name: "environ_get", params: words(2), allow: initial, call: wasiEnvironGet},
		{name: "environ_sizes_get", params: words(2), allow: initial, call: wasiEnvironSizes},
		{name: "args_get", params: words(2), allow: initial, call: answer(wasiOK)},
		{name: "args_sizes_get", params: words(2), allow: initial, call: wasiArgsSizes},
		{name: "clock_time_get", params: types(i32, i64, i32), allow: alloc, call: wasiClockTime},
		{name: "clock_res_get", params: words(2), allow: initial, call: wasiClockRes},
		{name: "fd_advise", params: types(i32, i64, i64, i32), allow: initial, call: std(wasiOK)},
		{name: "fd_allocate", params: types(i32, i64, i64), allow: initial, call: std(wasiOK)},
		{name: "fd_datasync", params: words(1), allow: initial, call: std(wasiOK)},
		{name: "fd_filestat_set_size", params: types(i32, i64), allow: initial, call: std(wasiOK)},
		{name: "fd_filestat_set_times", params: types(i32, i64, i64, i32), allow: initial, call: std(wasiOK)},
		{name: "fd_pread", params: types(i32, i32, i32, i64, i32), allow: initial, call: answer(wasiNosys)},
		{name: "fd_pwrite", params: types(i32, i32, i32, i64, i32), allow: initial, call: wasiFdPwrite},
		{name: "fd_readdir", params: types(i32, i32, i32, i64, i32), allow: initial, call: answer(wasiNotdir)},
		{name: "fd_renumber", params: words(2), allow: initial, call: std(wasiNotsup)},
		{name: "fd_sync", params: words(1), allow: initial, call: std(wasiOK)},
		{name: "fd_tell", params: words(2), allow: initial, call: wasiFdTell},
		{name: "path_create_directory", params: words(3), allow: initial, call: answer(wasiNotsup)},
		{name: "path_filestat_set_times", params: types(i32, i32, i32, i32, i64, i64, i32), allow: initial, call: answer(wasiNotsup)},
		{name: "path_link", params: words(6), allow: initial, call: answer(wasiNotsup)},
		{name: "path_readlink", params: words(6), allow: initial, call: answer(wasiNotsup)},
		{name: "path_remove_directory", params: words(3), allow: initial, call: answer(wasiNotsup)},
		{name: "path_rename", params: words(6), allow: initial, call: answer(wasiNotsup)},
		{name: "path_symlink", params: words(4), allow: initial, call: answer(wasiNotsup)},
		{name: "path_unlink_file", params: words(3), allow: initial, call: answer(wasiNotsup)},
		{name: "sock_accept", params: words(3), allow: initial, call: answer(wasiNotsup)},
		{name: "sock_recv", params: words(6), allow: initial, call: answer(wasiNotsup)},
		{name: "sock_send", params: words(5), allow: initial, call: answer(wasiNotsup)},
		{name: "sock_shutdown", params: words(2), allow: initial, call: answer(wasiNotsup)},
		{name: "random_get", params: words(2), allow: initial, call: wasiRandom},
		{name: "sched_yield", params: nil, call: answer(wasiOK)},
		{name: "poll_oneoff", params: words(4), allow: alloc, call: wasiPoll},
		{name: "proc_exit", params: words(1), call: wasiProcExit, void: true},
		{name: "path_open", params: types(i32, i32, i32, i32, i32, i64, i64, i32, i32), call: answer(wasiNoent)},
		{name: "fd_prestat_get", params: words(2), allow: initial, call: answer(wasiBadf)},
		{name: "fd_prestat_dir_name", params: words(3), allow: initial, call: answer(wasiNosys)},
		{name: "path_filestat_get", params: words(5), allow: initial, call: answer(wasiNotsup)},
		{name: "fd_filestat_get", params: words(2), allow: initial, call: answer(wasiBadf)},
	}
}

func isStd(fd uint64) bool { return uint32(fd) == 1 || uint32(fd) == 2 }

func (in *instance) wasiWord(at uint64, v uint32) uint32 {
	if !in.mem.WriteUint32Le(uint32(at), v) {
		return wasiFault
	}
	return wasiOK
}

func (in *instance) writev(fd, iovs, count uint64) (written uint32, errno uint32) {
	level := uint32(2)
	switch uint32(fd) {
	case 1:
	case 2:
		level = 4
	default:
		return 0, wasiBadf
	}
	var text []byte
	for i := range uint64(uint32(count)) {
		iov, ok := in.read(iovs+i*8, 8)
		if !ok {
			return 0, wasiFault
		}
		part, ok := in.read(uint64(binary.LittleEndian.Uint32(iov)), uint64(binary.LittleEndian.Uint32(iov[4:])))
		if !ok {
			return 0, wasiFault
		}
		text = append(text, part...)
	}
	written = uint32(len(text))
	if written > 0 {
		if text[written-1] == '\n' {
			text = text[:written-1]
		}
		in.vm.log(level, in.contextID(), string(text))
	}
	return written, wasiOK
}

func wasiFdWrite(in *instance, a []uint64) uint32 {
	n, errno := in.writev(a[0], a[1], a[2])
	if errno != wasiOK {
		return errno
	}
	return in.wasiWord(a[3], n)
}

func wasiFdPwrite(in *instance, a []uint64) uint32 {
	n, errno := in.writev(a[0], a[1], a[2])
	if errno != wasiOK {
		return errno
	}
	return in.wasiWord(a[4], n)
}

func wasiFdstatGet(in *instance, a []uint64) uint32 {
	if !isStd(a[0]) {
		return wasiBadf
	}
	var stat [24]byte
	stat[8] = 64 // fs_rights_base: fd_write
	in.mem.Write(uint32(a[1]), stat[:])
	return wasiOK
}

func wasiFdTell(in *instance, a []uint64) uint32 {
	if !isStd(a[0]) {
		return wasiBadf
	}
	if !in.mem.WriteUint64Le(uint32(a[1]), 0) {
		return wasiFault
	}
	return wasiOK
}

func wasiEnvironSizes(in *instance, a []uint64) uint32 {
	size := 0
	for k, v := range in.vm.host.opt.Env {
		size += len(k) + len(v) + 2
	}
	if in.wasiWord(a[0], uint32(len(in.vm.host.opt.Env))) != wasiOK {
		return wasiFault
	}
	return in.wasiWord(a[1], uint32(size))
}

func wasiEnvironGet(in *instance, a []uint64) uint32 {
	at, buf := uint32(a[0]), uint32(a[1])
	for k, v := range in.vm.host.opt.Env {
		entry := k + "=" + v + "\x00"
		if !in.mem.WriteUint32Le(at, buf) || !in.mem.WriteString(buf, entry) {
			return wasiFault
		}
		at, buf = at+4, buf+uint32(len(entry))
	}
	return wasiOK
}

func wasiArgsSizes(in *instance, a []uint64) uint32 {
	if in.wasiWord(a[0], 0) != wasiOK {
		return wasiFault
	}
	return in.wasiWord(a[1], 0)
}

func wasiClockTime(in *instance, a []uint64) uint32 {
	var now int64
	switch uint32(a[0]) {
	case 0:
		now = in.vm.Now().UnixNano()
	case 1:
		now = int64(in.vm.Now().Sub(in.vm.host.opt.Start)) + 1e9
	default:
		return wasiNotsup
	}
	if !in.mem.WriteUint64Le(uint32(a[2]), uint64(now)) {
		return wasiFault
	}
	return wasiOK
}

func wasiClockRes(in *instance, a []uint64) uint32 {
	if uint32(a[0]) > 1 {
		return wasiNotsup
	}
	if !in.mem.WriteUint64Le(uint32(a[1]), 1) {
		return wasiFault
	}
	return wasiOK
}

func wasiRandom(in *instance, a []uint64) uint32 {
	n := uint32(a[1])
	if n > maxRandom {
		return wasiInval
	}
	buf := make([]byte, n)
	rand.Read(buf) // never fails
	if n > 0 && !in.mem.Write(uint32(a[0]), buf) {
		return wasiFault
	}
	return wasiOK
}

// wasiPoll waits for nothing, as in Envoy: a guest that sleeps spins. Where the clock stands still it would spin for ever, so a guest
// that keeps on polling within one callback gets the time it waits for.
func wasiPoll(in *instance, a []uint64) uint32 {
	if in.vm.host.opt.NoPoll {
		return wasiNosys
	}
	in.polls++
	if in.polls > pollPatient {
		in.vm.now = in.vm.now.Add(1e6)
	}
	return in.wasiWord(a[3], 0)
}

func wasiProcExit(in *instance, a []uint64) uint32 {
	in.vm.note("proc_exit")
	return 0
}
