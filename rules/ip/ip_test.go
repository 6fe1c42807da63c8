package ip

import (
	"net/netip"
	"testing"
)

var samples = []string{
	"", "0.0.0.0", "127.0.0.1", "255.255.255.255", "256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "01.2.3.4", "1.2.3.00", "1.2.3.0004", "1.2.3.4 ", " 1.2.3.4",
	"10.1.2.3", "172.15.0.1", "172.16.0.1", "172.31.255.255", "172.32.0.1", "192.168.1.1", "192.169.0.1", "169.254.1.1", "169.253.1.1", "126.0.0.1", "128.0.0.1",
	"::", "::1", "::2", "1::", "1::2", ":1", "1:", ":", ":::", "1:::2", "::1::", "1::2::3", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:", "1:2:3:4:5:6:7::",
	"::2:3:4:5:6:7:8", "1:2:3::5:6:7:8", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "::12345", "0000::", "00000::", "g::", "::G", "FE80::aBcD",
	"::1.2.3.4", "::ffff:10.0.0.1", "::ffff:1.2.3", "::ffff:1.2.3.4.5", "::ffff:01.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1.2.3.4::", "::1.2.3.4:5",
	"::ffff:a00:1", "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "::a.2.3.4", "::12345.2.3.4",
	"fe80::1", "fe7f::1", "febf::1", "fec0::1", "fc00::1", "fdff::1", "fe00::1", "fbff::1", "fe80::1%eth0", "::1%", "1.2.3.4%a", "::ffff:1.2.3.4%a", "[::1]", "::1\x00",
	"10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "1.2.3.4/32", "1.2.3.4/33", "1.2.3.4/08", "1.2.3.4/+8", "1.2.3.4/-1", "1.2.3.4/", "/8", "1.2.3.4/8/9", "1.2.3.4/ 8", "1.2.3.4/999", "1.2.3.4/0008", "1.2.3.4/255",
	"::/0", "fd00::/8", "fd12:3456::1/8", "::1/128", "::1/129", "fe80::1%eth0/64", "2001:db8:aaaa:bbbb:cccc::/65", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/63", "::ffff:10.0.0.0/104", "::ffff:10.1.2.3/104",
	"1:0:0:2:0:0:0:3/128", "1:0:0:2:3:0:0:4/128", "0:1:0:2:0:3:0:4/127", "1:0:2:3:4:5:6:7/128", "1:2:3:4:5:6:0:0/128",
}

func TestLikeNetip(t *testing.T) {
	for _, s := range samples {
		for _, other := range samples {
			compare(t, s, other)
		}
	}
}

func FuzzLikeNetip(f *testing.F) {
	for i, s := range samples {
		f.Add(s, samples[len(samples)-1-i])
	}
	f.Fuzz(compare)
}

// compare has an address and a network read by both packages.
func compare(t *testing.T, addr, prefix string) {
	a, ok := Parse(addr)
	want, err := netip.ParseAddr(addr)
	if ok != (err == nil && want.Zone() == "") {
		t.Fatalf("%q: %v, by net/netip %v", addr, ok, err)
	}
	if ok {
		for name, both := range map[string][2]bool{
			"Is6": {a.Is6(), want.Is6()}, "Is4In6": {a.Is4In6(), want.Is4In6()}, "Unmap": {a.Unmap().Is6(), want.Unmap().Is6()},
			"IsPrivate":          {a.Unmap().IsPrivate(), want.Unmap().IsPrivate()},
			"IsLoopback":         {a.Unmap().IsLoopback(), want.Unmap().IsLoopback()},
			"IsLinkLocalUnicast": {a.Unmap().IsLinkLocalUnicast(), want.Unmap().IsLinkLocalUnicast()},
		} {
			if both[0] != both[1] {
				t.Errorf("%s of %q: %v, by net/netip %v", name, addr, both[0], both[1])
			}
		}
		if got := a.String(); !want.Is4In6() && got != want.String() {
			t.Errorf("%q is written %s, by net/netip %s", addr, got, want)
		}
		if !Single(a).Contains(a) || Single(a).Masked() != Single(a) {
			t.Errorf("%q is not all of its network", addr)
		}
	} else if a != (Addr{}) {
		t.Errorf("%q is none and yet %v", addr, a)
	}

	p, ok := ParsePrefix(prefix)
	net, err := netip.ParsePrefix(prefix)
	if ok != (err == nil) {
		t.Fatalf("%q: %v, by net/netip %v", prefix, ok, err)
	}
	if !ok {
		if p != (Prefix{}) {
			t.Errorf("%q is none and yet %v", prefix, p)
		}
		return
	}
	if p.Addr().Is4In6() != net.Addr().Is4In6() || (p.Masked() == p) != (net.Masked() == net) {
		t.Errorf("%q: address %v, masked %v", prefix, p.Addr(), p.Masked())
	}
	if got := p.Masked().String(); !net.Addr().Is4In6() && got != net.Masked().String() {
		t.Errorf("%q is %s, by net/netip %s", prefix, got, net.Masked())
	}
	// net/netip tells nothing of an address that is none, nor do we.
	if want.Zone() == "" {
		for _, q := range []struct {
			a    Addr
			want netip.Addr
		}{{a, want}, {a.Unmap(), want.Unmap()}, {p.Addr(), net.Addr()}} {
			if p.Contains(q.a) != net.Contains(q.want) || p.Masked().Contains(q.a) != net.Contains(q.want) {
				t.Errorf("%q holds %v: %v, by net/netip %v", prefix, q.a, p.Contains(q.a), net.Contains(q.want))
			}
		}
	}
}

func TestZeroValues(t *testing.T) {
	loopback, _ := Parse("::")
	v4, _ := Parse("0.0.0.0")
	if (Prefix{}).Contains(Addr{}) || (Prefix{}).Contains(loopback) || (Prefix{}).Contains(v4) {
		t.Error("the zero network holds an address")
	}
	if Single(loopback).Contains(Addr{}) || (Addr{}).Is6() || (Addr{}).Is4In6() {
		t.Error("the zero address is one")
	}
}
