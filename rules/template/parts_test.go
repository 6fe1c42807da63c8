package template

import (
	"math"
	"math/big"
	"net/url"
	"strconv"
	"testing"

	"github.com/Masterminds/semver/v3"
)

var (
	versions    = []string{"1.2.3", "v1.2.3", "1", "1.2", "0.0.0", "0.0.1", "0.1.2", "1.2.3-alpha", "1.2.3-alpha.1", "1.2.3-alpha.beta", "1.2.3-1", "1.2.3-10", "1.2.3--", "1.2.3+b", "1.2.3-a+b.c", "2.0.0", "1.9", "1.3.0-rc", "01.2", "1.2.3-01", "1..2", "1.2.3-", "x", "", "1.2.3 ", "18446744073709551616", "1.2.3-a..b", "1.2.3+"}
	constraints = []string{
		"1.2.3", "=1.2.3", "!=1.2.3", ">1.2.3", "<1.2.3", ">=1.2.3", "=>1.2.3", "<=1.2.3", "=<1.2.3", "~1.2.3", "~>1.2.3", "^1.2.3", "^0.1.2", "^0.0.1", "^0", "^0.0", "^0.1", "~0", "~0.0.0", "~1", "~1.2",
		"1", "1.2", "1.x", "1.2.x", "1.X.3", "x", "*", ">1", ">1.2", ">=1.2", "<=1", "<=1.2", "<=1.x", "<1.2", "!=1", "!=1.2", "!=x", "!=1.2.x-alpha", ">x", "^x", "~x", "<=x", "*-0", ">=1.2.3-alpha", "^1.2.3-0", "~1.2-alpha", "!=1.2.3-alpha",
		"1.2 - 2", "1.2.3-alpha - 1.3", "1 -2", "1- 2", "1 - 2 - 3", ">1 - 2", "1 - >2", ">=1, <2", ">=1 <2", ">=1,<2", ">=1<2", "1 || 2", "1||2", "1 || 1 - 2", "3||1 - 2", "> 1.2.3", ">\t1 , < 2", ",1", "1,", "1,,2", "||", "1 ||", "", " ", " 1 ", "v1.2", "1.2.3.4", "1x", "xx", "1.2.3+b", "=1.2.3+b", "a", "^^1", "1|2", "1 2 - 3", "1, 2 - 3", "1 - 2 3", "1 - 2,3", "1 ,2 - 3", "1.2.3-a.", "1.",
	}
)

// compareSemver says whether our verdict is that of Masterminds/semver. We may
// refuse what it takes by accident: signs within a version.
func compareSemver(t *testing.T, c, v string, exact bool) {
	t.Helper()
	var want bool
	theirs, wantErr := semver.NewConstraint(c)
	version, err := semver.NewVersion(v)
	if wantErr == nil && err == nil {
		want = theirs.Check(version)
	} else if wantErr == nil {
		wantErr = err
	}
	got, err := semverFunctions[1].call(&state{}, []any{c, v})
	switch {
	case err == nil && wantErr != nil:
		t.Fatalf("%q for %q: %v, want %v", c, v, got, wantErr)
	case err == nil && got != want:
		t.Fatalf("%q for %q: %v, want %v", c, v, got, want)
	case err != nil && wantErr == nil && exact && c != "3||1 - 2":
		t.Fatalf("%q for %q: %v", c, v, err)
	}
	if ours, err := parseVersion(v); err == nil && (version == nil || ours.String() != version.String()) {
		t.Fatalf("%q: %v, want %v", v, ours, version)
	}
}

func TestVersionsAreThoseOfSemver(t *testing.T) {
	for _, c := range constraints {
		for _, v := range versions {
			compareSemver(t, c, v, true)
		}
	}
}

func FuzzSemver(f *testing.F) {
	for i, c := range constraints {
		f.Add(c, versions[i%len(versions)])
	}
	f.Fuzz(func(t *testing.T, c, v string) {
		if len(c) < 100 && len(v) < 100 {
			compareSemver(t, c, v, false)
		}
	})
}

// compareURL says whether a URL is cut as net/url cuts it, and put together again.
func compareURL(t *testing.T, s string) {
	t.Helper()
	want, err := url.Parse(s)
	u, user, ok := parseURL(s)
	if ok && err != nil || !ok && err == nil && want.Host[:min(1, len(want.Host))] != "[" {
		t.Fatalf("%q: %+v, %v, want %v", s, u, ok, err)
	}
	if !ok {
		return
	}
	got := [...]string{u.Scheme, u.Opaque, user, u.Host, u.Path, u.RawQuery, u.Fragment}
	if wanted := [...]string{want.Scheme, want.Opaque, want.User.String(), want.Host, want.Path, want.RawQuery, want.Fragment}; got != wanted {
		t.Fatalf("%q: %q, want %q", s, got, wanted)
	}
	joined := url.URL{Scheme: want.Scheme, Opaque: want.Opaque, Host: want.Host, Path: want.Path, RawQuery: want.RawQuery, Fragment: want.Fragment}
	if user != "" {
		joined.User = want.User
	}
	ours := URL{Scheme: u.Scheme, Opaque: u.Opaque, Host: u.Host, Path: u.Path, RawQuery: u.RawQuery, Fragment: u.Fragment}
	if text := ours.withUser(user); text != joined.String() {
		t.Fatalf("%q is joined as %q, want %q", s, text, joined.String())
	}
}

var urlTexts = []string{
	"", "/", "a", "a/b", "http://a.test/b", "HTTP://A.test", "http:a", "http:/a", "http:///a", "//a/b", "///a", "////a", "a:b", "1a:b", "./a:b", "a/b:c", ":a", "a?b", "a?", "a??", "?", "#", "a#b#c", "a#%41%zz", "*", "*#x", "%41", "%zz", "a%",
	"http://u@h", "http://u:p@h", "http://:@h", "http://@h", "http://a@b@h", "http://u%40:p%2f@h", "http://u p@h", "http://h:80", "http://h:", "http://h:a", "http://h:1:2", "ftp://h:1:2", "ftp://h:1:a", "http://[::1]:80/x", "http://[::1", "http://a[::1]", "http://[1.2.3.4]", "http://[::1]x", "http://[fe80::1%25en0]/",
	"http://%41/", "http://%c3%a9/", "http://%25/", "http://a b/", "http://a<b>", "http://a\"b", "http://é/", "http://h/a b?c d#e f", "mailto:a@b?c", "mailto:", "x-y+z.1:a", "a\x00b", "a\x7f", "a#\x00", "ä:b", "http://a_b/", "://a", "a//b",
}

func TestURLsAreThoseOfGo(t *testing.T) {
	for _, s := range urlTexts {
		compareURL(t, s)
	}
}

func FuzzURL(f *testing.F) {
	for _, s := range urlTexts {
		f.Add(s)
	}
	f.Fuzz(compareURL)
}

// exactly calculates with fractions: what shopspring/decimal does.
func exactly(name string, x, y float64) float64 {
	decimal := func(f float64) *big.Rat {
		r, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'e', -1, 64))
		return r
	}
	a, b := decimal(x), decimal(y)
	switch name {
	case "addf":
		a.Add(a, b)
	case "subf":
		a.Sub(a, b)
	case "mulf":
		a.Mul(a, b)
	case "divf":
		// Rounded to 16 places, halves away from 0.
		ten16 := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(16), nil))
		a.Quo(a, b).Mul(a, ten16)
		half := big.NewRat(int64(a.Sign()), 2)
		a.Add(a, half)
		a.SetInt(new(big.Int).Quo(a.Num(), a.Denom()))
		a.Quo(a, ten16)
	}
	f, _ := a.Float64()
	return f
}

func FuzzDecimal(f *testing.F) {
	for _, x := range []float64{0, 1.5, -2.25, 1e300, 1e-300, 0.1, 3, 5e-17, 1e17, -1e-16, 123456789.123456789} {
		f.Add(x, 3.0)
		f.Add(-7.0, x)
		f.Add(x, -x)
	}
	f.Fuzz(func(t *testing.T, x, y float64) {
		for _, fn := range decimalFunctions {
			if fn.name == "add1f" {
				continue
			}
			got, err := fn.call(&state{}, []any{x, y})
			if err != nil {
				if finite := !math.IsNaN(x-x) && !math.IsNaN(y-y); finite && (fn.name != "divf" || y != 0) {
					t.Fatalf("%s %v %v: %v", fn.name, x, y, err)
				}
				continue
			}
			if want := exactly(fn.name, x, y); got != want {
				t.Fatalf("%s %v %v: %v, want %v", fn.name, x, y, got, want)
			}
		}
	})
}
