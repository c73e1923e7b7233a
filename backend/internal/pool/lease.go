package pool

import (
	"context"
	"math"
	"slices"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// Want is what a request asks of the pool.
type Want struct {
	Model   string  // Gemini's name, without "models/"
	Tokens  int     // input tokens, estimated
	Count   int     // how many requests Google counts it as; 0 is one
	Project string  // only this project, when set
	Home    int64   // the id of a key: only the project this key belongs to, whether it is known or not, and whether the key still works
	Avoid   []int64 // ids of keys that were tried already
	Prefer  int64   // the id of a key to use if it has room; 0 is none
	Why     bool    // tell of the other keys why they were passed over, though there are many
	last    bool    // its patience has ended: nothing is left to be careful for
}

// Lease is the right to make one upstream call with one key. It has its place in the ledger already, and ends with Report or
// Return, exactly once: later calls do nothing.
type Lease struct {
	KeyID   int64
	Secret  gemini.Secret
	Project string // the project's name; empty when it is not known
	Model   string
	Waited  time.Duration // in the queue
	Passed  []Passed      // why other keys were passed over; those that merely were not chosen are not in it

	pool   *Pool
	key    *key
	cell   *cell
	made   moment
	day    string
	tokens int64
	count  int32
	probe  bool // it tries whether the exit has opened
	beyond bool // it tries whether Google takes more than a guess allows
	ended  bool
}

// maxCount bounds what one request counts as.
const maxCount = 10_000

// maxModelName bounds what is taken for a model's name.
const maxModelName = 200

// Lease gives the right to call upstream. With no room it waits its turn, at most settings.queue_wait. Its errors are faults:
// NoKey when no key could serve at all (code no_available_key) or Google refuses our location (code exit_refused), Limited with
// the time of the earliest opening (code rate_limit_exceeded, or insufficient_quota when only a new day helps), Canceled when ctx
// ends first, Invalid for a model name that cannot be one.
func (p *Pool) Lease(ctx context.Context, w Want) (*Lease, error) {
	if ctx.Err() != nil {
		return nil, canceled(ctx)
	}
	if w.Model == "" || len(w.Model) > maxModelName {
		return nil, fault.Field("model", "must be the name of a model, 1 to %d bytes", maxModelName)
	}
	s := p.settings()
	wait := seconds(s.QueueWait)
	p.mu.Lock()
	now := p.now()
	p.tick(now)
	l := p.lane(w.Model, termsOf(&s), now)
	l.advance(now, maxAlarms)
	lease := l.take(&w, now)
	if lease == nil && l.advance(now, math.MaxInt) {
		lease = l.take(&w, now)
	}
	if lease != nil {
		p.unlock()
		return lease, nil
	}
	no := l.refuse(&w, now)
	if no.hopeless || no.at > now.add(wait) || p.waiting >= maxWaiting {
		p.unlock()
		return nil, no.fault(now)
	}
	x := l.enqueue(&w, now)
	l.rearm(now)
	p.unlock()
	return p.await(ctx, l, x, wait)
}

// await waits for the lease, the end of patience, or the client's going away.
func (p *Pool) await(ctx context.Context, l *lane, x *waiter, wait time.Duration) (*Lease, error) {
	patience := time.NewTimer(wait)
	defer patience.Stop()
	select {
	case lease := <-x.got:
		return lease, nil
	case <-ctx.Done():
		p.mu.Lock()
		l.dequeue(x)
		l.rearm(p.now())
		p.unlock()
		select {
		case lease := <-x.got:
			lease.Return()
		default:
		}
		return nil, canceled(ctx)
	case <-patience.C:
		return p.lastChance(l, x)
	}
}

// lastChance looks once more when patience has ended, since a place may open at that very moment.
func (p *Pool) lastChance(l *lane, x *waiter) (*Lease, error) {
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	if x.line != nil {
		p.tick(now)
		l.advance(now, math.MaxInt)
	}
	if x.want.last = true; x.line != nil && l.grant(x, now) {
		l.rearm(now)
	}
	if x.line == nil {
		return <-x.got, nil // granted under the lock, so it is there
	}
	no := l.refuse(&x.want, now)
	l.dequeue(x)
	l.rearm(now)
	return nil, no.fault(now)
}

// pin gives the one project that a request must go to, nil when there is no such project, and whether there is to be one at all.
func (p *Pool) pin(w *Want) (pr *project, pinned bool) {
	if w.Home != 0 {
		if k := p.keys[w.Home]; k != nil {
			pr = k.project
		}
		return pr, true
	}
	return p.scopes[projectScope+w.Project], w.Project != ""
}

// take gives a lease if there is room now.
func (l *lane) take(w *Want, now moment) *Lease {
	p := l.pool
	if !p.exit.allows(now) {
		return nil
	}
	pr, k := l.choose(w, now)
	beyond := k == nil
	if beyond {
		if pr, k = l.reach(w, now); k == nil {
			return nil
		}
	}
	passed := l.passed(w, k, now)
	c := pr.needCell(l)
	c.trying = c.trying || beyond
	lease := &Lease{
		KeyID: k.id, Secret: k.secret, Project: pr.name, Model: l.model,
		pool: p, key: k, cell: c, made: now, tokens: int64(max(w.Tokens, 1)), count: int32(min(max(w.Count, 1), maxCount)), probe: p.exit.shut,
		beyond: beyond, Passed: passed,
	}
	c.reserve(now, lease.count, lease.tokens)
	lease.day = c.day
	k.inFlight++
	if lease.probe {
		p.exit.probing = true
	}
	l.spent(pr, c, k, now)
	return lease
}

// Report ends the lease with what came of the call, and gives until when the key or its project rests because of it; zero when it
// does not.
func (l *Lease) Report(o Outcome) time.Time {
	p := l.pool
	threshold := p.settings().FailureThreshold
	p.mu.Lock()
	defer p.unlock()
	if l.ended {
		return time.Time{}
	}
	now := p.now()
	c := l.end(&o)
	k := l.key
	p.judge(k, &o, threshold, now)
	if o.Consumer != "" {
		p.learnConsumer(k, o.Consumer, now)
		c = c.current()
	}
	p.suspectSharing(k, c, &o, now)
	until := p.punish(k, c, &o, now)
	if o.Verdict == OK {
		p.forgive(k, c, now)
	}
	if o.passedExit() {
		p.openExit(now)
	}
	p.noteRest(k, c, &o, until)
	c.lane.settled(c.project, now)
	if l.probe {
		p.probed(now)
	}
	return until.time()
}

// Return ends the lease as if it had never been: nothing was sent upstream.
func (l *Lease) Return() {
	p := l.pool
	p.mu.Lock()
	defer p.unlock()
	if l.ended {
		return
	}
	l.ended = true
	c := l.cell.current()
	c.trying = c.trying && !l.beyond
	l.key.inFlight--
	c.release(l.made, l.day, l.count, l.tokens)
	now := p.now()
	c.lane.settled(c.project, now)
	if l.probe {
		p.probed(now)
	}
}

// end settles the ledger.
func (l *Lease) end(o *Outcome) *cell {
	l.ended = true
	l.key.inFlight--
	c := l.cell.current()
	if l.beyond {
		c.trying = false
		if o.Verdict == OK {
			c.prove()
		}
	}
	if o.counted() {
		c.correct(l.made, l.day, l.tokens, int64(o.PromptTokens), int64(o.OutputTokens))
	} else {
		c.release(l.made, l.day, l.count, l.tokens)
	}
	return c
}

// settled brings the lane up to date after a lease of the project has ended.
func (l *lane) settled(pr *project, now moment) {
	l.refresh(pr, now)
	if l.queue.len > 0 {
		l.serve(now, pr)
		for l.soft && l.queue.general.head != nil && l.grant(l.queue.general.head, now) {
		}
		l.rearm(now)
	}
}

// refusal says why a request has no lease and when another try can have one.
type refusal struct {
	hopeless bool // no key could serve
	exit     bool // Google refuses our location
	daily    bool // only a new day helps
	at       moment
}

// refuse finds out why the request cannot be served now.
func (l *lane) refuse(w *Want, now moment) refusal {
	p := l.pool
	left := p.alive
	pr, pinned := p.pin(w)
	if pinned {
		left = 0
		if pr != nil {
			left = pr.alive
		}
	}
	for i, id := range w.Avoid {
		k := p.keys[id]
		if k != nil && k.counted && (!pinned || k.project == pr) && !slices.Contains(w.Avoid[:i], id) {
			left--
		}
	}
	if left <= 0 {
		return refusal{hopeless: true, at: p.keyAlarms.top()}
	}
	at, daily := l.opening(w, now)
	if opens := p.exit.opening(now); !p.exit.allows(now) && opens >= at {
		return refusal{exit: true, at: opens}
	}
	return refusal{at: at, daily: daily}
}

// searched bounds how many alarms are looked at to find the earliest opening.
const searched = 256

// opening gives when the request will have room somewhere, and whether only a new day brings it. What is tried beyond a guess may open more
// any moment.
func (l *lane) opening(w *Want, now moment) (at moment, daily bool) {
	at, daily = l.knownOpening(w, now)
	if soon := now.add(time.Second); at > soon && l.reaching(w) {
		return soon, false
	}
	return at, daily
}

func (l *lane) knownOpening(w *Want, now moment) (at moment, daily bool) {
	p := l.pool
	tokens := int64(max(w.Tokens, 1))
	if pr, pinned := p.pin(w); pinned {
		return l.opensAt(pr, pr.cell(l), w, tokens, now)
	}
	at = never
	better := func(opens moment, day bool) {
		if opens < at {
			at, daily = opens, day
		}
	}
	if l.normal.first(tokens) >= 0 || l.spare.first(tokens) >= 0 {
		better(now, false)
		if len(w.Avoid) == 0 {
			return at, daily
		}
		at = never // what is open may be what the request avoids
	}
	l.alarms.inOrder(searched, func(c *cell, when moment) bool {
		if when >= at {
			return false
		}
		better(l.opensAt(c.project, c, w, tokens, now))
		return true
	})
	p.keyAlarms.inOrder(searched, func(k *key, when moment) bool {
		if when >= at {
			return false
		}
		if !slices.Contains(w.Avoid, k.id) {
			better(l.opensAt(k.project, k.project.cell(l), w, tokens, now))
		}
		return true
	})
	if at == never {
		return p.calendar.on(now).end, true
	}
	return at, daily
}

// opensAt gives when a project will have room for the request and a key to serve it; never when it has no key for it.
func (l *lane) opensAt(pr *project, c *cell, w *Want, tokens int64, now moment) (at moment, daily bool) {
	at = now
	if c != nil {
		at, daily = c.opening(now, tokens)
	} else if l.row.shut() {
		return never, true
	}
	if l.canServe(pr, w, now) {
		return at, daily
	}
	awake := never
	for _, k := range pr.keys {
		if !k.alive(now) || slices.Contains(w.Avoid, k.id) {
			continue
		}
		awake = min(awake, max(k.rest.until, k.restUntil(c)))
	}
	if awake > at {
		return awake, false
	}
	return at, daily
}

func (r refusal) fault(now moment) *fault.Error {
	var after time.Duration
	if r.at != never {
		after = max(r.at.sub(now), time.Millisecond)
	}
	switch {
	case r.hopeless:
		f := fault.New(fault.NoKey, "no Gemini key can serve this request").WithCode("no_available_key")
		f.RetryAfter = after
		return f
	case r.exit:
		f := fault.New(fault.NoKey, "Google refuses requests from this server's location").WithCode("exit_refused")
		f.RetryAfter = after
		return f
	case r.daily:
		f := fault.New(fault.Limited, "every Gemini key has used up its quota of this model for the day").WithCode("insufficient_quota")
		f.RetryAfter, f.NoRetry = after, true
		return f
	default:
		f := fault.New(fault.Limited, "every Gemini key is at its limit for this model").WithCode("rate_limit_exceeded")
		f.RetryAfter = after
		return f
	}
}

func canceled(ctx context.Context) *fault.Error {
	return fault.Wrap(fault.Canceled, context.Cause(ctx), "the request ended while it waited for a Gemini key")
}
