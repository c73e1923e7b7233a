package pool

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// The states of a key as an operator sees it. The first that fits is told, in this order: removed, disabled, failing (dead,
// misconfigured, or too many failures in a row), resting (at least one rest runs, its project's included), unknown, healthy.
const (
	StateHealthy  = "healthy"
	StateResting  = "resting"
	StateFailing  = "failing"
	StateUnknown  = "unknown"
	StateDisabled = "disabled"
	StateRemoved  = "removed"
)

// Key is a Gemini key as an operator sees it. Zero times are "never".
type Key struct {
	ID                  int64
	Masked              string
	Name, Note          string
	Project             string // empty when not known
	ProjectSource       string
	Weight              int
	Enabled             bool
	State               string
	Reason              Verdict // why it is failing or resting; empty otherwise
	Rests               []Rest  // that run, the one that ends first in front
	RequestsToday       int64
	FailuresToday       int64
	InFlight            int
	Samples             int64         // what the averages rest on; 0 is none yet
	SuccessRate         float64       // moving, 0–1
	Latency             time.Duration // moving, to the first part
	ConsecutiveFailures int
	LastUsedAt          time.Time
	LastCheckAt         time.Time
	NextProbeAt         time.Time
	LastError           *LastError
	CreatedAt           time.Time
	RemovedAt           time.Time
}

// Rest is a rest that runs.
type Rest struct {
	Model        string // empty: every model
	Reason       Verdict
	Since, Until time.Time
	Project      bool // it is the project's; else the key's own
}

// Counts is how many keys are in each state; All leaves removed keys out.
type Counts struct {
	All, Healthy, Resting, Failing, Unknown, Disabled, Removed int
}

// scanned is how many keys are looked at before others may have the lock.
const scanned = 2_048

// scan visits every key, giving the lock back now and then.
func (p *Pool) scan(visit func(k *key, now moment)) {
	for from := 0; ; from += scanned {
		p.mu.Lock()
		now := p.now()
		upTo := min(from+scanned, len(p.order))
		for _, k := range p.order[min(from, upTo):upTo] {
			visit(k, now)
		}
		done := upTo == len(p.order)
		p.unlock()
		if done {
			return
		}
	}
}

// state tells a key's state and why.
func (k *key) state(now moment) (state string, reason Verdict) {
	switch {
	case k.removedAt != 0:
		return StateRemoved, ""
	case !k.enabled:
		return StateDisabled, ""
	case k.dead != "":
		return StateFailing, k.dead
	case k.rest.verdict == MisconfiguredKey && k.rest.running(now):
		return StateFailing, MisconfiguredKey
	case k.ill:
		return StateFailing, k.lastError.Verdict
	}
	first := never
	k.eachRest(now, func(_ string, r *rest, _ bool) {
		if r.until < first {
			first, reason = r.until, r.verdict
		}
	})
	switch {
	case first != never:
		return StateResting, reason
	case !k.known:
		return StateUnknown, ""
	default:
		return StateHealthy, ""
	}
}

// eachRest visits the rests that keep the key from serving.
func (k *key) eachRest(now moment, visit func(model string, r *rest, ofProject bool)) {
	if k.rest.running(now) {
		visit("", &k.rest, false)
	}
	for _, c := range k.project.cells {
		if c.rest.running(now) {
			visit(c.lane.model, &c.rest, k.project.name != "")
		}
		for i := range c.keyRests {
			if c.keyRests[i].key == k && c.keyRests[i].running(now) {
				visit(c.lane.model, &c.keyRests[i].rest, false)
			}
		}
	}
}

// view gives a key as an operator sees it.
func (p *Pool) view(k *key, now moment) Key {
	v := Key{
		ID: k.id, Masked: k.secret.Mask(), Name: k.name, Note: k.note, Project: k.projectName, ProjectSource: k.source,
		Weight: k.weight, Enabled: k.enabled, InFlight: int(k.inFlight),
		Samples: k.samples, SuccessRate: k.success, Latency: time.Duration(k.seconds * float64(time.Second)),
		ConsecutiveFailures: k.failures, LastUsedAt: k.usedAt.time(), LastCheckAt: k.checkedAt.time(), NextProbeAt: k.nextProbe.time(),
		CreatedAt: k.createdAt.time(), RemovedAt: k.removedAt.time(),
	}
	v.State, v.Reason = k.state(now)
	v.RequestsToday, v.FailuresToday = p.countsToday(k, now)
	if k.lastError.Verdict != "" {
		last := k.lastError
		v.LastError = &last
	}
	k.eachRest(now, func(model string, r *rest, ofProject bool) {
		v.Rests = append(v.Rests, Rest{Model: model, Reason: r.verdict, Since: r.since.time(), Until: r.until.time(), Project: ofProject})
	})
	slices.SortStableFunc(v.Rests, func(a, b Rest) int { return a.Until.Compare(b.Until) })
	return v
}

func (p *Pool) countsToday(k *key, now moment) (requests, failures int64) {
	if k.today.day != p.calendar.on(now).name {
		return 0, 0
	}
	return k.today.requests, k.today.failures
}

// Key gives one key; fault.NotFound when there is none. Removed keys are given too.
func (p *Pool) Key(id int64) (Key, error) {
	p.mu.Lock()
	defer p.unlock()
	k := p.keys[id]
	if k == nil {
		return Key{}, noSuchKey(id)
	}
	return p.view(k, p.now()), nil
}

// Counts gives how many keys are in each state.
func (p *Pool) Counts() Counts {
	var c Counts
	p.scan(func(k *key, now moment) {
		state, _ := k.state(now)
		c.add(state)
	})
	return c
}

// FirstBack tells when the first rest of a resting key is over; the zero time where none rests.
func (p *Pool) FirstBack() time.Time {
	first := never
	p.scan(func(k *key, now moment) {
		if state, _ := k.state(now); state != StateResting {
			return
		}
		k.eachRest(now, func(_ string, r *rest, _ bool) { first = min(first, r.until) })
	})
	return first.time()
}

func (c *Counts) add(state string) {
	if state != StateRemoved {
		c.All++
	}
	switch state {
	case StateHealthy:
		c.Healthy++
	case StateResting:
		c.Resting++
	case StateFailing:
		c.Failing++
	case StateUnknown:
		c.Unknown++
	case StateDisabled:
		c.Disabled++
	case StateRemoved:
		c.Removed++
	}
}

// Query chooses keys for a list.
type Query struct {
	Page     int    // from 1
	PageSize int    // 1–200; 0 is 50
	Sort     string // id, name, project, state, requests_today, success_rate, latency_seconds, last_used_at, weight, created_at or removed_at; "-" in front turns it round
	Q        string // part of the name, note, project or mask, in any case
	State    string // only keys in this state; removed keys only on demand
	Project  string // only keys of this project
}

const (
	maxPage     = 200
	defaultPage = 50
)

// row is what a list is sorted by.
type row struct {
	key    *key
	text   string
	number float64
}

// Keys lists keys: those of the page, how many match in all, and how many keys are in each state whatever the query.
func (p *Pool) Keys(q Query) (items []Key, total int, counts Counts, err error) {
	by, down := strings.CutPrefix(cmp.Or(q.Sort, "id"), "-")
	order := sortField(by)
	if order == nil {
		return nil, 0, Counts{}, fault.Field("sort", "must be one of id, name, project, state, requests_today, success_rate, latency_seconds, last_used_at, weight, created_at, removed_at")
	}
	q = q.lowered()
	var rows []row
	p.scan(func(k *key, now moment) {
		state, _ := k.state(now)
		counts.add(state)
		if !k.matches(&q, state) {
			return
		}
		r := row{key: k}
		order(p, &r, state, now)
		rows = append(rows, r)
	})
	slices.SortStableFunc(rows, func(a, b row) int {
		c := cmp.Or(compareNatural(a.text, b.text), cmp.Compare(a.number, b.number))
		if down {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a.key.id, b.key.id))
	})
	size := q.PageSize
	if size == 0 {
		size = defaultPage
	}
	size = min(max(size, 1), maxPage)
	from := min((max(q.Page, 1)-1)*size, len(rows))
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	for _, r := range rows[from:min(from+size, len(rows))] {
		items = append(items, p.view(r.key, now))
	}
	return items, len(rows), counts, nil
}

// lowered gives the query as matches wants it.
func (q Query) lowered() Query {
	q.Q = strings.ToLower(q.Q)
	return q
}

func (k *key) matches(q *Query, state string) bool {
	if q.State != "" && state != q.State || q.State == "" && state == StateRemoved {
		return false
	}
	if q.Project != "" && k.projectName != q.Project {
		return false
	}
	if q.Q == "" {
		return true
	}
	for _, text := range []string{k.name, k.note, k.projectName, k.secret.Mask()} {
		if strings.Contains(strings.ToLower(text), q.Q) {
			return true
		}
	}
	return false
}

// sortField gives what fills a row for sorting; nil for a name that is none.
func sortField(name string) func(p *Pool, r *row, state string, now moment) {
	number := func(of func(k *key) float64) func(*Pool, *row, string, moment) {
		return func(_ *Pool, r *row, _ string, _ moment) { r.number = of(r.key) }
	}
	switch name {
	case "id":
		return number(func(k *key) float64 { return float64(k.id) })
	case "name":
		return func(_ *Pool, r *row, _ string, _ moment) { r.text = strings.ToLower(r.key.name) }
	case "project":
		return func(_ *Pool, r *row, _ string, _ moment) {
			r.text = cmp.Or(strings.ToLower(r.key.projectName), "\xff") // what has none comes after all others
		}
	case "state":
		return func(_ *Pool, r *row, state string, _ moment) { r.text = state }
	case "requests_today":
		return func(p *Pool, r *row, _ string, now moment) {
			requests, _ := p.countsToday(r.key, now)
			r.number = float64(requests)
		}
	case "success_rate":
		return number(func(k *key) float64 { return k.success })
	case "latency_seconds":
		return number(func(k *key) float64 { return k.seconds })
	case "last_used_at":
		return number(func(k *key) float64 { return float64(k.usedAt) })
	case "weight":
		return number(func(k *key) float64 { return float64(k.weight) })
	case "created_at":
		return number(func(k *key) float64 { return float64(k.createdAt) })
	case "removed_at":
		return number(func(k *key) float64 { return float64(k.removedAt) })
	default:
		return nil
	}
}
