package pool

import (
	"time"

	"gemini-proxy/backend/internal/settings"
)

// lane is one model's view of all projects: who has room, in the order of the strategy, who opens when, and who waits.
type lane struct {
	pool  *Pool
	model string
	row   limits // of the model's row
	soft  bool   // the row came with the program: a guess, which may be outgrown
	cells []*cell

	open   bool    // the brackets below stand; an idle lane is folded to save memory
	normal bracket // projects with room
	spare  bracket // those with room that are spared: near the day's limit, or failing
	alarms alarms[*cell]
	turn   float64 // round_robin: virtual time
	day    string  // the Pacific day the brackets were made on
	terms  terms

	queue   queue
	timer   *time.Timer // runs while somebody waits
	usedAt  moment
	flying  int // requests in flight
	reached int // where in cells the search for one to be tried goes on
}

// terms are the settings a lane's brackets are made for.
type terms struct {
	strategy string
	protect  float64
}

func termsOf(s *settings.Settings) terms { return terms{s.Strategy, s.UsageThreshold.Protect} }

const (
	maxLanes  = 1024    // models known at once
	maxSeats  = 2 << 20 // seats in the brackets of all lanes together, about 50 bytes each
	minOpen   = 8       // lanes that may be open whatever their size
	idleLane  = 10 * time.Minute
	maxAlarms = 64 // alarms looked at in one go before a request is served
)

// lane gives the model's lane, ready for use under the terms.
func (p *Pool) lane(model string, t terms, now moment) *lane {
	l := p.lanes[model]
	if l == nil {
		l = p.newLane(model, now)
	}
	l.usedAt = now
	if !l.open || l.terms != t || l.day != p.calendar.on(now).name {
		l.unfold(t, now)
	}
	return l
}

func (p *Pool) newLane(model string, now moment) *lane {
	if len(p.lanes) >= maxLanes {
		p.evictLane(now)
	}
	l := &lane{pool: p, model: model, row: noLimits()}
	if row, ok := p.models[model]; ok {
		l.row, l.soft = fromPointers(row.RPM, row.TPM, row.RPD), row.Seeded
	}
	p.lanes[model] = l
	return l
}

// unfold makes the brackets anew: after a pause, on a new day, or when the terms have changed.
func (l *lane) unfold(t terms, now moment) {
	if !l.open {
		l.pool.foldOthers(l)
	}
	if l.terms.strategy != t.strategy {
		l.turn = 0
		for _, c := range l.cells {
			c.turn = 0
		}
	}
	l.open, l.terms, l.day = true, t, l.pool.calendar.on(now).name
	l.normal, l.spare = bracket{bulk: true}, bracket{bulk: true}
	l.normal.grow(len(l.pool.projects))
	for _, pr := range l.pool.projects {
		if pr != nil {
			l.refresh(pr, now)
		}
	}
	l.normal.build()
	l.spare.build()
}

// fold gives the memory of the brackets back; the ledgers stay.
func (l *lane) fold() {
	l.open = false
	l.normal, l.spare = bracket{}, bracket{}
	for _, c := range l.cells {
		l.alarms.remove(c)
	}
}

// forget takes a project out of the brackets.
func (l *lane) forget(pr *project) {
	l.normal.clear(pr.slot)
	l.spare.clear(pr.slot)
}

// refresh brings a project's seat up to date.
func (l *lane) refresh(pr *project, now moment) {
	if !l.open || pr.slot == gone {
		return
	}
	c := pr.cell(l)
	room := int64(unlimited)
	if c != nil {
		room = c.room(now)
		l.alarms.set(c, c.nextLook(now))
	} else if l.row.shut() {
		room = -1
	}
	weight, keys, tier := l.strength(pr, c, now)
	if room < 0 || weight <= 0 {
		l.forget(pr)
		return
	}
	rank := l.rank(pr, c, float64(weight), float64(keys))
	if tier == failing || (c != nil && c.share() >= l.terms.protect && c.share() > 0) {
		l.normal.clear(pr.slot)
		l.spare.set(pr.slot, rank, weight, room)
		return
	}
	l.spare.clear(pr.slot)
	l.normal.set(pr.slot, rank, weight, room)
}

// strength gives the weight and number of the project's keys that can serve the model, of the healthy ones if there are any.
func (l *lane) strength(pr *project, c *cell, now moment) (weight int32, keys int, tier int8) {
	for tier = healthy; tier <= failing; tier++ {
		weight, keys = pr.rings[tier].weight(), pr.rings[tier].ready
		if c != nil {
			for i := range c.keyRests {
				if r := &c.keyRests[i]; r.running(now) && r.key.tier == tier {
					weight -= int32(r.key.weight) //nolint:gosec // 1–100
					keys--
				}
			}
		}
		if keys > 0 {
			return weight, keys, tier
		}
	}
	return 0, 0, failing
}

// rank gives the order in which the project is chosen, the least first.
func (l *lane) rank(pr *project, c *cell, weight, keys float64) float64 {
	switch l.terms.strategy {
	case settings.RoundRobin:
		if c == nil {
			if seat := max(l.normal.rankOf(pr.slot), l.turn); l.normal.has(pr.slot, 0) {
				return seat
			}
			return l.turn
		}
		c.turn = max(c.turn, l.turn) // who comes back does not catch up
		return c.turn
	case settings.LeastUsed:
		if c == nil {
			return 0
		}
		return c.used() / (weight / keys)
	default:
		return 0
	}
}

// pretendedDay stands for a day's limit nobody told, so that least_used can compare.
const pretendedDay = 1000

// used gives the share of the day's room that is used.
func (c *cell) used() float64 {
	rpd := c.limits().rpd
	if rpd <= 0 {
		rpd = pretendedDay
	}
	return float64(c.requests) / float64(rpd)
}

// advance looks at up to limit cells whose time has come and reports whether there were any.
func (l *lane) advance(now moment, limit int) (found bool) {
	for ; limit > 0 && l.alarms.top() <= now; limit-- {
		c := l.alarms.items[0]
		l.refresh(c.project, now)
		if c.alarm.pos != 0 && c.alarm.at <= now {
			l.alarms.remove(c) // never twice for one moment
		}
		if l.queue.len > 0 {
			l.serve(now, c.project)
		}
		found = true
	}
	return found
}

// foldOthers folds the lanes that were idle longest until a further one may be open.
func (p *Pool) foldOthers(but *lane) {
	allowed := max(minOpen, maxSeats/max(len(p.projects), 1))
	for {
		open := 0
		var oldest *lane
		for _, l := range p.lanes {
			if !l.open || l == but {
				continue
			}
			open++
			if l.queue.len == 0 && (oldest == nil || l.usedAt < oldest.usedAt) {
				oldest = l
			}
		}
		if open < allowed || oldest == nil {
			return
		}
		oldest.fold()
	}
}

// evictLane forgets the model that was asked for longest ago, one with nothing to remember first: names that clients make up
// must not take memory without end.
func (p *Pool) evictLane(now moment) {
	var oldest *lane
	for _, l := range p.lanes {
		if l.busy() {
			continue
		}
		if oldest == nil || (len(l.cells) == 0) != (len(oldest.cells) == 0) && len(l.cells) == 0 ||
			(len(l.cells) == 0) == (len(oldest.cells) == 0) && l.usedAt < oldest.usedAt {
			oldest = l
		}
	}
	if oldest != nil {
		p.dropLane(oldest, now)
	}
}

// busy reports whether a request is under way or waits.
func (l *lane) busy() bool { return l.queue.len > 0 || l.flying > 0 }

func (p *Pool) dropLane(l *lane, now moment) {
	for len(l.cells) > 0 {
		c := l.cells[len(l.cells)-1]
		c.settle(now)
		p.dirty.flushDay(c)
		c.project.drop(c)
	}
	l.fold()
	delete(p.lanes, l.model)
}

// sweep forgets rests and ledgers with nothing to remember, and folds an idle lane.
func (l *lane) sweep(now moment) {
	for i := len(l.cells) - 1; i >= 0; i-- {
		c := l.cells[i]
		c.sweepRests(now)
		if c.idle(now) {
			c.project.drop(c)
		}
	}
	if l.queue.len > 0 || l.usedAt.add(idleLane) > now {
		return
	}
	if l.open {
		l.fold()
	}
	if len(l.cells) == 0 {
		delete(l.pool.lanes, l.model)
	}
}
