package auth

import (
	"fmt"
	"testing"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// clock counts time by hand, as attempts are given theirs.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

// attempt fails unless the try is refused for wait, or let through where wait is 0.
func attempt(t *testing.T, a *attempts, c *clock, account, from string, wait time.Duration) try {
	t.Helper()
	one, err := a.begin(newTry(account, from), c.now)
	switch {
	case wait == 0 && err != nil:
		t.Errorf("refused: %v for %v", err, fault.Of(err).RetryAfter)
	case wait > 0:
		wantFault(t, "locked", err, fault.Limited, "too_many_attempts")
		if got := fault.Of(err).RetryAfter; got != wait {
			t.Errorf("retry after %v, want %v", got, wait)
		}
	}
	return one
}

func TestAddressIsSlowed(t *testing.T) {
	a, c := newAttempts(), &clock{time.Unix(1e9, 0)}
	for i := range freeFromAddress {
		attempt(t, &a, c, fmt.Sprint("name", i), address, 0)
	}
	for lock := firstLock; lock < longestLock; lock *= 2 {
		attempt(t, &a, c, "other", address, lock)
		c.pass(lock - 1)
		attempt(t, &a, c, "other", address, 1)
		c.pass(1)
		attempt(t, &a, c, "other"+lock.String(), address, 0)
	}
	for range 50 {
		attempt(t, &a, c, "other", address, longestLock)
		c.pass(longestLock)
		attempt(t, &a, c, "x", address, 0)
	}
	attempt(t, &a, c, "other", "203.0.113.8", 0)
	c.pass(failureMemory)
	for range freeFromAddress {
		attempt(t, &a, c, "fresh", address, 0)
	}
}

func TestAccountIsSlowedFromEverywhereButWhereItIsKnown(t *testing.T) {
	a, c := newAttempts(), &clock{time.Unix(1e9, 0)}
	a.good(attempt(t, &a, c, "admin", "2001:db8:1:1::5", 0), c.now)
	for i := range freeForAccount {
		attempt(t, &a, c, "ADMIN", fmt.Sprint("198.51.100.", i), 0)
	}
	attempt(t, &a, c, "Admin", "192.0.2.1", firstLock)
	// The operator's own network is not held up, but is counted for itself.
	attempt(t, &a, c, "admin", "2001:db8:1:1::99", 0)
	for range freeFromAddress - 1 {
		attempt(t, &a, c, "admin", "2001:db8:1:1::99", 0)
	}
	attempt(t, &a, c, "admin", "2001:db8:1:1::5", firstLock)
	c.pass(firstLock)
	a.good(attempt(t, &a, c, "admin", "2001:db8:1:1::5", 0), c.now)
	attempt(t, &a, c, "admin", "192.0.2.1", 0) // a right password starts the account anew
	c.pass(knownMemory)
	a.forget(c.now)
	if len(a.known)+len(a.accounts)+len(a.addresses) != 0 {
		t.Errorf("remembered: %v %v %v", a.known, a.accounts, a.addresses)
	}
}

func TestUndoneTriesDoNotCount(t *testing.T) {
	a, c := newAttempts(), &clock{time.Unix(1e9, 0)}
	for range 3 * freeForAccount {
		a.undo(attempt(t, &a, c, "admin", address, 0))
	}
	if len(a.accounts)+len(a.addresses) != 0 {
		t.Errorf("remembered: %v %v", a.accounts, a.addresses)
	}
	for range freeFromAddress - 1 {
		attempt(t, &a, c, "admin", address, 0)
	}
	a.undo(attempt(t, &a, c, "admin", address, 0)) // this one would have locked
	attempt(t, &a, c, "admin", address, 0)
	attempt(t, &a, c, "admin", address, firstLock)
}

func TestAttemptsAreBounded(t *testing.T) {
	a, c := newAttempts(), &clock{time.Unix(1e9, 0)}
	for range freeFromAddress + 6 {
		attempt(t, &a, c, "admin", address, 0)
		c.pass(a.addresses[address].until.Sub(c.now))
	}
	c.pass(-time.Second) // the lock is on
	for i := range 3 * maxTracked {
		one := newTry(fmt.Sprint("name", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		if _, err := a.begin(one, c.now); err != nil {
			t.Fatal(err)
		}
		if i < 2*maxKnown {
			a.good(one, c.now.Add(time.Duration(i)))
			if _, err := a.begin(one, c.now); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(a.accounts) > maxTracked || len(a.addresses) > maxTracked || len(a.known) > maxKnown {
		t.Errorf("%d accounts, %d addresses, %d known", len(a.accounts), len(a.addresses), len(a.known))
	}
	attempt(t, &a, c, "someone", address, time.Second) // a flood of names does not wash a lock out
}

func TestNetworks(t *testing.T) {
	for given, want := range map[string]string{
		"203.0.113.7":                    "203.0.113.7",
		"203.0.113.7:5000":               "203.0.113.7",
		"::ffff:203.0.113.7":             "203.0.113.7",
		"2001:db8:1:2:3:4:5:6":           "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::1]:443":     "2001:db8:1:2::/64",
		"fe80::1%eth0":                   "fe80::/64",
		"":                               "unknown",
		"somewhere":                      "unknown",
		"203.0.113.7, 198.51.100.1":      "unknown",
		"[2001:db8::1]":                  "unknown",
		"203.0.113.7:5000:not-a-port-no": "unknown",
	} {
		if got := network(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
