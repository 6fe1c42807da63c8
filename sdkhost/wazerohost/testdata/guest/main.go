// A guest that does what request headers tell it: see run. Built by the tests for wasip1.
package main

import (
	"encoding/hex"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

//go:wasmimport env proxy_log
func proxyLog(level uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_get_log_level
func proxyGetLogLevel(out unsafe.Pointer) uint32

//go:wasmimport env proxy_get_status
func proxyGetStatus(code, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_get_property
func proxyGetProperty(k unsafe.Pointer, kn uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_set_property
func proxySetProperty(k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func proxyGetHeader(m uint32, k unsafe.Pointer, kn uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_add_header_map_value
func proxyAddHeader(m uint32, k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn uint32) uint32

//go:wasmimport env proxy_replace_header_map_value
func proxySetHeader(m uint32, k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn uint32) uint32

//go:wasmimport env proxy_remove_header_map_value
func proxyDelHeader(m uint32, k unsafe.Pointer, kn uint32) uint32

//go:wasmimport env proxy_get_header_map_pairs
func proxyGetPairs(m uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_set_header_map_pairs
func proxySetPairs(m uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_get_header_map_size
func proxyMapSize(m uint32, out unsafe.Pointer) uint32

//go:wasmimport env proxy_get_buffer_bytes
func proxyGetBuffer(b, start, size uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_get_buffer_status
func proxyBufferStatus(b uint32, size, flags unsafe.Pointer) uint32

//go:wasmimport env proxy_set_buffer_bytes
func proxySetBuffer(b, start, size uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_send_local_response
func proxyReply(status uint32, d unsafe.Pointer, dn uint32, b unsafe.Pointer, bn uint32, h unsafe.Pointer, hn uint32, grpc int32) uint32

//go:wasmimport env proxy_continue_stream
func proxyContinue(kind uint32) uint32

//go:wasmimport env proxy_close_stream
func proxyClose(kind uint32) uint32

//go:wasmimport env proxy_http_call
func proxyCall(c unsafe.Pointer, cn uint32, h unsafe.Pointer, hn uint32, b unsafe.Pointer, bn uint32, t unsafe.Pointer, tn, timeout uint32, token unsafe.Pointer) uint32

//go:wasmimport env proxy_set_tick_period_milliseconds
func proxyTick(ms uint32) uint32

//go:wasmimport env proxy_get_current_time_nanoseconds
func proxyTime(out unsafe.Pointer) uint32

//go:wasmimport env proxy_define_metric
func proxyDefine(kind uint32, p unsafe.Pointer, n uint32, id unsafe.Pointer) uint32

//go:wasmimport env proxy_increment_metric
func proxyIncrement(id uint32, by int64) uint32

//go:wasmimport env proxy_record_metric
func proxyRecord(id uint32, v uint64) uint32

//go:wasmimport env proxy_get_metric
func proxyGetMetric(id uint32, out unsafe.Pointer) uint32

//go:wasmimport env proxy_get_shared_data
func proxyGetShared(k unsafe.Pointer, kn uint32, p, n, cas unsafe.Pointer) uint32

//go:wasmimport env proxy_set_shared_data
func proxySetShared(k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn, cas uint32) uint32

//go:wasmimport env proxy_set_effective_context
func proxyEffective(id uint32) uint32

//go:wasmimport env proxy_done
func proxyDone() uint32

//go:wasmimport env proxy_call_foreign_function
func proxyForeign(f unsafe.Pointer, fn uint32, a unsafe.Pointer, an uint32, p, n unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 proc_exit
func procExit(code uint32)

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

func main() {}

func init() {
	if os.Getenv("GUEST_INIT") == "calls" {
		now()
	}
	log("init")
}

var (
	evilAllocator bool
	given         = map[uintptr][]byte{}
	scripts       = map[uint32]map[string]string{}
	waiting       = map[uint32]wait{} // by token
	metrics       = map[string]uint32{}
	config        = map[uint32]string{}
	ballast       [][]byte
)

type wait struct {
	context uint32
	script  string
}

//go:wasmexport proxy_on_memory_allocate
func allocate(size uint32) unsafe.Pointer {
	if evilAllocator {
		evilAllocator = false
		now()
	}
	b := make([]byte, max(size, 1))
	p := unsafe.Pointer(&b[0])
	given[uintptr(p)] = b
	return p
}

func take(p uintptr, n uint32) string {
	b := given[p]
	delete(given, p)
	return string(b[:min(int(n), len(b))])
}

func ptr(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

func log(s string) {
	p, n := ptr(s)
	proxyLog(2, p, n)
}

func now() (t uint64) {
	proxyTime(unsafe.Pointer(&t))
	return t
}

func getHeader(m uint32, key string) (string, uint32) {
	var p uintptr
	var n uint32
	k, kn := ptr(key)
	status := proxyGetHeader(m, k, kn, unsafe.Pointer(&p), unsafe.Pointer(&n))
	if status != 0 {
		return "", status
	}
	return take(p, n), 0
}

func getPairs(m uint32) ([][2]string, uint32) {
	var p uintptr
	var n uint32
	if status := proxyGetPairs(m, unsafe.Pointer(&p), unsafe.Pointer(&n)); status != 0 || n == 0 {
		return nil, status
	}
	b := take(p, n)
	le := func(at int) int { return int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16 | int(b[at+3])<<24 }
	count := le(0)
	at := 4 + 8*count
	var out [][2]string
	for i := range count {
		k := b[at : at+le(4+8*i)]
		at += len(k) + 1
		v := b[at : at+le(8+8*i)]
		at += len(v) + 1
		out = append(out, [2]string{k, v})
	}
	return out, 0
}

func pack(pairs [][2]string) string {
	var b []byte
	put := func(n int) { b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24)) }
	put(len(pairs))
	for _, p := range pairs {
		put(len(p[0]))
		put(len(p[1]))
	}
	for _, p := range pairs {
		b = append(append(b, p[0]...), 0)
		b = append(append(b, p[1]...), 0)
	}
	return string(b)
}

func getBuffer(kind, start, size uint32) (string, uint32) {
	var p uintptr
	var n uint32
	status := proxyGetBuffer(kind, start, size, unsafe.Pointer(&p), unsafe.Pointer(&n))
	if status != 0 || n == 0 {
		return "", status
	}
	return take(p, n), 0
}

func utoa(n uint32) string { return strconv.Itoa(int(n)) }

func atou(s string) uint32 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return uint32(n)
}

// run does the commands of a script, separated by ";", their arguments by "~", and says what to return.
func run(context uint32, script string) (result uint32) {
	for _, command := range strings.Split(script, ";") {
		a := append(strings.Split(command, "~"), "", "", "", "")
		switch a[0] {
		case "":
		case "pause":
			result = 1
		case "return":
			result = atou(a[1])
		case "get":
			v, status := getHeader(atou(a[1]), a[2])
			log("get " + utoa(status) + " " + v)
		case "pairs":
			pairs, status := getPairs(atou(a[1]))
			s := "pairs " + utoa(status) + " " + strconv.Itoa(len(pairs))
			for _, p := range pairs {
				if len(s) < 500 {
					s += " " + p[0] + "=" + p[1]
				}
			}
			log(s)
		case "add", "set":
			k, kn := ptr(a[2])
			v, vn := ptr(a[3])
			f := proxyAddHeader
			if a[0] == "set" {
				f = proxySetHeader
			}
			log(a[0] + " " + utoa(f(atou(a[1]), k, kn, v, vn)))
		case "del":
			k, kn := ptr(a[2])
			log("del " + utoa(proxyDelHeader(atou(a[1]), k, kn)))
		case "size":
			var n uint32
			log("size " + utoa(proxyMapSize(atou(a[1]), unsafe.Pointer(&n))) + " " + utoa(n))
		case "many":
			pairs := [][2]string{{":method", "GET"}, {":path", "/"}, {":authority", "a"}}
			for len(pairs) < int(atou(a[2])) {
				pairs = append(pairs, [2]string{"x", "y"})
			}
			p, n := ptr(pack(pairs))
			log("many " + utoa(proxySetPairs(atou(a[1]), p, n)))
		case "call":
			headers := pack([][2]string{{":method", "POST"}, {":path", "/check"}, {":authority", "id.example"}, {"x-from", utoa(context)}})
			if a[1] == "nopath" {
				headers = pack([][2]string{{":method", "POST"}})
			}
			c, cn := ptr(a[1])
			h, hn := ptr(headers)
			b, bn := ptr("token=t")
			t, tn := ptr(pack(nil))
			var token uint32
			status := proxyCall(c, cn, h, hn, b, bn, t, tn, atou(a[2]), unsafe.Pointer(&token))
			log("call " + utoa(status) + " " + utoa(token))
			if status == 0 {
				waiting[token] = wait{context, scripts[context]["x-then"]}
			}
		case "answer": // what the callout brought
			pairs, status := getPairs(6)
			body, bodyStatus := getBuffer(4, 0, 1<<20)
			s := "answer " + utoa(status) + " " + utoa(bodyStatus) + " [" + body + "]"
			for _, p := range pairs {
				s += " " + p[0] + "=" + p[1]
			}
			log(s)
		case "status":
			var code, n uint32
			var p uintptr
			status := proxyGetStatus(unsafe.Pointer(&code), unsafe.Pointer(&p), unsafe.Pointer(&n))
			log("status " + utoa(status) + " " + utoa(code) + " " + take(p, n))
		case "reply":
			d, dn := ptr("why so")
			b, bn := ptr(a[2])
			h, hn := ptr(pack([][2]string{{"x-why", "because"}}))
			log("reply " + utoa(proxyReply(atou(a[1]), d, dn, b, bn, h, hn, -1)))
		case "resume":
			log("resume " + utoa(proxyContinue(atou(a[1]))))
		case "close":
			log("close " + utoa(proxyClose(atou(a[1]))))
		case "prop":
			k, kn := ptr(strings.ReplaceAll(a[1], ".", "\x00"))
			var p uintptr
			var n uint32
			status := proxyGetProperty(k, kn, unsafe.Pointer(&p), unsafe.Pointer(&n))
			log("prop " + utoa(status) + " " + take(p, n))
		case "rawprop":
			k, kn := ptr(a[1])
			var p uintptr
			var n uint32
			status := proxyGetProperty(k, kn, unsafe.Pointer(&p), unsafe.Pointer(&n))
			log("prop " + utoa(status) + " " + take(p, n))
		case "setprop":
			k, kn := ptr(a[1])
			v, vn := ptr(a[2])
			log("setprop " + utoa(proxySetProperty(k, kn, v, vn)))
		case "buffer":
			s, status := getBuffer(atou(a[1]), atou(a[2]), atou(a[3]))
			log("buffer " + utoa(status) + " " + s)
		case "bufstat":
			var n, f uint32
			log("bufstat " + utoa(proxyBufferStatus(atou(a[1]), unsafe.Pointer(&n), unsafe.Pointer(&f))) + " " + utoa(n))
		case "setbuf":
			p, n := ptr(a[4])
			log("setbuf " + utoa(proxySetBuffer(atou(a[1]), atou(a[2]), atou(a[3]), p, n)))
		case "foreign":
			args, _ := hex.DecodeString(a[2])
			f, fn := ptr(a[1])
			v, vn := ptr(string(args))
			var p uintptr
			var n uint32
			status := proxyForeign(f, fn, v, vn, unsafe.Pointer(&p), unsafe.Pointer(&n))
			log("foreign " + utoa(status) + " " + hex.EncodeToString([]byte(take(p, n))))
		case "tick":
			log("tick " + utoa(proxyTick(atou(a[1]))))
		case "time":
			log("time " + strconv.FormatUint(now(), 10) + " " + strconv.FormatInt(time.Now().UnixNano(), 10))
		case "sleep":
			before := time.Now()
			time.Sleep(time.Duration(atou(a[1])) * time.Millisecond)
			log("slept " + strconv.FormatBool(time.Since(before) >= time.Duration(atou(a[1]))*time.Millisecond))
		case "level":
			var n uint32
			log("level " + utoa(proxyGetLogLevel(unsafe.Pointer(&n))) + " " + utoa(n))
		case "metric":
			id, ok := metrics[a[2]]
			if !ok {
				p, n := ptr(a[2])
				log("define " + utoa(proxyDefine(atou(a[1]), p, n, unsafe.Pointer(&id))))
				metrics[a[2]] = id
			}
			by, _ := strconv.ParseInt(a[3], 10, 64)
			if a[1] == "2" {
				log("record " + utoa(proxyRecord(id, uint64(by))))
				break
			}
			var v uint64
			log("increment " + utoa(proxyIncrement(id, by)) + " get " + utoa(proxyGetMetric(id, unsafe.Pointer(&v))) + " " + strconv.FormatUint(v, 10))
		case "setshared":
			k, kn := ptr(a[1])
			v, vn := ptr(a[2])
			log("setshared " + utoa(proxySetShared(k, kn, v, vn, atou(a[3]))))
		case "shared":
			k, kn := ptr(a[1])
			var p uintptr
			var n, cas uint32
			status := proxyGetShared(k, kn, unsafe.Pointer(&p), unsafe.Pointer(&n), unsafe.Pointer(&cas))
			log("shared " + utoa(status) + " " + take(p, n) + " " + utoa(cas))
		case "effective":
			log("effective " + utoa(proxyEffective(atou(a[1]))))
		case "mine": // the stream that a callback in the plugin's context is about
			log("effective " + utoa(proxyEffective(context)))
		case "finished":
			log("finished " + utoa(proxyDone()))
		case "evil":
			evilAllocator = true
		case "grow":
			ballast = append(ballast, make([]byte, int(atou(a[1]))<<20))
		case "exit":
			procExit(7)
			log("exited")
		case "panic":
			panic("escaped")
		case "say":
			log(a[1])
		case "stderr":
			os.Stderr.WriteString(a[1] + "\n")
		default:
			log("unknown command " + a[0])
		}
	}
	return result
}

// out is how every export ends: the collector must get its turn.
func out(result uint32) uint32 {
	runtime.Gosched()
	return result
}

//go:wasmexport proxy_on_context_create
func onContextCreate(id, parent uint32) { log("create " + utoa(id) + " " + utoa(parent)) }

//go:wasmexport proxy_on_vm_start
func onVMStart(id, size uint32) uint32 {
	s, _ := getBuffer(6, 0, size)
	log("vm_start " + s)
	if s == "refuse" {
		return 0
	}
	return out(1)
}

//go:wasmexport proxy_on_configure
func onConfigure(id, size uint32) uint32 {
	s, _ := getBuffer(7, 0, size)
	config[id] = s
	log("configure " + utoa(id) + " " + s)
	if s == "refuse" {
		return 0
	}
	if script, ok := strings.CutPrefix(s, "run:"); ok {
		run(id, script)
	}
	return out(1)
}

//go:wasmexport proxy_on_tick
func onTick(id uint32) {
	log("tick " + utoa(id))
	out(0)
}

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(id, n, end uint32) uint32 {
	pairs, _ := getPairs(0)
	mine := map[string]string{}
	for _, p := range pairs {
		if strings.HasPrefix(p[0], "x-") {
			mine[p[0]] = p[1]
		}
	}
	scripts[id] = mine
	return out(run(id, mine["x-do"]))
}

//go:wasmexport proxy_on_request_body
func onRequestBody(id, n, end uint32) uint32 {
	log("body " + utoa(n) + " " + utoa(end))
	if end != 0 && scripts[id]["x-end"] != "" {
		return out(run(id, scripts[id]["x-end"]))
	}
	return out(run(id, scripts[id]["x-body"]))
}

//go:wasmexport proxy_on_request_trailers
func onRequestTrailers(id, n uint32) uint32 {
	log("trailers " + utoa(n))
	return out(run(id, scripts[id]["x-trailers"]))
}

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(id, n, end uint32) uint32 {
	log("response " + utoa(n) + " " + utoa(end))
	return out(run(id, scripts[id]["x-resp"]))
}

//go:wasmexport proxy_on_response_body
func onResponseBody(id, n, end uint32) uint32 {
	log("response body " + utoa(n) + " " + utoa(end))
	return out(run(id, scripts[id]["x-respbody"]))
}

//go:wasmexport proxy_on_http_call_response
func onHTTPCallResponse(id, token, headers, body, trailers uint32) {
	log("called " + utoa(token) + " " + utoa(headers) + " " + utoa(body) + " " + utoa(trailers))
	w, ok := waiting[token]
	if !ok {
		log("unknown token")
		return
	}
	delete(waiting, token)
	run(w.context, w.script)
	out(0)
}

//go:wasmexport proxy_on_done
func onDone(id uint32) uint32 {
	log("done " + utoa(id))
	if config[id] == "later" {
		return 0
	}
	return out(1)
}

//go:wasmexport proxy_on_log
func onLog(id uint32) {
	log("log " + utoa(id))
	run(id, scripts[id]["x-log"])
	out(0)
}

//go:wasmexport proxy_on_delete
func onDelete(id uint32) {
	log("delete " + utoa(id))
	delete(scripts, id)
	delete(config, id)
	out(0)
}
