package holding

import (
	"context"
	"time"
)

const (
	retryEvery = 5 * time.Second
	sweepEvery = time.Hour
	sweepBatch = 1000           // rows deleted at once, so that writers are not held up
	keptAfter  = 24 * time.Hour // an expired thing's record, for clocks that differ
)

// Run writes what could not be written when it was made and deletes what expired, until ctx ends; then it writes what is left.
func (b *Book) Run(ctx context.Context) error {
	retry, sweep := time.NewTicker(retryEvery), time.NewTicker(sweepEvery)
	defer retry.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			b.saveLast(ctx)
			return nil
		case <-retry.C:
			if err := b.save(ctx); err != nil {
				b.log.DebugContext(ctx, "what Google holds not noted yet", "error", err)
			}
		case <-sweep.C:
			b.sweep(ctx)
		}
	}
}

// saveLast writes what is left when the server stops.
func (b *Book) saveLast(ctx context.Context) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	if err := b.save(limited); err != nil {
		b.log.WarnContext(ctx, "what Google holds not noted", "error", err)
	}
}

// sweep deletes what expired, from memory and from the store.
func (b *Book) sweep(ctx context.Context) {
	now := time.Now()
	b.mu.Lock()
	for id, r := range b.known {
		if r.expired(now) {
			delete(b.known, id)
		}
	}
	b.mu.Unlock()
	for ctx.Err() == nil {
		n, err := b.store.PruneHoldings(ctx, now.Add(-keptAfter), sweepBatch)
		if err != nil {
			b.log.WarnContext(ctx, "expired holdings not deleted", "error", err)
			return
		}
		if n < sweepBatch {
			return
		}
	}
}
