package memory

import "time"

// Limits of one Cache (DESIGN §5).
const (
	// MaxEntries is the number of values a Cache holds.
	MaxEntries = 4096
	// MaxBytes is the sum of the sizes a Cache holds, in bytes.
	MaxBytes = 8 << 20
)

// entryOverhead is added to each value's size for the entry's own bookkeeping.
const entryOverhead = 160

// Cache holds values by key until they expire, are pushed out by newer ones, or
// are deleted. When a limit is reached the value that was used longest ago goes
// first. The zero Cache is empty and ready.
type Cache struct {
	entries map[Key]*entry
	// head is the entry used last, tail the one used longest ago.
	head, tail *entry
	bytes      int
}

type entry struct {
	key        Key
	value      any
	size       int
	expires    time.Time
	prev, next *entry
}

// Get gives the value under k if it was stored and has not expired at now.
func (c *Cache) Get(k Key, now time.Time) (any, bool) {
	e := c.entries[k]
	if e == nil {
		return nil, false
	}
	if !e.expires.IsZero() && !now.Before(e.expires) {
		c.remove(e)
		return nil, false
	}
	c.unlink(e)
	c.pushFront(e)
	return e.value, true
}

// Put stores value, of about size bytes, under k until expires; a zero expires
// keeps it until it is pushed out. A value larger than MaxBytes is not stored.
func (c *Cache) Put(k Key, value any, size int, expires time.Time) {
	if old := c.entries[k]; old != nil {
		c.remove(old)
	}
	size += entryOverhead
	if size < entryOverhead || size > MaxBytes {
		return
	}
	for len(c.entries) >= MaxEntries || c.bytes+size > MaxBytes {
		c.remove(c.tail)
	}
	if c.entries == nil {
		c.entries = make(map[Key]*entry)
	}
	e := &entry{key: k, value: value, size: size, expires: expires}
	c.entries[k] = e
	c.bytes += size
	c.pushFront(e)
}

// Delete removes the value under k, if there is one.
func (c *Cache) Delete(k Key) {
	if e := c.entries[k]; e != nil {
		c.remove(e)
	}
}

// Len is the number of values held, expired ones included.
func (c *Cache) Len() int { return len(c.entries) }

// Bytes is the sum of the sizes held, with overhead.
func (c *Cache) Bytes() int { return c.bytes }

func (c *Cache) remove(e *entry) {
	c.unlink(e)
	delete(c.entries, e.key)
	c.bytes -= e.size
}

func (c *Cache) pushFront(e *entry) {
	e.prev, e.next = nil, c.head
	if c.head != nil {
		c.head.prev = e
	} else {
		c.tail = e
	}
	c.head = e
}

func (c *Cache) unlink(e *entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		c.head = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		c.tail = e.prev
	}
}
