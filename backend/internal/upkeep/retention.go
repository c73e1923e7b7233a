package upkeep

import (
	"context"
	"log/slog"
	"time"

	"gemini-proxy/backend/internal/settings"
)

const (
	pruneFirst = 2 * time.Minute // after the start, which has better things to do
	pruneEvery = time.Hour
	pruneBatch = 1000 // rows deleted in one transaction, so that writers are not held up
)

// Pruner deletes old records; the store implements it.
type Pruner interface {
	// Prune deletes up to batch request rows and hourly sums older than the times given, and gives how many it deleted.
	Prune(ctx context.Context, requestsBefore, hoursBefore time.Time, batch int) (int64, error)
}

// RunRetention deletes records past the retention set by the operator, until ctx ends.
func RunRetention(ctx context.Context, store Pruner, now func() settings.Settings, log *slog.Logger) error {
	timer := time.NewTimer(pruneFirst)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			prune(ctx, store, now(), log)
			timer.Reset(pruneEvery)
		}
	}
}

func prune(ctx context.Context, store Pruner, s settings.Settings, log *slog.Logger) {
	var total int64
	at := time.Now()
	for ctx.Err() == nil {
		n, err := store.Prune(ctx, at.Add(-seconds(s.LogRetention)), at.Add(-seconds(s.UsageRetention)), pruneBatch)
		total += n
		if err != nil {
			log.WarnContext(ctx, "old records not deleted", "error", err)
			return
		}
		if n == 0 {
			break
		}
	}
	if total > 0 {
		log.InfoContext(ctx, "old records deleted", "rows", total)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
