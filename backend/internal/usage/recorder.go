package usage

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// Sizes and times of the way from a request to the database.
const (
	queueSize    = 8192             // events that may wait
	batchSize    = 500              // events written at once
	batchWait    = time.Second      // the longest an event waits for others to be written with
	saveLimit    = 10 * time.Second // for one write
	firstRetry   = 500 * time.Millisecond
	longestRetry = 30 * time.Second
	flushLimit   = 10 * time.Second // for everything that waits when the server stops, beyond a write under way
)

// Recorder takes notes of requests and writes them behind. Its methods are safe for concurrent use.
type Recorder struct {
	store   Store
	log     *slog.Logger
	queue   chan Event
	dropped atomic.Int64
	counts  counts
	watches []func(*Event)
}

// NewRecorder makes a recorder. Events are kept in its queue until Run writes them.
func NewRecorder(store Store, log *slog.Logger) *Recorder {
	r := &Recorder{store: store, log: log, queue: make(chan Event, queueSize)}
	r.counts.since = time.Now()
	return r
}

// Record takes a note. It never blocks: when the queue is full the note is dropped and counted. The event's attempts belong to the
// recorder afterwards.
func (r *Recorder) Record(e Event) {
	r.counts.add(&e)
	for _, see := range r.watches {
		see(&e)
	}
	select {
	case r.queue <- e:
	default:
		r.dropped.Add(1)
	}
}

// Watch has a function see every event as it is recorded, on its request's goroutine: it must be quick and keep nothing of it. It is to be
// called before the first Record.
func (r *Recorder) Watch(see func(*Event)) { r.watches = append(r.watches, see) }

// Dropped gives how many notes were lost since the start: to a full queue, or to a store that would not have them.
func (r *Recorder) Dropped() int64 { return r.dropped.Load() }

// Queued gives how many notes wait to be written.
func (r *Recorder) Queued() int { return len(r.queue) }

// Run writes the notes in batches until ctx ends, then what is still queued, within about ten seconds. A note is
// written at least once: a store that kept a batch and broke off before saying so is given it again. While the store is away a batch is
// tried again and the others wait in the queue. It gives nil, or how many notes had to be left when it ended.
func (r *Recorder) Run(ctx context.Context) error {
	room := make([]Event, batchSize)
	w := writer{Recorder: r, room: room, batch: room[:0]}
	for ctx.Err() == nil {
		w.collect(ctx)
		w.write(ctx)
	}
	// ctx has ended, so the last flush needs a life of its own.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushLimit)
	defer cancel()
	for last.Err() == nil {
		w.take()
		if len(w.batch) == 0 {
			return nil
		}
		w.write(last)
	}
	left := len(w.batch) + len(r.queue)
	r.dropped.Add(int64(left))
	return fault.New(fault.Unavailable, "%d usage notes could not be written before the end", left)
}
