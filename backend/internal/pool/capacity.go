package pool

import "strings"

// Capacity is what the projects can do in a minute, over all models that were asked for in the quota day.
type Capacity struct {
	Projects    int   // with a key in use
	Serving     int   // of them, those with a live key
	Used        int64 // requests of the last minute
	Limit       int64 // the sum of the serving projects' limits, as far as they are known
	Least, Most int64 // the smallest and the largest of these
	Unknown     int   // serving projects whose limit is not known
}

// minute sums up a project's ledgers.
type minute struct {
	used, limit int64
	unknown     int // models whose limit is not known
	rows        int64
	unknownRows int // the same of these models' rows alone: for a project that has no ledger of a model, the row holds
}

// minutes is what projects do in a minute, by slot.
type minutes struct {
	bySlot []minute
	asked  int // models that were asked for
	rows   int64
	// rows that are not known
	unknownRows int
}

// minutes sums up what was asked for today. The lock is given back after each model.
func (p *Pool) minutes() minutes {
	p.mu.Lock()
	m := minutes{bySlot: make([]minute, len(p.projects))}
	lanes := make([]*lane, 0, len(p.lanes))
	for name, l := range p.lanes {
		if !strings.Contains(name, ":") { // "m:countTokens" has no part in the quota
			lanes = append(lanes, l)
		}
	}
	p.unlock()
	for _, l := range lanes {
		p.mu.Lock()
		m.add(l, p.now())
		p.unlock()
	}
	return m
}

func (m *minutes) add(l *lane, now moment) {
	asked := false
	for _, c := range l.cells {
		c.settle(now)
		asked = asked || c.requests > 0
	}
	if !asked {
		return
	}
	m.asked++
	count(&m.rows, &m.unknownRows, l.row.rpm)
	for _, c := range l.cells {
		if c.project.slot < 0 || c.project.slot >= len(m.bySlot) {
			continue // made since the count began
		}
		of := &m.bySlot[c.project.slot]
		of.used += c.window.requests
		count(&of.rows, &of.unknownRows, l.row.rpm)
		if c.rest.verdict != Tier || !c.rest.running(now) {
			count(&of.limit, &of.unknown, c.limits().rpm)
		}
	}
}

func count(sum *int64, unknown *int, limit int64) {
	if limit < 0 {
		*unknown++
		return
	}
	*sum += limit
}

// of gives a project's use of a minute, against its limit over all models that were asked for.
func (m *minutes) of(pr *project) Usage {
	var own minute
	if pr.slot >= 0 && pr.slot < len(m.bySlot) {
		own = m.bySlot[pr.slot]
	}
	if m.asked == 0 || own.unknown > 0 || m.unknownRows > own.unknownRows {
		return Usage{own.used, unknown}
	}
	return Usage{own.used, own.limit + m.rows - own.rows}
}

// add counts a project that has a key in use.
func (c *Capacity) add(pr *project, u Usage) {
	c.Projects++
	c.Used += u.Used
	if pr.alive == 0 {
		return
	}
	c.Serving++
	if u.Limit < 0 {
		c.Unknown++
		return
	}
	if c.Serving-c.Unknown == 1 {
		c.Least, c.Most = u.Limit, u.Limit
	}
	c.Limit += u.Limit
	c.Least, c.Most = min(c.Least, u.Limit), max(c.Most, u.Limit)
}
