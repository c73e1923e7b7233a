package pool

import (
	"slices"

	"gemini-proxy/backend/internal/settings"
)

const (
	successShare = 0.7 // of a key's score
	speedShare   = 0.3 // of a key's score; lost wholly at slowSeconds
	slowSeconds  = 10.0
	perInFlight  = 0.1  // a request in flight lowers the score of a key of mean weight by this
	margin       = 3    // tokens are only estimated: room for a third more is looked for first
	mostMargin   = 4096 // of tokens, so that a large prompt is not kept waiting for the sake of its estimate
	nearTie      = 0.05 // scores closer than this are equal, so that weights hold among keys that do equally well
)

// choose gives a project and a key of it with room for the request; nil when there is none now.
func (l *lane) choose(w *Want, now moment) (*project, *key) {
	tokens := int64(max(w.Tokens, 1))
	if pr, pinned := l.pool.pin(w); pinned {
		return l.choosePinned(pr, w, tokens, now)
	}
	if k := l.pool.keys[w.Prefer]; k != nil && w.Prefer != 0 && l.canUse(k, w, tokens, now) {
		return k.project, k
	}
	if len(w.Avoid) > 0 {
		l.takeOutAvoided(w, now)
		defer l.putBackAvoided(w, now)
	}
	for _, seats := range []*bracket{&l.normal, &l.spare} {
		if pr, k := l.chooseFrom(seats, w, tokens+min(tokens/margin, mostMargin), now); k != nil {
			return pr, k
		}
		if l.queue.len > 0 && !w.last {
			continue // while others wait, a call that Google may well refuse costs more than it can win
		}
		if pr, k := l.chooseFrom(seats, w, tokens, now); k != nil {
			return pr, k
		}
	}
	return nil, nil
}

// chooseFrom chooses among those in the bracket with so much room for tokens.
func (l *lane) chooseFrom(seats *bracket, w *Want, tokens int64, now moment) (*project, *key) {
	if l.terms.strategy == settings.Adaptive {
		return l.better(seats, w, tokens, now)
	}
	slot := seats.first(tokens)
	if slot < 0 {
		return nil, nil
	}
	pr := l.pool.projects[slot]
	return pr, pr.chooseKey(l, w, now)
}

// choosePinned chooses within the one project the request must go to.
func (l *lane) choosePinned(pr *project, w *Want, tokens int64, now moment) (*project, *key) {
	if pr == nil {
		return nil, nil
	}
	l.refresh(pr, now)
	if !l.hasRoom(pr, tokens) || !l.canServe(pr, w, now) {
		return nil, nil
	}
	if k := l.pool.keys[w.Prefer]; k != nil && k.project == pr && l.canUse(k, w, tokens, now) {
		return pr, k
	}
	return pr, pr.chooseKey(l, w, now)
}

func (l *lane) hasRoom(pr *project, tokens int64) bool {
	return l.normal.has(pr.slot, tokens) || l.spare.has(pr.slot, tokens)
}

// canUse reports whether this very key can serve the request now, without using up what is spared.
func (l *lane) canUse(k *key, w *Want, tokens int64, now moment) bool {
	if k.tier != healthy || slices.Contains(w.Avoid, k.id) {
		return false
	}
	l.refresh(k.project, now)
	if k.restsFor(k.project.cell(l), now) {
		return false
	}
	return l.normal.has(k.project.slot, tokens) || (l.normal.first(tokens) < 0 && l.spare.has(k.project.slot, tokens))
}

// canServe reports whether the project has a key left that the request does not avoid.
func (l *lane) canServe(pr *project, w *Want, now moment) bool {
	left := pr.rings[healthy].ready + pr.rings[failing].ready
	c := pr.cell(l)
	if c != nil {
		for i := range c.keyRests {
			if c.keyRests[i].running(now) && c.keyRests[i].key.tier != out {
				left--
			}
		}
	}
	for i, id := range w.Avoid {
		k := l.pool.keys[id]
		if k != nil && k.project == pr && k.tier != out && !k.restsFor(c, now) && !slices.Contains(w.Avoid[:i], id) {
			left--
		}
	}
	return left > 0
}

// takeOutAvoided takes projects whose every key is avoided out of the brackets.
func (l *lane) takeOutAvoided(w *Want, now moment) {
	for _, id := range w.Avoid {
		if k := l.pool.keys[id]; k != nil && !l.canServe(k.project, w, now) {
			l.forget(k.project)
		}
	}
}

func (l *lane) putBackAvoided(w *Want, now moment) {
	for _, id := range w.Avoid {
		if k := l.pool.keys[id]; k != nil {
			l.refresh(k.project, now)
		}
	}
}

// better draws two keys by weight and gives the one with the better score: the power of two choices, which never sends everybody
// to the best at once.
func (l *lane) better(seats *bracket, w *Want, tokens int64, now moment) (*project, *key) {
	a := l.draw(seats, w, tokens, now)
	if a == nil {
		return nil, nil
	}
	b := l.draw(seats, w, tokens, now)
	for range 2 {
		if b != a {
			break
		}
		b = l.draw(seats, w, tokens, now)
	}
	if b != a && b != nil {
		mean := float64(seats.weight()) / float64(seats.ready)
		if b.score(mean) > a.score(mean)+nearTie {
			a = b
		}
	}
	return a.project, a
}

func (l *lane) draw(seats *bracket, w *Want, tokens int64, now moment) *key {
	slot := seats.sample(l.pool.rng, tokens)
	if slot < 0 {
		return nil
	}
	return l.pool.projects[slot].chooseKey(l, w, now)
}

// score says how well a key does, about 0–1; mean is the weight of an ordinary key.
func (k *key) score(mean float64) float64 {
	success, seconds := 1.0, 0.0
	if k.samples > 0 {
		success, seconds = k.success, k.seconds
	}
	return successShare*success + speedShare*max(0, 1-seconds/slowSeconds) - perInFlight*float64(k.inFlight)*mean/float64(k.weight)
}

// chooseKey gives the project's key for the request: the one by turn, or by the draw. Whether there is one must be known.
func (pr *project) chooseKey(l *lane, w *Want, now moment) *key {
	if len(pr.keys) == 1 {
		return pr.keys[0]
	}
	c := pr.cell(l)
	var away []*key
	if c != nil {
		for i := range c.keyRests {
			if r := &c.keyRests[i]; r.running(now) && r.key.tier != out {
				away = append(away, r.key)
			}
		}
	}
	for _, id := range w.Avoid {
		if k := l.pool.keys[id]; k != nil && k.project == pr && k.tier != out {
			away = append(away, k)
		}
	}
	for _, k := range away {
		pr.rings[k.tier].clear(k.seat)
	}
	seat := -1
	for tier := healthy; tier <= failing && seat < 0; tier++ {
		if l.terms.strategy == settings.Adaptive {
			seat = pr.rings[tier].sample(l.pool.rng, 0)
		} else {
			seat = pr.rings[tier].first(0)
		}
	}
	for _, k := range away {
		pr.rings[k.tier].set(k.seat, k.turn, int32(k.weight), unlimited) //nolint:gosec // 1–100
	}
	if seat < 0 {
		return nil
	}
	return pr.keys[seat]
}

// spent moves the turn of a project and a key that were just chosen.
func (l *lane) spent(pr *project, c *cell, k *key, now moment) {
	if l.terms.strategy == settings.RoundRobin {
		weight, _, _ := l.strength(pr, c, now)
		c.turn = max(c.turn, l.turn) + 1/float64(max(weight, 1))
	}
	if k.tier != out && len(pr.keys) > 1 {
		k.turn += 1 / float64(k.weight)
		pr.rings[k.tier].set(k.seat, k.turn, int32(k.weight), unlimited) //nolint:gosec // 1–100
	}
	l.refresh(pr, now)
	if low := l.normal.lowest(); l.normal.ready > 0 && low > l.turn {
		l.turn = low
	}
}
