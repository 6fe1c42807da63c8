package memory

import (
	"math/rand"
	"strconv"
	"testing"
	"time"
)

func key(s string) Key {
	d := NewDigest("test")
	d.Add(s)
	return d.Key()
}

func TestCacheExpires(t *testing.T) {
	var c Cache
	at := time.Unix(1000, 0)
	c.Put(key("a"), 1, 10, at)
	c.Put(key("b"), 2, 10, time.Time{})
	if v, ok := c.Get(key("a"), at.Add(-1)); !ok || v != 1 {
		t.Fatalf("before expiry: %v %v", v, ok)
	}
	if _, ok := c.Get(key("a"), at); ok {
		t.Fatal("found at its expiry")
	}
	if _, ok := c.Get(key("a"), at.Add(-1)); ok {
		t.Fatal("an expired value came back")
	}
	if v, ok := c.Get(key("b"), at.Add(1000*time.Hour)); !ok || v != 2 {
		t.Fatalf("without expiry: %v %v", v, ok)
	}
	c.Delete(key("b"))
	if c.Len() != 0 || c.Bytes() != 0 {
		t.Fatalf("left: %d values, %d bytes", c.Len(), c.Bytes())
	}
}

func TestCacheKeepsWhatWasUsedLast(t *testing.T) {
	var c Cache
	for i := range MaxEntries {
		c.Put(key(strconv.Itoa(i)), i, 1, time.Time{})
	}
	if _, ok := c.Get(key("0"), time.Time{}); !ok {
		t.Fatal("the first value was pushed out too early")
	}
	c.Put(key("new"), 0, 1, time.Time{})
	if _, ok := c.Get(key("0"), time.Time{}); !ok {
		t.Fatal("a value used just now was pushed out")
	}
	if _, ok := c.Get(key("1"), time.Time{}); ok {
		t.Fatal("the value used longest ago stayed")
	}
}

// TestCacheModel compares the cache with a plain slice over random operations.
func TestCacheModel(t *testing.T) {
	type item struct {
		k    Key
		v    int
		size int
		exp  time.Time
	}
	rng := rand.New(rand.NewSource(1))
	var c Cache
	var model []item // used last at the end
	now := time.Unix(0, 0)
	remove := func(k Key) {
		for i, it := range model {
			if it.k == k {
				model = append(model[:i], model[i+1:]...)
				return
			}
		}
	}
	for step := range 20000 {
		now = now.Add(time.Duration(rng.Intn(3)) * time.Second)
		k := key(strconv.Itoa(rng.Intn(60)))
		switch rng.Intn(4) {
		case 0, 1:
			size := rng.Intn(MaxBytes / 8)
			if rng.Intn(50) == 0 {
				size = MaxBytes
			}
			exp := now.Add(time.Duration(rng.Intn(60)-1) * time.Second)
			c.Put(k, step, size, exp)
			remove(k)
			if size+entryOverhead <= MaxBytes {
				model = append(model, item{k, step, size + entryOverhead, exp})
				for sum := 0; ; sum = 0 {
					for _, it := range model {
						sum += it.size
					}
					if sum <= MaxBytes {
						break
					}
					model = model[1:]
				}
			}
		case 2:
			got, ok := c.Get(k, now)
			want, found := 0, false
			for _, it := range model {
				if it.k == k && now.Before(it.exp) {
					want, found = it.v, true
					remove(k)
					model = append(model, it)
					break
				}
			}
			if !found {
				remove(k)
			}
			if ok != found || ok && got != want {
				t.Fatalf("step %d: got %v %v, want %v %v", step, got, ok, want, found)
			}
		case 3:
			c.Delete(k)
			remove(k)
		}
		sum := 0
		for _, it := range model {
			sum += it.size
		}
		if c.Len() != len(model) || c.Bytes() != sum {
			t.Fatalf("step %d: %d values and %d bytes, want %d and %d", step, c.Len(), c.Bytes(), len(model), sum)
		}
	}
}

func TestDigestSeparatesParts(t *testing.T) {
	seen := map[Key]string{}
	for _, parts := range [][]string{{"ab", "c"}, {"a", "bc"}, {"abc"}, {"abc", ""}, {"", "abc"}, {"a", "b", "c"}, {}} {
		d := NewDigest("p")
		d.AddAll(parts)
		if other, dup := seen[d.Key()]; dup {
			t.Fatalf("%q and %s share a key", parts, other)
		}
		seen[d.Key()] = strconv.Itoa(len(parts))
	}
	if NewDigest("p").Key() == NewDigest("q").Key() {
		t.Fatal("two purposes share a key")
	}
}

func TestFlights(t *testing.T) {
	var f Flights
	if !f.Lead(key("a")) || f.Lead(key("a")) || !f.Lead(key("b")) {
		t.Fatal("exactly one leader a key")
	}
	f.Land(key("a"), "x")
	f.Land(key("a"), "twice")
	f.Land(key("never"), "y")
	if l := f.Landed(); len(l) != 1 || l[0].Value != "x" {
		t.Fatalf("landed: %v", l)
	}
	if len(f.Landed()) != 0 {
		t.Fatal("a landing was told twice")
	}
	if !f.Lead(key("a")) || f.Len() != 2 {
		t.Fatal("a landed key can be led again")
	}
}
