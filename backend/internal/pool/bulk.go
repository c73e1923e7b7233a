package pool

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// Bulk is one change of many keys; nil leaves a field as it is. Removed keys are only restored, everything else passes them over.
type Bulk struct {
	Enabled *bool
	Removed *bool // true removes, false restores
	Weight  *int
	Project *string // empty says that it is not known
}

// BulkResult tells what came of a bulk.
type BulkResult struct {
	Matched int // keys that were chosen
	Changed int // of them, those that were not so before
}

const (
	bulkBatch = 1_000 // keys in one write, so that nobody else waits long for the store
	bulkApply = 128   // keys changed before others may have the lock
)

// Select gives the ids of the keys that a query chooses, whatever its page: by id.
func (p *Pool) Select(q Query) []int64 {
	q = q.lowered()
	ids := []int64{}
	p.scan(func(k *key, now moment) {
		if state, _ := k.state(now); k.matches(&q, state) {
			ids = append(ids, k.id)
		}
	})
	return ids
}

// Bulk changes many keys, a thousand at a time: each thousand is kept in the store and then in use, or neither. What was changed before an
// error stays changed, and is told with it. Ids nobody has are passed over.
func (p *Pool) Bulk(ctx context.Context, ids []int64, b Bulk) (BulkResult, error) {
	if err := checkFields(nil, nil, b.Project, b.Weight); err != nil {
		return BulkResult{}, err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var result BulkResult
	for batch := range slices.Chunk(ids, bulkBatch) {
		if err := context.Cause(ctx); err != nil {
			return result, fault.Wrap(fault.Canceled, err, "the request ended after %d keys were changed", result.Changed)
		}
		if err := p.bulk(ctx, batch, &b, &result); err != nil {
			return result, err
		}
	}
	return result, nil
}

func (p *Pool) bulk(ctx context.Context, ids []int64, b *Bulk, result *BulkResult) error {
	p.operating.Lock()
	defer p.operating.Unlock()
	var before, after []Record
	p.mu.Lock()
	now := p.now()
	for _, id := range ids {
		k := p.keys[id]
		if k == nil {
			continue
		}
		result.Matched++
		was := k.record()
		is := was
		if b.apply(&is, now.time()) {
			before, after = append(before, was), append(after, is)
		}
	}
	p.unlock()
	if len(after) == 0 {
		return nil
	}
	if err := p.store.UpdateKeys(ctx, after); err != nil {
		return fmt.Errorf("keep the change of %d keys, after %d were changed: %w", len(after), result.Changed, err)
	}
	for from := 0; from < len(after); from += bulkApply {
		upTo := min(from+bulkApply, len(after))
		p.mu.Lock()
		now := p.now()
		for i := from; i < upTo; i++ {
			p.take(p.keys[after[i].ID], &before[i], &after[i], now)
		}
		p.unlock()
	}
	result.Changed += len(after)
	return nil
}

// apply changes a record and reports whether it was not so before.
func (b *Bulk) apply(r *Record, now time.Time) bool {
	was := *r
	if b.Removed != nil && *b.Removed != !r.RemovedAt.IsZero() {
		r.RemovedAt = time.Time{}
		if *b.Removed {
			r.RemovedAt = now
		}
	}
	if !was.RemovedAt.IsZero() {
		return *r != was
	}
	set(&r.Enabled, b.Enabled)
	set(&r.Weight, b.Weight)
	if b.Project != nil {
		r.setProject(*b.Project)
	}
	return *r != was
}

// setProject takes an operator's word on the project.
func (r *Record) setProject(name string) {
	r.Project, r.ProjectSource = name, SourceOperator
	if name == "" {
		r.ProjectSource = SourceUnknown
	}
}

// Checkable gives the ids of the keys that a check can tell something of: those that are enabled.
func (p *Pool) Checkable() []int64 {
	ids := []int64{}
	p.scan(func(k *key, _ moment) {
		if k.enabled && k.removedAt == 0 {
			ids = append(ids, k.id)
		}
	})
	return ids
}
