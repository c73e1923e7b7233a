package thought

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// How records are written behind.
const (
	saveEvery   = 3 * time.Second
	expireEvery = 30 * time.Minute
	saveLimit   = 10 * time.Second // for one write, and for the last
	maxUnsaved  = 10_000           // while the store is away; what comes beyond is kept in memory alone
)

// Run writes new records every few seconds and lets old ones go, until ctx ends; then it writes what is left. It gives nil, or how many
// records could not be written at the end.
func (m *Memory) Run(ctx context.Context) error {
	saves, expiry := time.NewTicker(saveEvery), time.NewTicker(expireEvery)
	defer saves.Stop()
	defer expiry.Stop()
	for {
		select {
		case <-saves.C:
			if err := m.save(ctx); err != nil && ctx.Err() == nil {
				m.log.WarnContext(ctx, "thought signatures not written, they are tried again", "error", err)
			}
		case <-expiry.C:
			m.clean(ctx)
		case <-ctx.Done():
			if err := m.save(context.WithoutCancel(ctx)); err != nil {
				return fault.Wrap(fault.Unavailable, err, "%d thought signatures could not be written before the end", m.waiting())
			}
			return nil
		}
	}
}

// save writes what is not written yet; what could not be is kept for the next time.
func (m *Memory) save(ctx context.Context) error {
	m.mu.Lock()
	records := m.unsaved
	m.unsaved = nil
	m.mu.Unlock()
	if len(records) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	err := m.store.SaveThoughts(limited, records)
	if err != nil {
		m.mu.Lock()
		m.unsaved = append(records[:len(records):len(records)], m.unsaved...)
		m.mu.Unlock()
	}
	return err
}

// waiting gives how many records are not written yet.
func (m *Memory) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.unsaved)
}

// clean lets go of what has expired, here and in the store.
func (m *Memory) clean(ctx context.Context) {
	before := time.Now().Add(-Lifetime)
	m.expire(before)
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	if _, err := m.store.DeleteThoughts(limited, before); err != nil && ctx.Err() == nil {
		m.log.WarnContext(ctx, "expired thought signatures not deleted", "error", err)
	}
}
