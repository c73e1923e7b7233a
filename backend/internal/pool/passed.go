package pool

import (
	"cmp"
	"slices"
	"time"
)

// Passed is why a number of keys were passed over for a request.
type Passed struct {
	Reason string    // a verdict, a state, the limit that is reached (rpm, tpm, rpd), "tried", or "protected"
	Keys   int       // that were looked at
	Until  time.Time // when the first of them may serve again; zero when no time helps by itself
}

const (
	passedAlways = 64  // with so many keys and no more it is always told
	passedMost   = 256 // keys that are looked at
)

// Why a key was passed over that could have served.
const (
	reasonTried     = "tried"     // by this very request
	reasonProtected = "protected" // its day is nearly used up, and others have more of theirs
)

// passed tells why keys other than the chosen one were passed over, the most frequent reason in front. Where every project has room there is
// nothing to tell; of very many keys some are looked at.
func (l *lane) passed(w *Want, chosen *key, now moment) []Passed {
	p := l.pool
	if l.normal.ready == len(p.projects)-len(p.freeSlots) && len(w.Avoid) == 0 || len(p.order) > passedAlways && !w.Why {
		return nil
	}
	var list []Passed
	add := func(reason string, until time.Time) {
		for i := range list {
			if at := &list[i]; at.Reason == reason {
				at.Keys++
				if !until.IsZero() && (at.Until.IsZero() || until.Before(at.Until)) {
					at.Until = until
				}
				return
			}
		}
		list = append(list, Passed{reason, 1, until})
	}
	for _, k := range p.order[:min(len(p.order), passedMost)] {
		if k == chosen || k.removedAt != 0 {
			continue
		}
		switch x := l.explain(k, now); {
		case slices.Contains(w.Avoid, k.id):
			add(reasonTried, time.Time{})
		case !x.Able:
			add(cmp.Or(x.Reason, "limit"), x.Until)
		case l.spare.has(k.project.slot, 0) && l.normal.has(chosen.project.slot, 0):
			add(k.spared(), time.Time{})
		}
	}
	slices.SortStableFunc(list, func(a, b Passed) int { return cmp.Compare(b.Keys, a.Keys) })
	return list
}

// spared gives why a key that has room is only asked when no other has.
func (k *key) spared() string {
	if k.ill {
		return StateFailing
	}
	return reasonProtected
}
