package holding_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/holding"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shaky is a real store that can go away, and counts what it is asked.
type shaky struct {
	*store.Store
	away  atomic.Bool
	found atomic.Int64
}

var errAway = errors.New("the database is away")

func (s *shaky) SaveHoldings(ctx context.Context, records []holding.Record) error {
	if s.away.Load() {
		return errAway
	}
	return s.Store.SaveHoldings(ctx, records)
}

func (s *shaky) FindHolding(ctx context.Context, userKeyID int64, name string) (*holding.Record, error) {
	s.found.Add(1)
	if s.away.Load() {
		return nil, errAway
	}
	return s.Store.FindHolding(ctx, userKeyID, name)
}

func newBook(t *testing.T) (*holding.Book, *shaky) {
	t.Helper()
	s := &shaky{Store: storetest.SQLite(t)}
	return holding.NewBook(s, slog.New(slog.DiscardHandler)), s
}

func record(name string, life time.Duration) holding.Record {
	now := time.Now()
	r := holding.Record{UserKeyID: 1, Name: name, KeyID: 7, MadeAt: now}
	if life != 0 {
		r.ExpiresAt = now.Add(life)
	}
	return r
}

func TestKeepAndFind(t *testing.T) {
	b, s := newBook(t)
	b.Keep(t.Context(), record("batches/a", time.Hour), record("batches/old", -time.Hour), record("fileSearchStores/x", 0), record("", 0), record(strings.Repeat("x", 300), 0))
	for name, want := range map[string]bool{"batches/a": true, "fileSearchStores/x": true, "batches/old": false, "batches/none": false, "": false, strings.Repeat("x", 300): false} {
		got, err := b.Find(t.Context(), 1, name)
		if (err == nil) != want || want && got.KeyID != 7 || !want && !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
	if _, err := b.Find(t.Context(), 2, "batches/a"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another's: %v", err)
	}
	asked := s.found.Load()
	if _, err := b.Find(t.Context(), 1, "batches/a"); err != nil || s.found.Load() != asked {
		t.Errorf("what was just made is read from the store: %v", err)
	}
	b.Drop(t.Context(), 1, "batches/a")
	if _, err := b.Find(t.Context(), 1, "batches/a"); !fault.Is(err, fault.NotFound) {
		t.Errorf("dropped, and found: %v", err)
	}
}

// While the store is away what is made is found and listed all the same, and it is written once the store is back.
func TestStoreAway(t *testing.T) {
	b, s := newBook(t)
	b.Keep(t.Context(), record("batches/a", time.Hour))
	s.away.Store(true)
	b.Keep(t.Context(), record("batches/b", time.Hour))
	if _, err := b.Find(t.Context(), 1, "batches/b"); err != nil {
		t.Error(err)
	}
	if _, err := b.Find(t.Context(), 1, "batches/c"); !errors.Is(err, errAway) {
		t.Errorf("of what is not known the book says %v", err)
	}
	if got, err := b.List(t.Context(), 1, "batches/", "", 10); err != nil || len(got) != 2 || got[1].Name != "batches/b" {
		t.Errorf("%v, %v", got, err)
	}
	s.away.Store(false)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := b.Run(ctx); err != nil {
		t.Error(err)
	}
	if _, err := s.Store.FindHolding(t.Context(), 1, "batches/b"); err != nil {
		t.Errorf("not written: %v", err)
	}
}

func TestListGoesOn(t *testing.T) {
	b, _ := newBook(t)
	for i := range 9 {
		b.Keep(t.Context(), record(fmt.Sprint("batches/", i), time.Duration(i-1)*time.Hour-time.Minute))
	}
	b.Keep(t.Context(), record("batchesx/1", time.Hour), record("agents/1", 0))
	first, err := b.List(t.Context(), 1, "batches/", "", 4)
	if err != nil || len(first) != 4 || first[0].Name != "batches/2" {
		t.Errorf("%v, %v", first, err)
	}
	rest, err := b.List(t.Context(), 1, "batches/", "batches/3", 100)
	if err != nil || len(rest) != 5 {
		t.Errorf("%v, %v", rest, err)
	}
}

// Memory holds so many records, and no more; the rest are read again.
func TestMemoryIsBounded(t *testing.T) {
	b, s := newBook(t)
	const many = 10_300
	records := make([]holding.Record, many)
	for i := range records {
		records[i] = record(fmt.Sprint("interactions/", i), time.Hour)
	}
	for some := range slices.Chunk(records, 500) {
		b.Keep(t.Context(), some...)
	}
	before := s.found.Load()
	for i := range records {
		if _, err := b.Find(t.Context(), 1, records[i].Name); err != nil {
			t.Fatal(err)
		}
	}
	if read := s.found.Load() - before; read < 300 {
		t.Errorf("%d of %d were read again", read, many)
	}
}
