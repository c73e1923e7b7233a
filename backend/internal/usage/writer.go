package usage

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// writer is the one goroutine that talks to the store.
type writer struct {
	*Recorder
	room  []Event // what batch lies in
	batch []Event // collected and not yet written
}

// collect waits for a first event, then for more: until the batch is full, a second has passed, or ctx ends.
func (w *writer) collect(ctx context.Context) {
	if len(w.batch) == 0 {
		select {
		case e := <-w.queue:
			w.batch = append(w.batch, e)
		case <-ctx.Done():
			return
		}
	}
	full := time.NewTimer(batchWait)
	defer full.Stop()
	for len(w.batch) < batchSize {
		select {
		case e := <-w.queue:
			w.batch = append(w.batch, e)
		case <-full.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// take fills the batch with what is queued, without waiting.
func (w *writer) take() {
	for len(w.batch) < batchSize {
		select {
		case e := <-w.queue:
			w.batch = append(w.batch, e)
		default:
			return
		}
	}
}

// write saves the batch, again and again while the store is away. What is left of it when ctx ends stays in the batch. A note that
// the store refuses is found by halves, so that it costs itself alone.
func (w *writer) write(ctx context.Context) {
	size, pause := batchSize, firstRetry
	for len(w.batch) > 0 && ctx.Err() == nil {
		part := w.batch[:min(size, len(w.batch))]
		err := w.save(ctx, part)
		switch {
		case err == nil:
			w.batch, pause = w.batch[len(part):], firstRetry
		case isAway(err):
			w.log.WarnContext(ctx, "usage notes not written, trying again", "notes", len(w.batch), "queued", w.Queued(), "dropped", w.Dropped(), "pause", pause, "error", err)
			sleep(ctx, pause/2+rand.N(pause/2)) //nolint:gosec // G404: spreads retries, guards nothing
			pause = min(2*pause, longestRetry)
		case len(part) > 1:
			size = len(part) / 2
		default:
			w.dropped.Add(1)
			w.log.ErrorContext(ctx, "a usage note was refused and is dropped", "request_id", part[0].RequestID, "error", err)
			w.batch, size = w.batch[1:], batchSize
		}
	}
	if len(w.batch) == 0 {
		clear(w.room) // let go of the attempts
		w.batch = w.room[:0]
	}
}

// save writes once. A write under way is not broken off when the server stops: it may have been kept, and would be kept twice.
func (w *writer) save(ctx context.Context, events []Event) error {
	limit := time.Now().Add(saveLimit)
	if end, bounded := ctx.Deadline(); bounded && end.Before(limit) {
		limit = end
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), limit)
	defer cancel()
	return w.store.SaveEvents(ctx, events)
}

// isAway reports whether trying again later can help.
func isAway(err error) bool {
	return fault.Is(err, fault.Unavailable) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// sleep waits, or returns early when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
