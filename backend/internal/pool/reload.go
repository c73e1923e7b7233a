package pool

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Reload takes into memory what was changed in the store by another hand than the pool's: keys that are new there, what an operator may
// set of the others, and limits of projects of which nothing is known here. Requests go on meanwhile; what the pool learnt itself stays.
func (p *Pool) Reload(ctx context.Context) error {
	p.operating.Lock()
	defer p.operating.Unlock()
	if err := p.Flush(ctx); err != nil { // so that what is read is not older than what is known
		return err
	}
	kept, err := p.store.LoadPool(ctx)
	if err != nil {
		return fmt.Errorf("load the pool anew: %w", err)
	}
	slices.SortFunc(kept.Keys, func(a, b Record) int { return cmp.Compare(a.ID, b.ID) })
	for batch := range slices.Chunk(kept.Keys, importBatch) {
		p.takeRecords(batch)
	}
	p.takeLearnt(kept.Learnt)
	return nil
}

// takeRecords takes keys as they are kept now.
func (p *Pool) takeRecords(records []Record) {
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	for i := range records {
		r := &records[i]
		k := p.keys[r.ID]
		if k == nil {
			p.add(newKey(r), now)
			continue
		}
		kept := newKey(r)
		k.name, k.note, k.weight, k.enabled, k.removedAt = kept.name, kept.note, kept.weight, kept.enabled, kept.removedAt
		if kept.projectName != k.projectName || kept.source != k.source {
			k.projectName, k.source = kept.projectName, kept.source
			p.rehome(k, now)
		}
		p.touch(k, now)
	}
	slices.SortFunc(p.order, func(a, b *key) int { return cmp.Compare(a.id, b.id) }) // the new ones may have older ids
}

// takeLearnt takes limits where none is known.
func (p *Pool) takeLearnt(records []LearntRecord) {
	p.mu.Lock()
	defer p.unlock()
	now := p.now()
	for i := range records {
		r := &records[i]
		c := p.cellFor(r.Scope, r.Model, now)
		if c == nil || c.learntAt != 0 {
			continue
		}
		c.learnt, c.learntAt = fromPointers(r.RPM, r.TPM, r.RPD), momentOf(r.At)
		c.lane.refresh(c.project, now)
	}
}
