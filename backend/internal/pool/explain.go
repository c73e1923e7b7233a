package pool

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Usage is how much of a limit is used. Limit is -1 when it is not known.
type Usage struct{ Used, Limit int64 }

// ProjectView is a project as an operator sees it.
type ProjectView struct {
	Name      string // empty for a key whose project is not known
	Source    string
	Keys      []Key // at most 50
	KeysTotal int   // all of them
	RPM       Usage // over all models that were asked for in the quota day
	Models    []ProjectModel
}

// ProjectModel is a project's use of one model, the nearest to its limits in front.
type ProjectModel struct {
	Model         string
	RPM, TPM, RPD Usage
	InFlight      int
	Warn          bool // at or over settings.usage_threshold.warn of the day
	Protected     bool // at or over settings.usage_threshold.protect of the day: used only when no other has room
}

// ModelView is a model's use over the projects that could serve it today.
type ModelView struct {
	Name          string
	RequestsToday int64
	InFlight      int
	Waiting       int // requests in the queue
	Projects      int // that could serve it: with a live key, the model on their tier
	RPM, TPM, RPD Usage
}

const (
	maxProjectKeys = 50
	maxExplained   = 200
)

// Projects lists up to limit projects that have keys in use, named ones first, and tells what all of them can do.
func (p *Pool) Projects(limit int) (items []ProjectView, all Capacity) {
	minutes := p.minutes()
	warn := p.settings().UsageThreshold
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	var shown []*project
	for _, named := range []bool{true, false} {
		for _, pr := range p.projects {
			if pr == nil || (pr.name != "") != named || !pr.inUse() {
				continue
			}
			all.add(pr, minutes.of(pr))
			if len(shown) < limit {
				shown = append(shown, pr)
			}
		}
	}
	for _, pr := range shown {
		v := ProjectView{Name: pr.name, RPM: minutes.of(pr)}
		for _, k := range pr.keys {
			if k.removedAt != 0 {
				continue
			}
			if v.KeysTotal++; len(v.Keys) < maxProjectKeys {
				v.Keys = append(v.Keys, p.view(k, now))
				v.Source = k.source
			}
		}
		for _, c := range pr.cells {
			u := c.usage(now)
			u.Warn, u.Protected = c.share() >= warn.Warn && c.share() > 0, c.share() >= warn.Protect && c.share() > 0
			v.Models = append(v.Models, u)
		}
		slices.SortFunc(v.Models, func(a, b ProjectModel) int {
			return cmp.Or(cmp.Compare(b.fullest(), a.fullest()), cmp.Compare(a.Model, b.Model))
		})
		items = append(items, v)
	}
	return items, all
}

// inUse reports whether the project has a key that was not removed.
func (pr *project) inUse() bool {
	return pr.alive > 0 || slices.ContainsFunc(pr.keys, func(k *key) bool { return k.removedAt == 0 })
}

func (c *cell) usage(now moment) ProjectModel {
	c.settle(now)
	l := c.limits()
	return ProjectModel{
		Model: c.lane.model, InFlight: int(c.inFlight),
		RPM: Usage{c.window.requests, l.rpm}, TPM: Usage{c.window.tokens, l.tpm}, RPD: Usage{c.requests, l.rpd},
	}
}

func (m *ProjectModel) fullest() float64 {
	return max(m.RPM.share(), m.TPM.share(), m.RPD.share())
}

func (u Usage) share() float64 {
	if u.Limit <= 0 {
		return 0
	}
	return float64(u.Used) / float64(u.Limit)
}

// Models lists the models that have a row or were asked for, by name. A limit is the sum over the projects that could serve the
// model, and known only when it is known of each.
func (p *Pool) Models() []ModelView {
	live := p.liveProjects()
	p.mu.Lock()
	names := make([]string, 0, len(p.models)+len(p.lanes))
	for name := range p.models {
		names = append(names, name)
	}
	for name := range p.lanes {
		if _, listed := p.models[name]; !listed && !strings.Contains(name, ":") { // "m:countTokens" is counted apart, and no model
			names = append(names, name)
		}
	}
	p.unlock()
	slices.Sort(names)
	views := make([]ModelView, 0, len(names))
	for _, name := range names {
		views = append(views, p.modelView(name, live))
	}
	return views
}

// liveProjects counts the projects with a live key.
func (p *Pool) liveProjects() (n int) {
	p.mu.Lock()
	defer p.unlock()
	for _, pr := range p.projects {
		if pr != nil && pr.alive > 0 {
			n++
		}
	}
	return n
}

func (p *Pool) modelView(name string, live int) ModelView {
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	v := ModelView{Name: name, Projects: live}
	row := noLimits()
	if r, ok := p.models[name]; ok {
		row = fromPointers(r.RPM, r.TPM, r.RPD)
	}
	fresh := live // projects that go by the model's row alone
	if l := p.lanes[name]; l != nil {
		v.Waiting = l.queue.len
		for _, c := range l.cells {
			fresh -= v.add(c, now)
		}
	}
	v.RPM.addRows(row.rpm, fresh)
	v.TPM.addRows(row.tpm, fresh)
	v.RPD.addRows(row.rpd, fresh)
	return v
}

// add sums up a ledger, and gives 1 when its project is a live one.
func (v *ModelView) add(c *cell, now moment) int {
	u := c.usage(now)
	v.RequestsToday += u.RPD.Used
	v.InFlight += u.InFlight
	for _, sum := range []struct{ of, by *Usage }{{&v.RPM, &u.RPM}, {&v.TPM, &u.TPM}, {&v.RPD, &u.RPD}} {
		sum.of.Used += sum.by.Used
	}
	if c.project.alive == 0 {
		return 0
	}
	if c.rest.verdict == Tier && c.rest.running(now) {
		v.Projects--
		return 1
	}
	v.RPM.addRows(u.RPM.Limit, 1)
	v.TPM.addRows(u.TPM.Limit, 1)
	v.RPD.addRows(u.RPD.Limit, 1)
	return 1
}

// addRows adds a limit n times; one that is not known makes the sum unknown.
func (u *Usage) addRows(limit int64, n int) {
	switch {
	case n == 0 || u.Limit < 0:
	case limit < 0:
		u.Limit = unknown
	default:
		u.Limit += limit * int64(n)
	}
}

// Explanation says who could serve a model now and, of the others, why not.
type Explanation struct {
	Model    string
	Able     int       // projects with room now
	Waiting  int       // requests in the queue
	Opens    time.Time // when the next place opens; now when there is room, zero when nobody knows
	ExitShut bool      // Google refuses our location; one request at a time tries again
	Keys     []ExplainedKey
	More     int // keys that are not listed
}

// ExplainedKey says whether one key could serve the model now.
type ExplainedKey struct {
	ID           int64
	Masked, Name string
	Able         bool
	Reason       string    // a verdict, a state, or the limit that is reached: "rpm", "tpm", "rpd"; empty when able
	Until        time.Time // zero when no time helps by itself
}

// Explain says of up to 200 keys whether they could serve the model now, or why not and until when.
func (p *Pool) Explain(model string) Explanation {
	s := p.settings()
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	e := Explanation{Model: model, ExitShut: p.exit.shut}
	p.tick(now)
	l := p.lane(model, termsOf(&s), now)
	l.advance(now, maxAlarms)
	e.Able, e.Waiting = l.normal.ready+l.spare.ready, l.queue.len
	if p.alive > 0 {
		at, _ := l.opening(&Want{Model: model}, now)
		e.Opens = max(at, p.exit.opening(now)).time()
	}
	for _, k := range p.order {
		if k.removedAt != 0 {
			continue
		}
		if len(e.Keys) == maxExplained {
			e.More++
			continue
		}
		e.Keys = append(e.Keys, l.explain(k, now))
	}
	return e
}

func (l *lane) explain(k *key, now moment) ExplainedKey {
	x := ExplainedKey{ID: k.id, Masked: k.secret.Mask(), Name: k.name}
	c := k.project.cell(l)
	state, reason := k.state(now)
	switch {
	case !k.enabled:
		x.Reason = state
	case k.dead != "":
		x.Reason = string(reason)
	case k.rest.running(now):
		x.Reason, x.Until = string(k.rest.verdict), k.rest.until.time()
	case c == nil && l.row.shut():
		x.Reason = l.row.reached(0, 0, 0)
	case c == nil:
		x.Able = true
	case k.restsFor(c, now):
		x.Reason, x.Until = string(Bare429), k.restUntil(c).time()
	case c.rest.running(now):
		x.Reason, x.Until = string(c.rest.verdict), c.rest.until.time()
	case c.room(now) < 0:
		at, _ := c.opening(now, 1)
		x.Reason, x.Until = c.limits().reached(c.window.requests, c.window.tokens, c.requests), at.time()
	default:
		x.Able = true
	}
	return x
}

// reached names the limit that is used up.
func (l limits) reached(requests, tokens, day int64) string {
	switch {
	case l.rpd >= 0 && day >= l.rpd:
		return "rpd"
	case l.rpm >= 0 && requests >= l.rpm:
		return "rpm"
	case l.tpm >= 0 && tokens >= l.tpm:
		return "tpm"
	default:
		return ""
	}
}
