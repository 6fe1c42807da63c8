package sdkhost

import (
	"testing"
	"unsafe"
)

func address(p *byte) uintptr { return uintptr(unsafe.Pointer(p)) }

func TestLoans(t *testing.T) {
	l := new(loans)
	small := l.lend(100)
	second := l.lend(100)
	large := l.lend(scratchSize + 1)
	if small != &l.scratch[0] || second == small || large == small {
		t.Fatal("not lent as it should be")
	}
	for _, c := range []struct {
		address    uintptr
		size       uint32
		shared, ok bool
	}{
		{address(small), 100, true, true},
		{address(small), 0, true, true},
		{address(small), 101, false, false},
		{address(small) + 1, 1, false, false},
		{address(second), 100, false, true},
		{address(second), 101, false, false},
		{address(large), scratchSize + 1, false, true},
		{address(large), 1 << 31, false, false},
		{0, 0, false, false},
	} {
		data, shared, ok := l.find(c.address, c.size)
		if shared != c.shared || ok != c.ok || ok && len(data) != int(c.size) || cap(data) > scratchSize+1 {
			t.Errorf("%+v: %d bytes, shared %v, %v", c, len(data), shared, ok)
		}
	}
	l.end()
	for _, p := range []*byte{small, second, large} {
		if _, _, ok := l.find(address(p), 1); ok {
			t.Error("still lent")
		}
	}
}

func TestLoansAreBounded(t *testing.T) {
	l := new(loans)
	total := 0
	for range 1000 {
		if l.lend(1<<20) != nil {
			total += 1 << 20
		}
	}
	if total != maxLoan {
		t.Errorf("lent %d bytes", total)
	}
	l.end()
	if l.lend(maxLoan) == nil {
		t.Error("nothing was given back")
	}
	if l.lend(maxLoan+1) != nil || l.lend(1<<32-1) != nil {
		t.Error("lent too much")
	}
	if l.lend(0) == nil {
		t.Error("no address for no bytes")
	}
}

func TestLoansNest(t *testing.T) {
	l := new(loans)
	outer := l.lend(10)
	saved, reserved := l.nest()
	inner := l.lend(10)
	if inner == outer {
		t.Error("the scratch buffer was lent twice")
	}
	l.end()
	if l.lend(10) == outer {
		t.Error("the scratch buffer was lent after an end within")
	}
	l.unnest(saved, reserved)
	if _, shared, ok := l.find(address(outer), 10); !ok || !shared {
		t.Error("the outer loan is lost")
	}
	if _, _, ok := l.find(address(inner), 10); ok {
		t.Error("the inner loan outlives its call")
	}
	l.end()
	if l.lend(10) != outer {
		t.Error("the scratch buffer is not lent any more")
	}
}
