package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"gemini-proxy/backend/internal/fault"
)

// Live is the settings in force. Reading them is one atomic load; what is published is always valid.
type Live struct {
	store   Store
	log     *slog.Logger
	current atomic.Pointer[edition]

	change   sync.Mutex // held through a change, so that changes and what watchers see are in one order
	watchers []*watcher
}

// edition is the settings with the version they are kept under.
type edition struct {
	settings Settings
	version  int64
}

type watcher struct{ changed func(Settings) }

// Load reads the settings that were kept. A document that is not readable, or a setting in it that may not be so, is logged and
// counts as its default: what was written by another version never keeps the server from starting. An error is the store's.
func Load(ctx context.Context, store Store, log *slog.Logger) (*Live, error) {
	l := &Live{store: store, log: log}
	if err := l.reload(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Reload reads the settings anew, after they were changed in the store by another hand, and puts them in force.
func (l *Live) Reload(ctx context.Context) error {
	l.change.Lock()
	defer l.change.Unlock()
	return l.reload(ctx)
}

// reload publishes what the store keeps.
func (l *Live) reload(ctx context.Context) error {
	document, version, err := l.store.LoadSettings(ctx)
	if err != nil {
		return fmt.Errorf("load settings: %w", err)
	}
	kept := Default()
	if document != nil {
		var faults Faults
		kept, faults = merge(kept, document)
		for _, f := range faults {
			l.log.WarnContext(ctx, "a kept setting is not usable, its default counts", "setting", f.Field, "reason", f.Message)
		}
	}
	l.publish(edition{kept, version})
	return nil
}

// Now gives the settings in force.
func (l *Live) Now() Settings { return l.current.Load().settings }

// Versioned gives the settings in force and their version: 0 until they are first changed, then one more for each change.
func (l *Live) Versioned() (Settings, int64) {
	e := l.current.Load()
	return e.settings, e.version
}

// maxTries is how often a change is tried anew on top of another process's.
const maxTries = 4

// Update applies a JSON merge patch (RFC 7396; null means the default), keeps the result and publishes it, and gives it with its
// version. Everything wrong with the patch is in one Faults. With ifVersion, a fault.Precondition with the code version_conflict
// says that the settings are at another version by now.
func (l *Live) Update(ctx context.Context, patch json.RawMessage, ifVersion *int64) (Settings, int64, error) {
	l.change.Lock()
	defer l.change.Unlock()
	for range maxTries {
		now, version := l.Versioned()
		if ifVersion != nil && *ifVersion != version {
			return now, version, conflict(version)
		}
		next, faults := merge(now, patch)
		if len(faults) > 0 {
			return now, version, faults
		}
		document, err := json.Marshal(next)
		if err != nil {
			return now, version, fmt.Errorf("encode settings: %w", err)
		}
		saved, err := l.store.SaveSettings(ctx, document, version)
		switch {
		case err == nil:
			l.publish(edition{next, saved})
			return next, saved, nil
		case !fault.Is(err, fault.Precondition):
			return now, version, fmt.Errorf("save settings: %w", err)
		}
		// Another process on the same database was first: go on from what it kept.
		if err := l.reload(ctx); err != nil {
			return now, version, err
		}
	}
	now, version := l.Versioned()
	return now, version, conflict(version)
}

func conflict(version int64) error {
	return fault.New(fault.Precondition, "the settings have changed meanwhile, they are at version %d", version).WithCode("version_conflict")
}

// publish puts an edition in force and tells the watchers. Only Load and the holder of change call it.
func (l *Live) publish(e edition) {
	l.current.Store(&e)
	for _, w := range l.watchers {
		w.changed(e.settings)
	}
}

// Watch has changed called after each change of the settings, one at a time and in order, until stop is called. It must return
// soon, and may read but not change the settings.
func (l *Live) Watch(changed func(Settings)) (stop func()) {
	w := &watcher{changed}
	l.change.Lock()
	defer l.change.Unlock()
	l.watchers = append(l.watchers, w)
	return func() {
		l.change.Lock()
		defer l.change.Unlock()
		l.watchers = slices.DeleteFunc(l.watchers, func(other *watcher) bool { return other == w })
	}
}
