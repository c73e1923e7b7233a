package pulse

import (
	"context"
	"slices"
	"sync"
)

// Watcher is one watch. A slow one misses counters, of which only the latest is of use, but never a change.
type Watcher struct {
	pulse *Pulse
	owner string
	wake  chan struct{} // holds a token when there is something to tell

	mu      sync.Mutex
	latest  *Counters
	changed []string // each once
}

// News is what a watcher has not been told yet.
type News struct {
	Counters *Counters // nil when there are no new ones
	Changed  []string
}

// Next waits for news. It gives ok false when the pulse was closed, and an error when ctx ended.
func (w *Watcher) Next(ctx context.Context) (n News, ok bool, err error) {
	select {
	case <-w.pulse.closed: // before news, of which there is always some
		return News{}, false, nil
	default:
	}
	select {
	case <-w.wake:
		return w.take(), true, nil
	case <-w.pulse.closed:
		return News{}, false, nil
	case <-ctx.Done():
		return News{}, false, ctx.Err()
	}
}

// End ends the watch.
func (w *Watcher) End() {
	w.pulse.mu.Lock()
	defer w.pulse.mu.Unlock()
	delete(w.pulse.watchers, w)
}

func (w *Watcher) take() News {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := News{Counters: w.latest, Changed: w.changed}
	w.latest, w.changed = nil, nil
	return n
}

func (w *Watcher) see(c Counters) {
	w.mu.Lock()
	w.latest = &c
	w.mu.Unlock()
	w.nudge()
}

func (w *Watcher) change(what string) {
	w.mu.Lock()
	if !slices.Contains(w.changed, what) {
		w.changed = append(w.changed, what)
	}
	w.mu.Unlock()
	w.nudge()
}

func (w *Watcher) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
