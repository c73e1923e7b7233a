package pool

// Limits that came with the program are a guess: a project of a paid tier may have a hundred times as much. So when nobody has room by a
// guess, one request at a time is let through beyond it for each project. What Google takes raises the guess, and what it refuses tells
// the true limit; either is known after a call or two. Limits that the operator set, or that Google told, are never passed.

const maxReached = 64 // ledgers looked at for one that may be tried

// reach gives a project, and a key of it, that has no room by a guess alone; nil when there is none to be tried.
func (l *lane) reach(w *Want, now moment) (*project, *key) {
	if !l.soft {
		return nil, nil
	}
	if pr, pinned := l.pool.pin(w); pinned {
		if pr == nil || !l.reachable(pr.cell(l), w, now) {
			return nil, nil
		}
		return pr, pr.chooseKey(l, w, now)
	}
	for range min(maxReached, len(l.cells)) {
		l.reached = (l.reached + 1) % len(l.cells)
		if c := l.cells[l.reached]; l.reachable(c, w, now) {
			return c.project, c.project.chooseKey(l, w, now)
		}
	}
	return nil, nil
}

// reachable reports whether a request may be let through though the ledger has no room by its guess.
func (l *lane) reachable(c *cell, w *Want, now moment) bool {
	if c == nil || c.trying || l.row.shut() || c.room(now) >= int64(max(w.Tokens, 1)) {
		return false
	}
	return c.roomUnder(noLimits().over(c.learnt), now) >= int64(max(w.Tokens, 1)) && l.canServe(c.project, w, now)
}

// reaching reports whether a request is out beyond a guess, whose end may open more.
func (l *lane) reaching(w *Want) bool {
	if !l.soft {
		return false
	}
	if pr, pinned := l.pool.pin(w); pinned {
		if pr == nil {
			return false
		}
		c := pr.cell(l)
		return c != nil && c.trying
	}
	for _, c := range l.cells[:min(maxReached, len(l.cells))] {
		if c.trying {
			return true
		}
	}
	return false
}

// prove raises what is known to be taken, a little beyond what was counted when Google took one more.
func (c *cell) prove() {
	raise := func(proven *int64, row, counted int64) {
		if row >= 0 && counted > row {
			*proven = max(*proven, counted+counted/8)
		}
	}
	row := c.lane.row
	raise(&c.proven.rpm, row.rpm, c.window.requests)
	raise(&c.proven.tpm, row.tpm, c.window.tokens)
	raise(&c.proven.rpd, row.rpd, c.requests)
}

// raised gives the limits with those that o has proven to be higher; one that is not known stays so.
func (l limits) raised(o limits) limits {
	higher := func(a, b int64) int64 {
		if a < 0 {
			return a
		}
		return max(a, b)
	}
	return limits{higher(l.rpm, o.rpm), higher(l.tpm, o.tpm), higher(l.rpd, o.rpd)}
}
