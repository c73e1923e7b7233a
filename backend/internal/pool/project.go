package pool

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// project is a Google project, or a key whose project is not known and which counts as one of its own. Quota is the project's:
// its keys share one ledger per model.
type project struct {
	name  string // empty for a key of its own
	scope string // "project:atlas" or "key:7"
	slot  int    // its seat in every lane's brackets; gone when it was dissolved
	keys  []*key // by seat
	cells []*cell
	lag   time.Duration // how long after midnight its new day is believed; spread, so that not all ask at once

	rings [2]bracket // its keys by tier: healthy, failing
	alive int        // keys that are neither dead, misconfigured, disabled nor removed
	total *int       // the same of the whole pool
}

const (
	projectScope = "project:"
	keyScope     = "key:"
)

// gone is the slot of a project that is no more.
const gone = -1

func ownScope(id int64) string { return keyScope + strconv.FormatInt(id, 10) }

func newProject(name, scope string, slot int, total *int) *project {
	h := fnv.New32a()
	h.Write([]byte(scope))
	lag := time.Minute + time.Duration(h.Sum32()%60_000)*time.Millisecond
	return &project{name: name, scope: scope, slot: slot, lag: lag, total: total}
}

// cell gives the project's ledger for the lane's model; nil when it has not been used.
func (pr *project) cell(l *lane) *cell {
	for _, c := range pr.cells {
		if c.lane == l {
			return c
		}
	}
	return nil
}

// needCell gives the ledger and makes it when there is none.
func (pr *project) needCell(l *lane) *cell {
	if c := pr.cell(l); c != nil {
		return c
	}
	c := &cell{lane: l, project: pr, place: len(l.cells), learnt: noLimits(), proven: noLimits()}
	pr.cells = append(pr.cells, c)
	l.cells = append(l.cells, c)
	return c
}

// drop forgets a ledger.
func (pr *project) drop(c *cell) {
	for i := range pr.cells {
		if pr.cells[i] == c {
			last := len(pr.cells) - 1
			pr.cells[i], pr.cells[last] = pr.cells[last], nil
			pr.cells = pr.cells[:last]
			break
		}
	}
	l := c.lane
	l.alarms.remove(c)
	last := len(l.cells) - 1
	l.cells[c.place] = l.cells[last]
	l.cells[c.place].place = c.place
	l.cells[last] = nil
	l.cells = l.cells[:last]
}

// join adds a key.
func (pr *project) join(k *key) {
	k.project, k.seat, k.tier = pr, len(pr.keys), out
	pr.keys = append(pr.keys, k)
}

// leave takes a key out; the last key takes its seat.
func (pr *project) leave(k *key, now moment) {
	pr.unseat(k)
	last := pr.keys[len(pr.keys)-1]
	if last != k {
		pr.unseat(last)
		last.seat = k.seat
		pr.keys[k.seat] = last
	}
	pr.keys[len(pr.keys)-1] = nil
	pr.keys = pr.keys[:len(pr.keys)-1]
	if last != k {
		pr.seat(last, now)
	}
	k.project = nil
}

func (pr *project) unseat(k *key) {
	if k.tier >= 0 {
		pr.rings[k.tier].clear(k.seat)
	}
	k.tier = out
	pr.count(k, false)
}

// count notes whether the key is alive.
func (pr *project) count(k *key, alive bool) {
	switch {
	case alive && !k.counted:
		pr.alive++
		*pr.total++
	case !alive && k.counted:
		pr.alive--
		*pr.total--
	}
	k.counted = alive
}

// seat brings the key's place in the rings up to its state.
func (pr *project) seat(k *key, now moment) {
	pr.count(k, k.alive(now))
	tier := k.tierAt(now)
	if k.tier >= 0 && k.tier != tier {
		pr.rings[k.tier].clear(k.seat)
	}
	k.tier = tier
	if tier >= 0 {
		ring := &pr.rings[tier]
		if low := ring.lowest(); ring.ready > 0 && !ring.has(k.seat, 0) && k.turn < low {
			k.turn = low // who comes back does not catch up
		}
		ring.set(k.seat, k.turn, int32(k.weight), unlimited) //nolint:gosec // 1–100
	}
}

// projectNamed gives the project of a name, and makes it when there is none.
func (p *Pool) projectNamed(name string) *project {
	return p.needProject(name, projectScope+name)
}

func (p *Pool) needProject(name, scope string) *project {
	if pr := p.scopes[scope]; pr != nil {
		return pr
	}
	slot := len(p.projects)
	if n := len(p.freeSlots); n > 0 {
		slot, p.freeSlots = p.freeSlots[n-1], p.freeSlots[:n-1]
	} else {
		p.projects = append(p.projects, nil)
	}
	pr := newProject(name, scope, slot, &p.alive)
	p.projects[slot] = pr
	p.scopes[scope] = pr
	return pr
}

// homeOf gives the project a key belongs to by its record.
func (p *Pool) homeOf(k *key) *project {
	if k.projectName == "" {
		return p.needProject("", k.scope())
	}
	return p.projectNamed(k.projectName)
}

// rehome moves a key to the project its record names now. What a key of its own had used goes with it, since it was that
// project's use all along; a project with a name keeps its counts.
func (p *Pool) rehome(k *key, now moment) {
	from, to := k.project, p.homeOf(k)
	if from == to {
		return
	}
	from.leave(k, now)
	to.join(k)
	if from.name == "" {
		p.moveCells(from, to, k, now)
	}
	for _, l := range p.lanes {
		l.refresh(from, now)
		l.follow(k, from.scope, to.scope)
	}
	if len(from.keys) == 0 {
		p.dissolve(from)
	}
	p.touch(k, now)
}

// moveCells merges the ledgers of one project into another's; k is its one key, when it has no name.
func (p *Pool) moveCells(from, to *project, k *key, now moment) {
	for _, c := range slices.Clone(from.cells) {
		into := to.needCell(c.lane)
		c.settle(now)
		into.settle(now)
		into.window.merge(&c.window)
		into.requests += c.requests
		into.tokens += c.tokens
		into.inFlight += c.inFlight
		if c.learntAt > into.learntAt {
			into.learnt, into.learntAt = into.learnt.over(c.learnt), c.learntAt
			p.dirty.addLearnt(into)
		}
		p.moveRest(c, into, k)
		for i := range c.keyRests {
			*into.restOf(c.keyRests[i].key) = c.keyRests[i].rest // it is kept under the key's name, wherever the key is
		}
		p.dirty.addDay(into)
		p.dirty.closeCell(c)
		c.movedTo = into
		from.drop(c)
	}
}

// moveRest carries a rest over: what one key met stays the key's, the rest is the project's.
func (p *Pool) moveRest(c, into *cell, k *key) {
	if c.rest.verdict == "" {
		return
	}
	if c.rest.verdict == Bare429 && k != nil {
		*into.restOf(k) = c.rest
		return // it is kept under the same name: this key, this model
	}
	p.dirty.addRest(c.project.scope, c.lane.model, rest{})
	if c.rest.until > into.rest.until {
		into.rest = c.rest
		p.dirty.addRest(into.project.scope, into.lane.model, into.rest)
	}
}

// dissolve forgets a project without keys. Leases that are still out hold on to its cells.
func (p *Pool) dissolve(pr *project) {
	for len(pr.cells) > 0 {
		c := pr.cells[len(pr.cells)-1]
		p.dirty.flushDay(c)
		pr.drop(c)
	}
	for _, l := range p.lanes {
		l.forget(pr)
	}
	delete(p.scopes, pr.scope)
	p.projects[pr.slot] = nil
	p.freeSlots = append(p.freeSlots, pr.slot)
	pr.slot = gone
}

// learnConsumer takes the project's number that an error's details named. It gives a name to what marks have found, and never overrides the
// operator's word.
func (p *Pool) learnConsumer(k *key, consumer string, now moment) {
	name := strings.TrimPrefix(consumer, "projects/")
	if name == "" || len(name) > maxProjectName {
		return
	}
	switch {
	case k.source == SourceUnknown:
		p.setProject(k, name, SourceError, now)
	case k.source == SourceMarker && (k.projectName == "" || isMadeName(k.projectName)):
		p.nameProject(k.project, name, now)
	}
}

// setProject moves a key to a project that was found out.
func (p *Pool) setProject(k *key, name, source string, now moment) {
	if k.projectName == name && k.source == source {
		return
	}
	k.projectName, k.source = name, source
	p.dirty.addProject(k)
	p.rehome(k, now)
}
