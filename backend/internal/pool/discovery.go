package pool

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

const (
	searchFirst = 4 * time.Second // after a key came, so that an import is looked at in one go
	searchAgain = 10 * time.Minute
	searchMost  = 24 * time.Hour
)

// Search is what a search for projects starts from.
type Search struct {
	Keys  []int64 // whose project is to be found; each marks its project and looks for the others' marks
	Known []int64 // one key of each project that is known already; it looks for the marks alone
}

// SearchDue reports whether there are keys whose project should be looked for now. It is not while keys are still coming in.
func (p *Pool) SearchDue() bool {
	due, coming := false, false
	p.scan(func(k *key, now moment) {
		if !k.searchable(now) || k.source != SourceUnknown {
			return
		}
		if k.searchAt <= now {
			due = true
		} else if k.searchedAt == 0 && k.searchAt <= now.add(searchFirst) {
			coming = true
		}
	})
	return due && !coming
}

// searchable reports whether the key can be asked what its project holds.
func (k *key) searchable(now moment) bool { return k.alive(now) && !k.rest.running(now) }

// NewSearch gives what a search starts from: every usable key whose project is not known, or every usable key there is.
func (p *Pool) NewSearch(all bool) Search {
	var s Search
	known := map[string]int{} // the place of a project's key in s.Known
	p.scan(func(k *key, now moment) {
		switch {
		case !k.searchable(now):
		case all || k.source == SourceUnknown:
			s.Keys = append(s.Keys, k.id)
		default:
			if _, have := known[k.project.scope]; !have {
				known[k.project.scope] = len(s.Known)
				s.Known = append(s.Known, k.id)
			}
		}
	})
	return s
}

// SearchFailed tells that a key's project could not be found; it is looked for again later, and later each time.
func (p *Pool) SearchFailed(id int64) {
	p.mu.Lock()
	defer p.unlock()
	if k := p.keys[id]; k != nil {
		now := p.now()
		k.searchTries++
		k.searchedAt, k.searchAt = now, now.add(grown(searchAgain, k.searchTries, searchMost))
	}
}

// suspectSharing has a key's project looked for soon when Google counts more against a quota than the ledger does: somebody shares it, and
// it may be another key of ours.
func (p *Pool) suspectSharing(k *key, c *cell, o *Outcome, now moment) {
	if k.source != SourceUnknown || o.Verdict != MinuteQuota && o.Verdict != DayQuota {
		return
	}
	for _, v := range o.Quota {
		counted := c.window.requests
		switch {
		case v.Tokens():
			continue // they are estimated: a difference says nothing
		case v.PerDay():
			counted = c.requests
		}
		if counted < v.Value && k.searchAt > now && (k.searchedAt == 0 || k.searchedAt.add(searchAgain) <= now) {
			k.searchAt = now
			return
		}
	}
}

// SetGroups takes what a search found: the keys of each group are one project, and no key of another group is of it. A project that is
// known already comes with all its keys when one of them is named. The operator's word stays; the others are called by it, else by the
// number Google told, else by the name they have, else by one that is made up; a key that is alone has none.
func (p *Pool) SetGroups(groups [][]int64) {
	for _, ids := range groups {
		p.setGroup(ids)
	}
}

func (p *Pool) setGroup(ids []int64) {
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	var members []*key
	shared := map[*project]bool{}
	for _, id := range ids {
		k := p.keys[id]
		switch {
		case k == nil:
		case k.project.name != "" && k.source != SourceOperator:
			if !shared[k.project] {
				shared[k.project] = true
				members = append(members, k.project.keys...)
			}
		default:
			members = append(members, k)
		}
	}
	slices.SortFunc(members, func(a, b *key) int { return int(a.id - b.id) })
	members = slices.Compact(members)
	if len(members) == 0 {
		return
	}
	name := p.groupName(members)
	if name != "" {
		to := p.projectNamed(name)
		for from := range shared {
			p.pour(from, to, now)
		}
	}
	for _, k := range members {
		k.searchTries, k.searchedAt = 0, now
		if k.source != SourceOperator {
			p.setProject(k, name, SourceMarker, now)
		}
	}
	if to := p.scopes[projectScope+name]; to != nil && len(to.keys) == 0 {
		p.dissolve(to) // every one of them is called otherwise by the operator
	}
}

// pour merges the ledgers of a named project into another's when all its keys will follow.
func (p *Pool) pour(from, to *project, now moment) {
	if from == to || slices.ContainsFunc(from.keys, func(k *key) bool { return k.source == SourceOperator }) {
		return
	}
	p.moveCells(from, to, nil, now)
}

// nameProject calls a project that marks found by the number Google told, and joins it to that number's other keys.
func (p *Pool) nameProject(pr *project, name string, now moment) {
	keys := slices.Clone(pr.keys)
	if pr.name != "" {
		p.pour(pr, p.projectNamed(name), now)
	}
	for _, k := range keys {
		if k.source != SourceOperator {
			p.setProject(k, name, SourceMarker, now)
		}
	}
}

// groupName gives what keys of one project are called.
func (p *Pool) groupName(members []*key) string {
	for _, source := range []string{SourceOperator, SourceError} {
		for _, k := range members {
			if k.source == source && k.projectName != "" {
				return k.projectName
			}
		}
	}
	made := ""
	for _, k := range members {
		switch {
		case k.projectName == "":
		case !isMadeName(k.projectName):
			return k.projectName // the number that Google told of a project found by marks
		case made == "":
			made = k.projectName
		}
	}
	if made != "" || len(members) == 1 {
		return made
	}
	for {
		name := madeName + strings.ToLower(rand.Text()[:madeLength])
		if p.scopes[projectScope+name] == nil {
			return name
		}
	}
}

const (
	madeName   = "p-"
	madeLength = 6
)

// isMadeName reports whether a project's name is one that was made up for want of another.
func isMadeName(name string) bool {
	rest, ok := strings.CutPrefix(name, madeName)
	return ok && len(rest) == madeLength
}
