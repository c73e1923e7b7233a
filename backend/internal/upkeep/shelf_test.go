package upkeep

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// shelf keeps a pool's keys and their days in memory, so that a test's clock can be a fake one: a database's pools of connections wait by
// the real one.
type shelf struct {
	mu   sync.Mutex
	keys int64
	days map[string]pool.KeyDayRecord
}

func newShelf() *shelf { return &shelf{days: map[string]pool.KeyDayRecord{}} }

// LoadPool gives an empty pool.
func (*shelf) LoadPool(context.Context) (*pool.Snapshot, error) { return &pool.Snapshot{}, nil }

// AddKeys numbers new keys.
func (s *shelf) AddKeys(_ context.Context, keys []pool.Record) ([]pool.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := slices.Clone(keys)
	for i := range added {
		s.keys++
		added[i].ID = s.keys
	}
	return added, nil
}

// UpdateKeys keeps nothing: the pool is not loaded again.
func (*shelf) UpdateKeys(context.Context, []pool.Record) error { return nil }

// SavePool keeps the days.
func (s *shelf) SavePool(_ context.Context, c *pool.Changes) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range c.KeyDays {
		s.days[fmt.Sprint(d.KeyID, " ", d.Day)] = d
	}
	return nil
}

// KeyDays gives the days.
func (s *shelf) KeyDays(_ context.Context, keyIDs []int64, since string) ([]pool.KeyDayRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []pool.KeyDayRecord
	for _, d := range s.days {
		if slices.Contains(keyIDs, d.KeyID) && d.Day >= since {
			found = append(found, d)
		}
	}
	return found, nil
}

func fakeKeys(n int) []gemini.Secret {
	keys := make([]gemini.Secret, n)
	for i := range keys {
		keys[i] = gemini.Secret(fmt.Sprintf("AIzaSy-FAKE-%027d", i+1))
	}
	return keys
}
