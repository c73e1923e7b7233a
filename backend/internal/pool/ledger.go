package pool

import "math"

// unknown is a limit nobody told; it refuses nothing.
const unknown = -1

// limits is what a project may use of a model: requests and input tokens a minute, requests a day.
type limits struct{ rpm, tpm, rpd int64 }

func noLimits() limits { return limits{unknown, unknown, unknown} }

// over gives the limits with what o knows put over them.
func (l limits) over(o limits) limits {
	return limits{firstKnown(o.rpm, l.rpm), firstKnown(o.tpm, l.tpm), firstKnown(o.rpd, l.rpd)}
}

// shut reports whether nothing at all is allowed.
func (l limits) shut() bool { return l.rpm == 0 || l.tpm == 0 || l.rpd == 0 }

func firstKnown(a, b int64) int64 {
	if a >= 0 {
		return a
	}
	return b
}

func fromPointers(rpm, tpm, rpd *int64) limits {
	read := func(v *int64) int64 {
		if v == nil || *v < 0 {
			return unknown
		}
		return *v
	}
	return limits{read(rpm), read(tpm), read(rpd)}
}

func (l limits) pointers() (rpm, tpm, rpd *int64) {
	give := func(v int64) *int64 {
		if v < 0 {
			return nil
		}
		return &v
	}
	return give(l.rpm), give(l.tpm), give(l.rpd)
}

// cell is the ledger of one project and one model: what was used of the minute and of the Pacific day, and what stands in the way.
type cell struct {
	alarm   // when it may change by itself
	lane    *lane
	project *project
	place   int // in lane.cells

	window   window
	day      string // the Pacific day that requests and tokens count
	requests int64
	tokens   int64
	inFlight int32

	learnt   limits
	learntAt moment
	proven   limits    // what Google took beyond a row that is a guess
	trying   bool      // one request is out beyond it
	rest     rest      // of the project for the model
	keyRests []keyRest // of single keys for the model
	turn     float64   // round_robin: the virtual time of its next turn
	movedTo  *cell     // where its counts went when the key's project became known

	dirtyDay, dirtyLearnt bool
}

func (c *cell) clock() *alarm { return &c.alarm }

// current follows a cell to where its counts are now.
func (c *cell) current() *cell {
	for c.movedTo != nil {
		c = c.movedTo
	}
	return c
}

func (c *cell) limits() limits {
	row := c.lane.row
	if c.lane.soft {
		row = row.raised(c.proven)
	}
	return row.over(c.learnt)
}

// settle brings the counts up to now.
func (c *cell) settle(now moment) {
	c.window.expire(now)
	pool := c.lane.pool
	today := pool.calendar.on(now)
	if c.day == today.name {
		return
	}
	if c.requests > 0 {
		pool.closeDay(c)
		c.lingerAfterMidnight(now, today)
	}
	c.day, c.requests, c.tokens = today.name, 0, 0
}

// lingerAfterMidnight keeps a project whose day was used up waiting a little longer: Google's clock need not be ours, and asking
// too early could cost the new day.
func (c *cell) lingerAfterMidnight(now moment, today *pacificDay) {
	rpd := c.limits().rpd
	until := today.start.add(c.project.lag)
	if rpd >= 0 && c.requests >= rpd && until > now && until > c.rest.until {
		c.rest = rest{verdict: DayQuota, since: now, until: until, strikes: c.rest.strikes}
	}
}

// room gives how many input tokens a request may have now; -1 when none may be made. An empty window takes a request of any
// size, since one that is larger than the limit would fit no better later.
func (c *cell) room(now moment) int64 {
	c.settle(now)
	return c.roomUnder(c.limits(), now)
}

func (c *cell) roomUnder(l limits, now moment) int64 {
	if c.rest.until > now || l.shut() || (l.rpd >= 0 && c.requests >= l.rpd) || (l.rpm >= 0 && c.window.requests >= l.rpm) {
		return -1
	}
	if l.tpm < 0 || c.window.tokens <= 0 {
		return unlimited
	}
	if l.tpm <= c.window.tokens {
		return -1
	}
	return l.tpm - c.window.tokens
}

// opening gives when a request of so many tokens will have room, and whether only a new day brings it.
func (c *cell) opening(now moment, tokens int64) (at moment, daily bool) {
	c.settle(now)
	l := c.limits()
	if l.shut() {
		return never, true
	}
	at = now
	if c.rest.until > at {
		at, daily = c.rest.until, c.rest.verdict == DayQuota || c.rest.verdict == Tier
	}
	if l.rpd >= 0 && c.requests >= l.rpd {
		if end := c.lane.pool.calendar.on(now).end.add(c.project.lag); end > at {
			at, daily = end, true
		}
	}
	requests, input := int64(math.MaxInt64), int64(math.MaxInt64)
	if l.rpm >= 0 {
		requests = l.rpm - 1
	}
	if l.tpm >= 0 {
		input = l.tpm - min(tokens, l.tpm)
	}
	if opens := c.window.opening(now, requests, input); opens > at {
		at, daily = opens, false
	}
	return at, daily
}

// nextLook gives when the cell may change without anybody touching it.
func (c *cell) nextLook(now moment) moment {
	next := never
	switch room := c.room(now); {
	case room < 0:
		next, _ = c.opening(now, 1)
	case room != unlimited:
		next = c.window.next()
	case c.limits().tpm >= 0:
		next = c.window.next()
	}
	for i := range c.keyRests {
		if until := c.keyRests[i].until; until > now {
			next = min(next, until)
		}
	}
	return next
}

// share gives what was used of the day, 0–1 and more; 0 when the day's limit is not known.
func (c *cell) share() float64 {
	rpd := c.limits().rpd
	if rpd <= 0 {
		return 0
	}
	return float64(c.requests) / float64(rpd)
}

// reserve takes a place for a request that counts as so many. One place must be free: more could be more than the limit ever leaves.
func (c *cell) reserve(now moment, count int32, tokens int64) {
	c.settle(now)
	c.window.add(now, count, tokens)
	c.requests += int64(count)
	c.tokens += tokens
	c.inFlight++
	c.lane.flying++
	c.lane.pool.dirty.addDay(c)
}

// release gives back a place taken on a day for a request that was never counted.
func (c *cell) release(made moment, day string, count int32, tokens int64) {
	c.inFlight--
	c.lane.flying--
	c.window.amend(made, -count, -tokens)
	if c.day == day {
		c.requests -= int64(count)
		c.tokens -= tokens
		c.lane.pool.dirty.addDay(c)
	}
}

// correct ends a request in flight and puts upstream's count of tokens in place of the estimate. Output counts for the day's sum
// alone.
func (c *cell) correct(made moment, day string, estimate, input, output int64) {
	c.inFlight--
	c.lane.flying--
	if input > 0 {
		c.window.amend(made, 0, input-estimate)
	} else {
		input = estimate
	}
	if c.day == day {
		c.tokens += input - estimate + output
		c.lane.pool.dirty.addDay(c)
	}
}

// idle reports whether nothing would be lost with the cell.
func (c *cell) idle(now moment) bool {
	c.settle(now)
	return c.inFlight == 0 && c.requests == 0 && c.window.requests == 0 && c.learntAt == 0 && !c.dirtyDay &&
		c.rest.forgotten(now) && len(c.keyRests) == 0
}
