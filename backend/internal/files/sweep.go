package files

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/fault"
)

const (
	sweepFirst = 20 * time.Second // after the start, which has better things to do
	sweepEvery = 10 * time.Minute
	sweepBatch = 100
	cutAfter   = 15 * time.Minute // nothing came of an upload in one request: whoever took it is gone
	idleAfter  = 24 * time.Hour   // nothing came of one in several
)

// Run deletes what has expired and what uploads left behind, until ctx ends.
func (f *Files) Run(ctx context.Context) error {
	timer := time.NewTimer(sweepFirst)
	defer timer.Stop()
	defer f.flights.flying.Wait() // the requests that waited for copies have ended before
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			if n, err := f.Sweep(ctx); err != nil {
				f.Log.WarnContext(ctx, "expired files not deleted", "error", err)
			} else if n > 0 {
				f.Log.InfoContext(ctx, "files deleted that expired or were not uploaded to their end", "files", n)
			}
			timer.Reset(sweepEvery)
		}
	}
}

// Sweep deletes files that expired and uploads that were left, and gives their number.
func (f *Files) Sweep(ctx context.Context) (int, error) {
	swept := 0
	for ctx.Err() == nil {
		now := f.Now()
		dead, err := f.Store.DeadFiles(ctx, Borders{Now: now, Cut: now.Add(-cutAfter), Idle: now.Add(-idleAfter), Limit: sweepBatch})
		if err != nil {
			return swept, err
		}
		for i := range dead {
			if dead[i].State != Deleted {
				if err := f.Store.HideFile(ctx, dead[i].ID); err != nil && !fault.Is(err, fault.NotFound) {
					return swept, err
				}
			}
			f.index.forget(dead[i].ID)
			f.dropCopies(ctx, dead[i].ID)
			if err := f.Store.PurgeFile(ctx, dead[i].ID); err != nil {
				return swept, err
			}
			swept++
		}
		if len(dead) < sweepBatch {
			break
		}
	}
	return swept, f.recount(ctx)
}
