package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestPackages(t *testing.T) {
	for name, want := range map[string]string{
		"strings.Index":                              "strings",
		"oathgate/rules/tree.Parse":                  "oathgate/rules/tree",
		"oathgate/rules/tree.(*Node).Get":            "oathgate/rules/tree",
		"oathgate/rules/tree.(*Node).Get.func1.2":    "oathgate/rules/tree",
		"oathgate/rules/tree.Node.Get-fm":            "oathgate/rules/tree",
		"oathgate/rules/tree.init.0":                 "oathgate/rules/tree",
		"oathgate/rules/tree.map.init.0":             "oathgate/rules/tree",
		"github.com/tidwall/gjson.Get":               "github.com/tidwall/gjson",
		"gopkg.in/yaml%2ev3.(*parser).parse":         "gopkg.in/yaml.v3",
		"slices.Sort[go.shape.struct { a/b.c int }]": "slices",
		"slices.SortFunc[...]":                       "slices",
		"sync.(*Map[go.shape.string,a/b.c]).Load":    "sync",
		"type:.eq.oathgate/rules/tree.Node":          "oathgate/rules/tree",
		"type:.hash.net/netip.addrDetail":            "net/netip",
		"type:.eq.[2]oathgate/rules/tree.Node":       "oathgate/rules/tree",
		"type:.eq.sync.entry[go.shape.string,a/b.c]": "sync",
		"type:.eq.[2][3]string":                      "runtime",
		"type:.eq.struct { a/b.c int }":              "runtime",
		"type:.eq.go.shape.struct { a/b.c int }":     "runtime",
		"memeqbody":                                  noPackage,
		"proxy_on_tick":                              noPackage,
		"go:buildid":                                 noPackage,
		"":                                           noPackage,
	} {
		if got := packageOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// wasm is a module of these sections, each a number and its bytes.
func wasm(sections ...[]byte) []byte {
	file := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range sections {
		file = append(binary.AppendUvarint(append(file, s[0]), uint64(len(s)-1)), s[1:]...)
	}
	return file
}

func TestParse(t *testing.T) {
	m, err := parse(wasm(
		[]byte{1, 0},
		[]byte{sectionCode, 2, 3, 0, 0x01, 0x0b, 2, 0, 0x0b},
		[]byte{sectionData, 2, 0, 0x41, 4, 0x0b, 2, 'a', 'b', 0, 0x41, 0xc0, 0x00, 0x0b, 1, 'c'},
	))
	if err != nil {
		t.Fatal(err)
	}
	if m.size != 8+3+10+17 || m.code != 10 || m.data != 17 {
		t.Errorf("sizes %d, %d, %d", m.size, m.code, m.data)
	}
	if !slices.Equal(m.bodies, []int{4, 3}) {
		t.Errorf("functions of %v bytes", m.bodies)
	}
	if !slices.Equal(m.segments, []segment{{4, 2, 5}, {64, 1, 6}}) {
		t.Errorf("segments %v", m.segments)
	}
	if len(m.memory) != 65 || string(m.memory[4:6]) != "ab" || m.memory[64] != 'c' {
		t.Errorf("memory %q", m.memory)
	}
	list := kindsOf([]segment{{4, 8, 5}, {64, 1, 6}}, []kind{{0, "a"}, {10, "b"}, {20, "c"}, {64, "d"}})
	if want := []part{{"a", 11}, {"b", 2}, {"c", 0}, {"d", 7}}; !slices.Equal(list, want) {
		t.Errorf("kinds %v, want %v", list, want)
	}
}

func TestBroken(t *testing.T) {
	for name, file := range map[string][]byte{
		"empty":            nil,
		"another version":  []byte("\x00asm\x02\x00\x00\x00"),
		"section cut":      []byte("\x00asm\x01\x00\x00\x00\x01\x05\x00"),
		"number cut":       []byte("\x00asm\x01\x00\x00\x00\x01\x85"),
		"number too long":  []byte("\x00asm\x01\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\x01"),
		"function cut":     wasm([]byte{sectionCode, 1, 9, 0}),
		"segment cut":      wasm([]byte{sectionData, 1, 0, 0x41, 4, 0x0b, 2, 'a'}),
		"address cut":      wasm([]byte{sectionData, 1, 0, 0x41, 0x84}),
		"address endless":  wasm([]byte{sectionData, 1, 0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0b, 0}),
		"below memory":     wasm([]byte{sectionData, 1, 0, 0x41, 0x7f, 0x0b, 0}),
		"beyond memory":    wasm([]byte{sectionData, 1, 0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x01, 0x0b, 0}),
		"another segment":  wasm([]byte{sectionData, 1, 1, 2, 'a', 'b'}),
		"a global's value": wasm([]byte{sectionData, 1, 0, 0x23, 4, 0x0b, 0}),
		"an expression":    wasm([]byte{sectionData, 1, 0, 0x41, 4, 0x41, 0}),
		"not Go's":         wasm([]byte{sectionCode, 0}, []byte{sectionData, 0}),
	} {
		if r, err := measure(file); err == nil {
			t.Errorf("%s: no error, but\n%s", name, r)
		}
	}
}

// Bytes that begin as Go's table does, without the rest of it.
func TestNoTables(t *testing.T) {
	word := func(list ...int) (text []byte) {
		for _, w := range list {
			text = binary.LittleEndian.AppendUint64(text, uint64(w))
		}
		return text
	}
	start := slices.Concat(word(0, 0), header, word(0))
	for name, memory := range map[string][]byte{
		"nothing":       nil,
		"no pointer":    start,
		"cut":           slices.Concat(start, word(16, 24)),
		"other pointer": slices.Concat(start, word(16, 4096), make([]byte, 400)),
		"out of order":  slices.Concat(start, word(16, 24), make([]byte, 400)),
	} {
		if tables, err := findTables(memory); err == nil {
			t.Errorf("%s: found at %d, %d", name, tables.start, tables.data)
		}
	}
}

// smallModule is testdata/small as this very Go makes it, stripped.
var smallModule = func() func(t *testing.T) []byte {
	var once sync.Once
	var file []byte
	return func(t *testing.T) []byte {
		t.Helper()
		once.Do(func() {
			path := filepath.Join(t.TempDir(), "small.wasm")
			build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", path, "./testdata/small")
			build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var err error
			if file, err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		})
		if file == nil {
			t.Fatal("the module could not be built")
		}
		return file
	}
}()

// Everything in a module is accounted for.
func TestSmallModule(t *testing.T) {
	file := smallModule(t)
	m, err := parse(file)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := findTables(m.memory)
	if err != nil {
		t.Fatal(err)
	}
	names, err := tables.functions()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"main.small", "main.largest[...]", "main.small.func1", "type:.eq.main.pair", "runtime.mallocgc"} {
		found := false
		for i, name := range names {
			// A name whose type arguments are left out or written down.
			short, _, generic := strings.Cut(name, "[")
			if name == want || generic && short+"[...]" == want {
				found = i >= 0 && i < len(m.bodies)
			}
		}
		if !found {
			t.Errorf("no function %s", want)
		}
	}

	r, err := measure(file)
	if err != nil {
		t.Fatal(err)
	}
	if r.code+r.data+r.rest != len(file) {
		t.Errorf("%d bytes of code, %d of data and %d of the rest are not %d", r.code, r.data, r.rest, len(file))
	}
	// What a section has besides: its number, its size and how many there are.
	const ends = 16
	sum := func(list []part) (n int) {
		for _, p := range list {
			if p.size <= 0 {
				t.Errorf("%s: %d bytes", p.name, p.size)
			}
			n += p.size
		}
		return n
	}
	if n := sum(r.packages); n > r.code || n < r.code-ends {
		t.Errorf("packages have %d bytes of the code's %d", n, r.code)
	}
	if n := sum(r.kinds); n > r.data || n < r.data-ends {
		t.Errorf("kinds have %d bytes of the data's %d", n, r.data)
	}
	if r.packages[0].name != "runtime" {
		t.Errorf("the largest package of a small module is %s", r.packages[0].name)
	}
	if i := slices.IndexFunc(r.packages, func(p part) bool { return p.name == "main" }); i < 0 || r.packages[i].size > 10_000 {
		t.Errorf("package main is wrong in %v", r.packages)
	}
	text := r.String()
	if n := strings.Count(text, "\n"); n != 3+biggest+1+len(r.kinds) {
		t.Errorf("%d lines:\n%s", n, text)
	}
}
