package pool

import (
	"time"
)

// rest says that a key, or a project's quota for a model, is not to be asked before until. A rest that has ended is kept for a
// while with its strikes, so that the next can grow.
type rest struct {
	verdict      Verdict
	since, until moment
	strikes      int // how often in a row
}

// keyRest is the rest of one key for one model.
type keyRest struct {
	key *key
	rest
}

// remembered is how long strikes are remembered after a rest has ended.
const remembered = 24 * time.Hour

func (r *rest) running(now moment) bool { return r.until > now }

// forgotten reports whether the rest has ended so long ago that it says nothing any more.
func (r *rest) forgotten(now moment) bool { return r.until.add(remembered) <= now }

// strike counts one more verdict in a row. What fails while a rest is running belongs to the same burst and counts once.
func (r *rest) strike(v Verdict, now moment) int {
	switch {
	case r.verdict != v || r.forgotten(now):
		return 1
	case r.running(now):
		return r.strikes
	default:
		return r.strikes + 1
	}
}

// begin lets the rest run until a moment; a running rest that ends later stays.
func (r *rest) begin(v Verdict, strikes int, now, until moment) {
	if r.until > until && r.running(now) {
		return
	}
	if !r.running(now) || r.verdict != v {
		r.since = now
	}
	r.verdict, r.until, r.strikes = v, until, strikes
}

const (
	minuteRest        = time.Minute
	maxMinuteRest     = 10 * time.Minute // RetryInfo of a minute's quota is believed up to here
	bareRest          = 30 * time.Second
	maxBareRest       = 15 * time.Minute
	misconfiguredRest = time.Hour
	maxMisconfigured  = 24 * time.Hour
	exitRest          = 10 * time.Minute
	maxExitRest       = 30 * time.Minute
	tierAgainRest     = 24 * time.Hour
	authStrikes       = 3 // 401s in a row that make a key dead: a new AQ. key answers 401 until it is known everywhere
	authRest          = 30 * time.Second
	earlyDay          = 15 * time.Minute // so soon after midnight a day's 429 can be of the day before
	earlyDayRest      = 5 * time.Minute
)

// grown doubles a rest with every strike after the first, up to a bound.
func grown(first time.Duration, strikes int, bound time.Duration) time.Duration {
	return min(first<<min(max(strikes-1, 0), 16), bound)
}

// punish puts to rest whom the outcome blames, and gives until when. The table follows Google's errors: who is at fault, and how
// long asking again cannot help.
func (p *Pool) punish(k *key, c *cell, o *Outcome, now moment) (until moment) {
	switch o.Verdict {
	case DeadKey, Unauthenticated, MisconfiguredKey:
		return p.restKey(k, o, now)
	case Exit:
		return p.restExit(k, now)
	case Tier:
		strikes := c.rest.strike(Tier, now)
		until = p.calendar.on(now).end.add(c.project.lag)
		if strikes > 1 {
			until = max(until, now.add(tierAgainRest))
		}
		return p.restCell(c, Tier, strikes, now, until)
	case DayQuota:
		c.learn(o.Quota, now)
		return p.restCell(c, DayQuota, c.rest.strike(DayQuota, now), now, p.dayRest(c, now))
	case MinuteQuota:
		c.learn(o.Quota, now)
		delay := minuteRest
		if o.RetryDelay > 0 {
			delay = min(o.RetryDelay, maxMinuteRest)
		}
		return p.restCell(c, MinuteQuota, c.rest.strike(MinuteQuota, now), now, now.add(delay))
	case Bare429:
		return p.restBare(k, c, o, now)
	default:
		return 0
	}
}

// dayRest gives when a project whose day is used up may be asked again. Google's RetryInfo is misleading here and is not read.
func (p *Pool) dayRest(c *cell, now moment) moment {
	today := p.calendar.on(now)
	if rpd := c.limits().rpd; now.sub(today.start) < earlyDay && (rpd < 0 || 2*c.requests < rpd) {
		return now.add(earlyDayRest)
	}
	return today.end.add(c.project.lag)
}

// restCell rests a project for a model.
func (p *Pool) restCell(c *cell, v Verdict, strikes int, now, until moment) moment {
	c.rest.begin(v, strikes, now, until)
	p.dirty.addRest(c.project.scope, c.lane.model, c.rest)
	return c.rest.until
}

// restBare rests one key for one model: a 429 that names no quota need not be the project's.
func (p *Pool) restBare(k *key, c *cell, o *Outcome, now moment) moment {
	r := c.restOf(k)
	strikes := r.strike(Bare429, now)
	delay := o.RetryDelay
	if delay <= 0 || strikes > 2 {
		jittered := bareRest + time.Duration(p.rng.Int64N(int64(bareRest)))
		delay = max(delay, grown(jittered, strikes, maxBareRest))
	}
	r.begin(Bare429, strikes, now, now.add(min(delay, maxBareRest)))
	p.dirty.addRest(k.scope(), c.lane.model, *r)
	return r.until
}

// restOf gives the rest of a key for the cell's model, to be changed. A key that is its own project has the project's.
func (c *cell) restOf(k *key) *rest {
	if c.project.name == "" {
		return &c.rest
	}
	for i := range c.keyRests {
		if c.keyRests[i].key == k {
			return &c.keyRests[i].rest
		}
	}
	c.keyRests = append(c.keyRests, keyRest{key: k})
	return &c.keyRests[len(c.keyRests)-1].rest
}

// restKey takes a key out: for good until it is checked again when it is dead, for an hour and more when it is misconfigured.
func (p *Pool) restKey(k *key, o *Outcome, now moment) moment {
	strikes := k.rest.strike(o.Verdict, now)
	switch {
	case o.Verdict == MisconfiguredKey:
		k.rest.begin(MisconfiguredKey, strikes, now, now.add(grown(misconfiguredRest, strikes, maxMisconfigured)))
	case o.Verdict == Unauthenticated && strikes < authStrikes:
		k.rest.begin(Unauthenticated, strikes, now, now.add(grown(authRest, strikes, authRest*authStrikes)))
	default:
		k.dead = DeadKey
	}
	p.dirty.addRest(k.scope(), "", k.rest)
	p.dirty.addHealth(k)
	p.touch(k, now)
	return k.rest.until
}

// restExit rests a key whose location was refused, unless so many projects meet the same that the exit itself is at fault.
func (p *Pool) restExit(k *key, now moment) moment {
	if p.exit.refused(k, now, p.usableProjects()) {
		p.closeExit(now)
		return p.exit.next
	}
	strikes := k.rest.strike(Exit, now)
	k.rest.begin(Exit, strikes, now, now.add(grown(exitRest, strikes, maxExitRest)))
	p.dirty.addRest(k.scope(), "", k.rest)
	p.touch(k, now)
	return k.rest.until
}

// forgive ends what a success disproves: the strikes of rests that are over. A rest that runs was begun by a later answer than
// the request that now succeeds, and stays.
func (p *Pool) forgive(k *key, c *cell, now moment) {
	if c.rest.verdict != "" && !c.rest.running(now) {
		c.rest = rest{}
		p.dirty.addRest(c.project.scope, c.lane.model, c.rest)
	}
	for i := range c.keyRests {
		if c.keyRests[i].key == k && !c.keyRests[i].running(now) {
			c.keyRests = append(c.keyRests[:i], c.keyRests[i+1:]...)
			p.dirty.addRest(k.scope(), c.lane.model, rest{})
			break
		}
	}
	if k.rest.verdict != "" && !k.rest.running(now) {
		k.rest = rest{}
		p.dirty.addRest(k.scope(), "", k.rest)
	}
}
