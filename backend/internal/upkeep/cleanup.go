package upkeep

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"gemini-proxy/backend/internal/audit"
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
)

const (
	cleanupFirst = 10 * time.Minute // after the start: the first checks are to come before it
	cleanupLook  = time.Minute      // how often the settings are looked at
	cleanupBatch = 500              // keys whose days are read at once
)

// Why a cleanup removes nothing at all.
const (
	BlockedExit     = "exit_shut"     // Google refuses our location: what is met with keys says nothing of them
	BlockedNoUsable = "no_usable_key" // no key works, so the fault may lie elsewhere, and none would be left
)

// Auditor keeps a note of what was changed; the store implements it.
type Auditor interface {
	AddAudit(ctx context.Context, e audit.Entry) error
}

// Cleaner removes keys that stopped working for days. They can be restored.
type Cleaner struct {
	pool     *pool.Pool
	settings func() settings.Settings
	audits   Auditor
	log      *slog.Logger

	running sync.Mutex // one run at a time

	mu      sync.Mutex
	next    time.Time // when the next run by the clock is due
	lastAt  time.Time
	removed int // by the last run
}

// NewCleaner makes a cleaner.
func NewCleaner(keys *pool.Pool, now func() settings.Settings, audits Auditor, log *slog.Logger) *Cleaner {
	return &Cleaner{pool: keys, settings: now, audits: audits, log: log, next: time.Now().Add(cleanupFirst)}
}

// Candidate is a key that does not work, and for how long.
type Candidate struct {
	Key  pool.Key
	Days []pool.KeyDayRecord // the newest in front; those that were counted as bad, and the one that ended the row
	Bad  int                 // days in a row on which it was asked often enough and nothing went well
	Left int                 // more such days until it goes; 0 when it goes with the next run
}

// Plan is what a cleanup would do.
type Plan struct {
	Remove  []Candidate // would go
	AtRisk  []Candidate // would follow, those that are nearest to it in front
	Blocked string      // why nothing is removed at all; empty when nothing stands in the way
}

// CleanupState is when the cleanup ran, and when it will.
type CleanupState struct {
	Enabled bool
	NextAt  time.Time // zero while it is off
	LastAt  time.Time // zero: not since the start
	Removed int       // by the last run
}

// State tells when the cleanup ran, and when it will.
func (c *Cleaner) State() CleanupState {
	on := c.settings().Cleanup.Enabled
	c.mu.Lock()
	defer c.mu.Unlock()
	s := CleanupState{Enabled: on, LastAt: c.lastAt, Removed: c.removed}
	if on {
		s.NextAt = c.next
	}
	return s
}

// Plan finds out what a cleanup would do now. Only keys that fail are looked at, so one that works is never removed.
func (c *Cleaner) Plan(ctx context.Context) (Plan, error) {
	rules := c.settings().Cleanup
	today := c.pool.Today()
	var plan Plan
	failing := c.pool.Select(pool.Query{State: pool.StateFailing})
	for batch := range slices.Chunk(failing, cleanupBatch) {
		history, err := c.pool.History(ctx, batch, rules.Days+1)
		if err != nil {
			return Plan{}, err
		}
		for _, id := range batch {
			key, err := c.pool.Key(id)
			if err != nil {
				return Plan{}, err
			}
			if key.State != pool.StateFailing {
				continue // it recovered meanwhile
			}
			plan.add(key, history[id], today, rules)
		}
	}
	slices.SortStableFunc(plan.AtRisk, func(a, b Candidate) int { return a.Left - b.Left })
	counts := c.pool.Counts()
	switch {
	case c.pool.ExitShut():
		plan.Blocked = BlockedExit
	case counts.Healthy+counts.Resting == 0:
		plan.Blocked = BlockedNoUsable
	}
	return plan, nil
}

func (p *Plan) add(key pool.Key, days []pool.KeyDayRecord, today string, rules settings.Cleanup) {
	bad := badDays(days, today, rules.MinChecksPerDay)
	candidate := Candidate{Key: key, Days: days, Bad: bad, Left: max(rules.Days-bad, 0)}
	switch {
	case bad >= rules.Days:
		p.Remove = append(p.Remove, candidate)
	case bad > 0:
		p.AtRisk = append(p.AtRisk, candidate)
	}
}

// badDays counts the days in a row, back from today, on which a key was asked often enough and nothing went well. Today counts once that is
// so, and ends nothing while it is too young; any other day with too little evidence ends the row, and so does any success.
func badDays(days []pool.KeyDayRecord, today string, least int) (n int) {
	expected := today
	for i := range days {
		d := &days[i]
		worked := d.Requests > d.Failures || d.Checks > d.CheckFailed
		enough := d.Requests+d.Checks >= int64(least)
		if d.Day == today && !worked && !enough {
			continue
		}
		if expected == today && d.Day != today {
			expected = dayBefore(today)
		}
		if worked || !enough || d.Day != expected {
			return n
		}
		n++
		expected = dayBefore(d.Day)
	}
	return n
}

// dayBefore gives the day before a day; a word that is none is its own.
func dayBefore(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, -1).Format(time.DateOnly)
}

// Run removes what the plan says, and gives the plan. A second run meanwhile is a fault.Conflict.
func (c *Cleaner) Run(ctx context.Context) (Plan, error) {
	if !c.running.TryLock() {
		return Plan{}, fault.New(fault.Conflict, "a cleanup is under way")
	}
	defer c.running.Unlock()
	plan, err := c.Plan(ctx)
	if err != nil {
		return Plan{}, err
	}
	if plan.Blocked != "" {
		c.ended(0)
		return plan, nil
	}
	ids := make([]int64, len(plan.Remove))
	for i := range plan.Remove {
		ids[i] = plan.Remove[i].Key.ID
	}
	yes := true
	result, err := c.pool.Bulk(ctx, ids, pool.Bulk{Removed: &yes})
	if err != nil {
		return Plan{}, fmt.Errorf("remove keys that no longer work: %w", err)
	}
	c.ended(result.Changed)
	for i := range plan.Remove {
		k := &plan.Remove[i]
		c.log.InfoContext(ctx, "key removed: it no longer works", "key_id", k.Key.ID, "key", k.Key.Masked, "days", k.Bad)
	}
	return plan, nil
}

func (c *Cleaner) ended(removed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastAt, c.removed = time.Now(), removed
	c.next = c.lastAt.Add(seconds(c.settings().Cleanup.Interval))
}

// RunCleanups runs the cleanup by the clock while it is on, until ctx ends. A change of the interval holds at once.
func (c *Cleaner) RunCleanups(ctx context.Context) error {
	tick := time.NewTicker(cleanupLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if c.due() {
				c.runByClock(ctx)
			}
		}
	}
}

// due reports whether it is time, and moves a run that is further away than the interval nearer.
func (c *Cleaner) due() bool {
	rules := c.settings().Cleanup
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if latest := now.Add(seconds(rules.Interval)); c.next.After(latest) {
		c.next = latest
	}
	return rules.Enabled && !c.next.After(now)
}

func (c *Cleaner) runByClock(ctx context.Context) {
	plan, err := c.Run(ctx)
	if err != nil {
		c.log.WarnContext(ctx, "cleanup not done; it is tried again", "error", err)
		return
	}
	if plan.Blocked != "" && len(plan.Remove) > 0 {
		c.log.WarnContext(ctx, "cleanup removed nothing", "reason", plan.Blocked, "keys", len(plan.Remove))
	}
	if plan.Blocked != "" || len(plan.Remove) == 0 {
		return
	}
	if err := c.audits.AddAudit(ctx, cleanupEntry(&plan)); err != nil {
		c.log.ErrorContext(ctx, "cleanup not noted in the audit", "error", err)
	}
}

// CleanedKeys is what the audit is told of a cleanup.
type CleanedKeys struct {
	Count   int      `json:"count"`
	Removed []string `json:"removed"` // masked, the first of them
}

// Cleaned gives what the audit is told of a plan that was carried out.
func (p *Plan) Cleaned() CleanedKeys {
	const most = 50
	cleaned := CleanedKeys{Count: len(p.Remove), Removed: []string{}}
	for i := range p.Remove[:min(len(p.Remove), most)] {
		cleaned.Removed = append(cleaned.Removed, p.Remove[i].Key.Masked)
	}
	return cleaned
}

// cleanupEntry is the audit's entry of a run by the clock. Nobody did it, so it has no address and no request.
func cleanupEntry(plan *Plan) audit.Entry {
	after, err := json.Marshal(plan.Cleaned())
	if err != nil {
		panic(fmt.Sprintf("a number and words do not encode: %v", err))
	}
	return audit.Entry{Time: time.Now(), Username: "cleanup", Action: "runCleanup", Target: "/cleanup/run", After: after}
}
