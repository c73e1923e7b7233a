package thought

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table keeps records as a database would. The real store is on a floor above, and has its own tests.
type table struct {
	mu   sync.Mutex
	rows map[name]Record
	away error // given instead of an answer
}

func (s *table) LoadThoughts(_ context.Context, since time.Time, _, _ int) ([]Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Record
	for _, r := range s.rows {
		if !r.MintedAt.Before(since) {
			found = append(found, r)
		}
	}
	return found, s.away
}

func (s *table) SaveThoughts(_ context.Context, records []Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return s.away
	}
	for _, r := range records {
		s.rows[name{r.UserKeyID, r.CallID}] = r
	}
	return nil
}

func (s *table) DeleteThoughts(_ context.Context, before time.Time) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int64(0)
	for key, r := range s.rows {
		if r.MintedAt.Before(before) {
			delete(s.rows, key)
			n++
		}
	}
	return n, s.away
}

func (s *table) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

func newMemory(t *testing.T, s *table) *Memory {
	t.Helper()
	if s.rows == nil {
		s.rows = map[name]Record{}
	}
	m, err := New(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFindIsScopedToTheUserKey(t *testing.T) {
	m := newMemory(t, &table{})
	m.Keep(1, 7, map[string]string{"a": "sigA", "b": "sigB"})
	m.Keep(2, 8, map[string]string{"a": "other"})
	if got, key := m.Find(1, []string{"a", "b", "c"}); len(got) != 2 || got["a"] != "sigA" || got["b"] != "sigB" || key != 7 {
		t.Errorf("%v by %d", got, key)
	}
	if got, key := m.Find(2, []string{"a", "b"}); len(got) != 1 || got["a"] != "other" || key != 8 {
		t.Errorf("%v by %d", got, key)
	}
	if got, key := m.Find(3, []string{"a", "b"}); got != nil || key != 0 {
		t.Errorf("%v by %d", got, key)
	}
}

func TestSignaturesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, &table{})
		m.Keep(1, 7, map[string]string{"a": "sig"})
		time.Sleep(Lifetime)
		if got, _ := m.Find(1, []string{"a"}); len(got) != 1 {
			t.Error("gone too soon")
		}
		time.Sleep(time.Second)
		if got, _ := m.Find(1, []string{"a"}); got != nil {
			t.Error("still there")
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(t, &table{})
	m.Keep(1, 7, map[string]string{strings.Repeat("i", maxCallID+1): "s", "big": strings.Repeat("s", maxSignature+1), "": "s", "none": ""})
	if s := m.Stats(); s.Entries != 0 || s.Bytes != 0 {
		t.Fatalf("kept what is too large: %+v", s)
	}
	for i := range maxEntries + 10 {
		m.Keep(1, 7, map[string]string{fmt.Sprint(i): "s"})
	}
	if s := m.Stats(); s.Entries != maxEntries {
		t.Errorf("%d entries", s.Entries)
	}
	if got, _ := m.Find(1, []string{"9", "10"}); len(got) != 1 || got["10"] == "" {
		t.Errorf("the oldest did not go first: %v", got)
	}
	large := strings.Repeat("s", maxSignature)
	for i := range maxBytes/maxSignature + 10 {
		m.Keep(2, 7, map[string]string{fmt.Sprint(i): large})
		m.Keep(2, 7, map[string]string{fmt.Sprint(i): large}) // again: it replaces itself
	}
	if s := m.Stats(); s.Bytes > maxBytes || s.Bytes < maxBytes-2*maxSignature {
		t.Errorf("%d bytes", s.Bytes)
	}
	m.expire(time.Now().Add(time.Hour))
	if s := m.Stats(); s.Entries != 0 || s.Bytes != 0 || m.oldest != nil || m.newest != nil {
		t.Errorf("left after expiry: %+v", s)
	}
}

func TestWrittenBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &table{}
		m := newMemory(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		m.Keep(1, 7, map[string]string{"a": "sig"})
		time.Sleep(saveEvery + time.Millisecond)
		if s.len() != 1 {
			t.Error("not written after a while")
		}
		s.mu.Lock()
		s.away = errors.New("away")
		s.mu.Unlock()
		m.Keep(1, 7, map[string]string{"b": "sig"})
		time.Sleep(2 * saveEvery)
		s.mu.Lock()
		s.away = nil
		s.mu.Unlock()
		m.Keep(1, 7, map[string]string{"c": "sig"})
		cancel()
		if err := <-ended; err != nil || s.len() != 3 {
			t.Errorf("%d written at the end, %v", s.len(), err)
		}
		again := newMemory(t, s)
		if got, key := again.Find(1, []string{"a", "b", "c"}); len(got) != 3 || key != 7 {
			t.Errorf("after a restart %v by %d", got, key)
		}
	})
}

func TestExpiredAreDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &table{}
		m := newMemory(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		m.Keep(1, 7, map[string]string{"a": "sig"})
		time.Sleep(Lifetime + expireEvery + time.Second)
		if m.Stats().Entries != 0 || s.len() != 0 {
			t.Errorf("%d in memory, %d in the store", m.Stats().Entries, s.len())
		}
		s.mu.Lock()
		s.away = errors.New("away")
		s.mu.Unlock()
		m.Keep(1, 7, map[string]string{"b": "sig"})
		cancel()
		if err := <-ended; err == nil {
			t.Error("what could not be written was not told")
		}
	})
}
