// Package pulse tells whoever watches what goes on at this moment: the traffic of the last minute and the state of the keys, every two
// seconds from one clock for all watchers, and that something was changed. It keeps nothing and never waits for a watcher.
package pulse

import (
	"context"
	"sync"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/usage"
)

// Beat is the time between two counters.
const Beat = 2 * time.Second

const (
	window      = time.Minute
	samples     = int(window/Beat) + 1
	maxWatchers = 64
	maxOfOne    = 16 // watchers with one owner: tabs of one session
)

// What can change, as watchers are told.
const (
	Keys     = "keys"
	UserKeys = "user_keys"
	Models   = "models"
	Settings = "settings"
	Files    = "files"
)

// Traffic is what went through in a time.
type Traffic struct {
	Over         time.Duration // shorter than asked for while the server is that young
	Requests     int64
	Failures     int64
	InputTokens  int64
	OutputTokens int64
}

// Counters is one look at what goes on.
type Counters struct {
	Time   time.Time
	Minute Traffic // the last minute
	Latest Traffic // since the counters before
	Load   pool.Load
	Keys   pool.Counts
}

// Config is what there is to be told of. All of it is required.
type Config struct {
	Pool     *pool.Pool
	Recorder *usage.Recorder
}

// Pulse is what watchers watch. It is safe for concurrent use.
type Pulse struct {
	pool     *pool.Pool
	recorder *usage.Recorder
	closed   chan struct{}

	mu       sync.Mutex
	ended    bool
	past     []sample // the latest last, at most samples
	keys     pool.Counts
	watchers map[*Watcher]struct{}
}

// sample is the recorder's counts at one time.
type sample struct {
	at     time.Time
	counts usage.Counts
}

// New makes a pulse. It beats while Run runs.
func New(c Config) *Pulse {
	p := &Pulse{pool: c.Pool, recorder: c.Recorder, closed: make(chan struct{}), watchers: map[*Watcher]struct{}{}}
	p.past = append(p.past, sample{at: time.Now(), counts: c.Recorder.Counts()})
	return p
}

// Run beats until ctx ends. With nobody watching a beat reads a few numbers and no more.
func (p *Pulse) Run(ctx context.Context) error {
	clock := time.NewTicker(Beat)
	defer clock.Stop()
	for {
		select {
		case now := <-clock.C:
			p.beat(now)
		case <-ctx.Done():
			return nil
		}
	}
}

// Close ends every watch, and every one that is begun later. The server does it when it stops: a stream that never ends by itself must
// not hold it up.
func (p *Pulse) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.ended = true
		close(p.closed)
	}
}

// Changed tells every watcher that something is not as they last read it.
func (p *Pulse) Changed(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.watchers {
		w.change(what)
	}
}

func (p *Pulse) beat(now time.Time) {
	next := sample{at: now, counts: p.recorder.Counts()}
	p.mu.Lock()
	if len(p.past) == samples {
		copy(p.past, p.past[1:])
		p.past = p.past[:samples-1]
	}
	p.past = append(p.past, next)
	watched := len(p.watchers) > 0
	p.mu.Unlock()
	if !watched {
		return
	}
	load, keys := p.pool.Load(), p.pool.Counts() // without the lock: 50,000 keys take a moment
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counters(load, keys)
	moved := keys != p.keys // a key began to rest or was found dead, which nobody announces
	p.keys = keys
	for w := range p.watchers {
		if moved {
			w.change(Keys)
		}
		w.see(c)
	}
}

// counters makes counters of the samples. The caller holds the lock.
func (p *Pulse) counters(load pool.Load, keys pool.Counts) Counters {
	latest := p.past[len(p.past)-1]
	return Counters{
		Time: latest.at, Load: load, Keys: keys,
		Minute: latest.since(p.past[0]), Latest: latest.since(p.past[max(len(p.past)-2, 0)]),
	}
}

func (s sample) since(before sample) Traffic {
	return Traffic{
		Over:         s.at.Sub(before.at),
		Requests:     s.counts.Requests - before.counts.Requests,
		Failures:     s.counts.Failures - before.counts.Failures,
		InputTokens:  s.counts.InputTokens - before.counts.InputTokens,
		OutputTokens: s.counts.OutputTokens - before.counts.OutputTokens,
	}
}

// Watch begins a watch, which its caller must end. The first counters are there at once. One owner can have only so many, and all
// together as well: a fault.Unavailable says so.
func (p *Pulse) Watch(owner string) (*Watcher, error) {
	load, keys := p.pool.Load(), p.pool.Counts()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "the server is stopping", RetryAfter: 10 * time.Second}
	}
	of := 0
	for w := range p.watchers {
		if w.owner == owner {
			of++
		}
	}
	if of >= maxOfOne || len(p.watchers) >= maxWatchers {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "too many streams of events are open, close some", RetryAfter: 10 * time.Second}
	}
	w := &Watcher{pulse: p, owner: owner, wake: make(chan struct{}, 1)}
	if len(p.watchers) == 0 {
		p.keys = keys
	}
	p.watchers[w] = struct{}{}
	w.see(p.counters(load, keys))
	return w, nil
}
