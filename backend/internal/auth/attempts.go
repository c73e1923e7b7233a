package auth

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// How guessing is slowed. The first few failures cost nothing; each one after them doubles the time until the next try. An account's
// own count is more patient than an address's, since it can be driven up by anybody from anywhere; an address that has logged in to
// the account before is not held up by it, so that a stranger cannot lock the operator out.
const (
	freeFromAddress = 4
	freeForAccount  = 10
	firstLock       = time.Second
	longestLock     = 15 * time.Minute
	failureMemory   = time.Hour // after its last failure, a count is forgotten
	knownMemory     = 30 * 24 * time.Hour
	maxTracked      = 10_000 // addresses, and accounts, each
	maxKnown        = 1_000
	evictionSample  = 16
)

// attempts counts failures to log in, in memory, within bounds.
type attempts struct {
	mu        sync.Mutex
	addresses map[string]*failures
	accounts  map[string]*failures
	known     map[string]time.Time // account and address that have gone together, and when they last did
}

// failures of one address or account. A try counts as failed until it is known to be good, so that many at once gain nothing.
type failures struct {
	count int
	last  time.Time
	until time.Time // locked until then
}

func newAttempts() attempts {
	return attempts{addresses: map[string]*failures{}, accounts: map[string]*failures{}, known: map[string]time.Time{}}
}

// try is one attempt under way.
type try struct {
	account, address string
	known            bool // the two have gone together before
}

// newTry names an attempt. Accounts are compared in lower case and cut, since anything may be typed for one.
func newTry(account, address string) try {
	account = strings.ToLower(account)
	if len(account) > 64 {
		account = account[:64]
	}
	return try{account: account, address: network(address)}
}

// network gives what of an address is one client's: the whole of an IPv4 address, the /64 of an IPv6 one.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		if port, portErr := netip.ParseAddrPort(address); portErr == nil {
			ip, err = port.Addr(), nil
		}
	}
	switch ip = ip.Unmap(); {
	case err != nil:
		return "unknown"
	case ip.Is4():
		return ip.String()
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}

// begin counts a try, or refuses it with a fault.Limited when its address or account is locked.
func (a *attempts) begin(t try, now time.Time) (try, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t.known = now.Sub(a.known[t.account+"|"+t.address]) < knownMemory
	locked := lockedUntil(a.addresses, t.address)
	if until := lockedUntil(a.accounts, t.account); !t.known && until.After(locked) {
		locked = until
	}
	if locked.After(now) {
		return t, tooMany(locked.Sub(now))
	}
	count(a.addresses, t.address, freeFromAddress, now)
	if !t.known {
		count(a.accounts, t.account, freeForAccount, now)
	}
	return t, nil
}

// good says that the try was right: its address and account start anew.
func (a *attempts) good(t try, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.addresses, t.address)
	delete(a.accounts, t.account)
	key := t.account + "|" + t.address
	if _, there := a.known[key]; !there && len(a.known) >= maxKnown {
		oldest := ""
		for k, at := range a.known {
			if oldest == "" || at.Before(a.known[oldest]) {
				oldest = k
			}
		}
		delete(a.known, oldest)
	}
	a.known[key] = now
}

// undo takes a try back that was neither right nor wrong: the database was away, or the client went.
func (a *attempts) undo(t try) {
	a.mu.Lock()
	defer a.mu.Unlock()
	uncount(a.addresses, t.address, freeFromAddress)
	if !t.known {
		uncount(a.accounts, t.account, freeForAccount)
	}
}

// forget drops what has run out.
func (a *attempts) forget(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, all := range []map[string]*failures{a.addresses, a.accounts} {
		for key, f := range all {
			if f.over(now) {
				delete(all, key)
			}
		}
	}
	for key, at := range a.known {
		if now.Sub(at) >= knownMemory {
			delete(a.known, key)
		}
	}
}

func (f *failures) over(now time.Time) bool {
	return now.Sub(f.last) >= failureMemory && !f.until.After(now)
}

func lockedUntil(all map[string]*failures, key string) time.Time {
	if f := all[key]; f != nil {
		return f.until
	}
	return time.Time{}
}

// count adds a failure and locks after the free ones.
func count(all map[string]*failures, key string, free int, now time.Time) {
	f := all[key]
	if f == nil || f.over(now) {
		if f == nil && len(all) >= maxTracked {
			evict(all, now)
		}
		f = &failures{}
		all[key] = f
	}
	f.count++
	f.last = now
	if over := f.count - free; over >= 0 {
		f.until = now.Add(min(longestLock, firstLock<<min(over, 20)))
	}
}

// uncount takes one failure back, and the lock that it alone caused.
func uncount(all map[string]*failures, key string, free int) {
	f := all[key]
	if f == nil {
		return
	}
	if f.count--; f.count <= 0 {
		delete(all, key)
		return
	}
	if over := f.count - free; over >= 0 {
		f.until = f.last.Add(min(longestLock, firstLock<<min(over, 20)))
	} else {
		f.until = time.Time{}
	}
}

// evict makes room: of a few met at random it drops the one that is locked the shortest, so that a flood of new names cannot wash
// out the locks that count.
func evict(all map[string]*failures, now time.Time) {
	worst, seen := "", 0
	for key, f := range all {
		if worst == "" || f.over(now) || f.until.Before(all[worst].until) {
			worst = key
		}
		if seen++; seen >= evictionSample {
			break
		}
	}
	delete(all, worst)
}

func tooMany(wait time.Duration) error {
	f := fault.New(fault.Limited, "too many attempts, try again later").WithCode("too_many_attempts")
	f.RetryAfter = wait
	return f
}
