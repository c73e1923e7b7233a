package pool

import (
	"context"
	"fmt"
	"time"
)

const (
	writeEvery   = 3 * time.Second
	maxWriteWait = time.Minute     // between tries while the store is away
	lastWrite    = 5 * time.Second // for the flush when the server stops
	sweepEvery   = time.Minute
	batchSize    = 2_000 // records of a kind in one write
)

// Run writes what changed behind the requests, every few seconds, until ctx ends; then once more. While the store is away the
// changes are kept and tried again, more and more slowly.
func (p *Pool) Run(ctx context.Context) error {
	wait := writeEvery
	timer := time.NewTimer(wait)
	defer timer.Stop()
	sweeper := time.NewTicker(sweepEvery)
	defer sweeper.Stop()
	for {
		select {
		case <-ctx.Done():
			return p.flushLast(ctx)
		case <-sweeper.C:
			p.sweep()
		case <-timer.C:
			err := p.Flush(ctx)
			switch {
			case err == nil:
				wait = writeEvery
			case ctx.Err() == nil:
				p.log.WarnContext(ctx, "cannot write the state of the pool; it is kept and tried again", "error", err, "next_try_in", min(2*wait, maxWriteWait))
				wait = min(2*wait, maxWriteWait)
			}
			timer.Reset(wait)
		}
	}
}

// flushLast writes once more, though ctx has ended.
func (p *Pool) flushLast(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
	return p.Flush(ctx)
}

// Flush writes all that changed since the last write. What the store refuses is kept for the next.
func (p *Pool) Flush(ctx context.Context) error {
	p.flushing.Lock()
	defer p.flushing.Unlock()
	for {
		p.mu.Lock()
		b := p.dirty.take(p.calendar.on(p.now()).name)
		p.unlock()
		if b == nil {
			return nil
		}
		if err := p.store.SavePool(ctx, &b.changes); err != nil {
			p.mu.Lock()
			p.dirty.giveBack(b)
			p.unlock()
			return fmt.Errorf("save what changed in the pool: %w", err)
		}
	}
}

// dirty is what changed since it was last written. Most is named only, and read when it is written.
type dirty struct {
	health   []*key
	keyDays  []*key
	projects []*key
	days     []*cell
	learnt   []*cell
	rests    map[restID]RestRecord

	closedDays    []DayRecord    // of days that are over, or of ledgers that are gone
	closedKeyDays []KeyDayRecord // of days that are over
}

// restID is the identity under which a rest is kept.
type restID struct{ scope, model string }

func (d *dirty) addHealth(k *key) {
	if !k.dirtyHealth {
		k.dirtyHealth = true
		d.health = append(d.health, k)
	}
}

func (d *dirty) addKeyDay(k *key) {
	if !k.dirtyDay {
		k.dirtyDay = true
		d.keyDays = append(d.keyDays, k)
	}
}

func (d *dirty) addProject(k *key) {
	if !k.dirtyProject {
		k.dirtyProject = true
		d.projects = append(d.projects, k)
	}
}

func (d *dirty) addDay(c *cell) {
	if !c.dirtyDay {
		c.dirtyDay = true
		d.days = append(d.days, c)
	}
}

func (d *dirty) addLearnt(c *cell) {
	if !c.dirtyLearnt {
		c.dirtyLearnt = true
		d.learnt = append(d.learnt, c)
	}
}

// addRest notes a rest as it stands; an empty one deletes what is kept.
func (d *dirty) addRest(scope, model string, r rest) {
	if d.rests == nil {
		d.rests = map[restID]RestRecord{}
	}
	record := RestRecord{Scope: scope, Model: model}
	if r.verdict != "" {
		record.Verdict, record.Strikes = string(r.verdict), r.strikes
		record.Since, record.Until = r.since.time(), r.until.time()
	}
	d.rests[restID{scope, model}] = record
}

// flushDay keeps a ledger's unwritten counts although the ledger goes.
func (d *dirty) flushDay(c *cell) {
	if c.dirtyDay {
		d.closedDays = append(d.closedDays, c.dayRecord())
	}
}

// closeCell writes the counts of a ledger that was merged into another as nothing.
func (d *dirty) closeCell(c *cell) {
	record := c.dayRecord()
	record.Requests, record.Tokens = 0, 0
	d.closedDays = append(d.closedDays, record)
	c.requests, c.tokens = 0, 0
}

// closeDay keeps a ledger's unwritten counts of a day that is over.
func (p *Pool) closeDay(c *cell) {
	if c.dirtyDay {
		p.dirty.closedDays = append(p.dirty.closedDays, c.dayRecord())
	}
}

// closeKeyDay keeps a key's unwritten counts of a day that is over.
func (d *dirty) closeKeyDay(k *key) {
	if k.dirtyDay && k.today.day != "" {
		d.closedKeyDays = append(d.closedKeyDays, k.dayRecord())
	}
}

// batch is one write, and what it was read from.
type batch struct {
	changes Changes

	health, keyDays, projects []*key
	days, learnt              []*cell
	closedDays                []DayRecord
	closedKeyDays             []KeyDayRecord
}

// take gives up to batchSize changes of each kind; nil when there are none.
func (d *dirty) take(today string) *batch {
	b := &batch{
		health: cut(&d.health), keyDays: cut(&d.keyDays), projects: cut(&d.projects),
		days: cut(&d.days), learnt: cut(&d.learnt),
		closedDays: cut(&d.closedDays), closedKeyDays: cut(&d.closedKeyDays),
	}
	c := &b.changes
	for _, k := range b.health {
		k.dirtyHealth = false
		c.Health = append(c.Health, k.healthRecord())
	}
	c.KeyDays = append(c.KeyDays, b.closedKeyDays...)
	for _, k := range b.keyDays {
		k.dirtyDay = false
		c.KeyDays = append(c.KeyDays, k.dayRecord())
	}
	for _, k := range b.projects {
		k.dirtyProject = false
		c.Projects = append(c.Projects, k.record())
	}
	c.Days = append(c.Days, b.closedDays...)
	for _, x := range b.days {
		x.dirtyDay = false
		if x.day == today && x.movedTo == nil {
			c.Days = append(c.Days, x.dayRecord())
		}
	}
	for _, x := range b.learnt {
		x.dirtyLearnt = false
		if x.movedTo == nil {
			c.Learnt = append(c.Learnt, x.learntRecord())
		}
	}
	for id, r := range d.rests {
		if len(c.Rests) >= batchSize {
			break
		}
		c.Rests = append(c.Rests, r)
		delete(d.rests, id)
	}
	if len(c.Health)+len(c.KeyDays)+len(c.Projects)+len(c.Days)+len(c.Learnt)+len(c.Rests) == 0 {
		return nil
	}
	return b
}

// cut takes up to batchSize items off a list.
func cut[T any](list *[]T) []T {
	n := min(len(*list), batchSize)
	taken := (*list)[:n:n]
	if *list = (*list)[n:]; len(*list) == 0 {
		*list = nil
	}
	return taken
}

// giveBack takes back a batch that could not be written. A rest that changed since is newer than the batch's.
func (d *dirty) giveBack(b *batch) {
	for _, k := range b.health {
		d.addHealth(k)
	}
	for _, k := range b.keyDays {
		d.addKeyDay(k)
	}
	for _, k := range b.projects {
		d.addProject(k)
	}
	for _, c := range b.days {
		d.addDay(c)
	}
	for _, c := range b.learnt {
		d.addLearnt(c)
	}
	d.closedDays = append(b.closedDays, d.closedDays...)
	d.closedKeyDays = append(b.closedKeyDays, d.closedKeyDays...)
	for _, r := range b.changes.Rests {
		id := restID{r.Scope, r.Model}
		if _, newer := d.rests[id]; newer {
			continue
		}
		if d.rests == nil {
			d.rests = map[restID]RestRecord{}
		}
		d.rests[id] = r
	}
}
