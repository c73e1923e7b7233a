package pool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const flash = "gemini-3.8-flash"

// memory is a Store in memory, as strict about identities as a database.
type memory struct {
	mu      sync.Mutex
	nextID  int64
	keys    map[int64]Record
	rests   map[restID]RestRecord
	days    map[[3]string]DayRecord
	keyDays map[string]KeyDayRecord
	learnt  map[restID]LearntRecord
	models  []ModelRecord
	saves   int
	away    error // what every call answers while the database is gone
}

func newMemory(models ...ModelRecord) *memory {
	return &memory{
		keys: map[int64]Record{}, rests: map[restID]RestRecord{}, days: map[[3]string]DayRecord{},
		keyDays: map[string]KeyDayRecord{}, learnt: map[restID]LearntRecord{}, models: models,
	}
}

func (m *memory) LoadPool(context.Context) (*Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return nil, m.away
	}
	return &Snapshot{
		Keys: slices.Collect(maps.Values(m.keys)), Rests: slices.Collect(maps.Values(m.rests)), Days: slices.Collect(maps.Values(m.days)),
		KeyDays: slices.Collect(maps.Values(m.keyDays)), Learnt: slices.Collect(maps.Values(m.learnt)), Models: m.models,
	}, nil
}

func (m *memory) AddKeys(_ context.Context, keys []Record) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return nil, m.away
	}
	known := make(map[gemini.Secret]bool, len(m.keys))
	for _, have := range m.keys {
		known[have.Secret] = true
	}
	added := slices.Clone(keys)
	for i := range added {
		if known[added[i].Secret] {
			continue
		}
		m.nextID++
		added[i].ID = m.nextID
		added[i].Fingerprint = fmt.Sprint("print-", m.nextID)
		m.keys[m.nextID] = added[i]
	}
	return added, nil
}

func (m *memory) UpdateKeys(_ context.Context, keys []Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return m.away
	}
	for _, k := range keys {
		have := m.keys[k.ID]
		have.Name, have.Note, have.Project, have.ProjectSource = k.Name, k.Note, k.Project, k.ProjectSource
		have.Weight, have.Enabled, have.RemovedAt = k.Weight, k.Enabled, k.RemovedAt
		m.keys[k.ID] = have
	}
	return nil
}

func (m *memory) KeyDays(_ context.Context, ids []int64, since string) ([]KeyDayRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []KeyDayRecord
	for _, d := range m.keyDays {
		if slices.Contains(ids, d.KeyID) && d.Day >= since {
			found = append(found, d)
		}
	}
	return found, m.away
}

func (m *memory) SavePool(_ context.Context, c *Changes) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return m.away
	}
	m.saves++
	for _, h := range c.Health {
		k := m.keys[h.KeyID]
		k.Health = h
		m.keys[h.KeyID] = k
	}
	for _, r := range c.Rests {
		if r.Until.IsZero() {
			delete(m.rests, restID{r.Scope, r.Model})
		} else {
			m.rests[restID{r.Scope, r.Model}] = r
		}
	}
	for _, d := range c.Days {
		m.days[[3]string{d.Scope, d.Model, d.Day}] = d
	}
	for _, d := range c.KeyDays {
		m.keyDays[fmt.Sprint(d.KeyID, d.Day)] = d
	}
	for _, l := range c.Learnt {
		m.learnt[restID{l.Scope, l.Model}] = l
	}
	for _, r := range c.Projects {
		k := m.keys[r.ID]
		k.Project, k.ProjectSource = r.Project, r.ProjectSource
		m.keys[r.ID] = k
	}
	return nil
}

// gone makes every call answer with the error; nil brings the store back.
func (m *memory) gone(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = err
}

// saved counts the writes.
func (m *memory) saved() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.saves
}

// world is a pool under test with its store and settings.
type world struct {
	*Pool
	t     testing.TB
	store *memory
	mu    sync.Mutex
	s     settings.Settings
}

func (w *world) set(change func(*settings.Settings)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.s)
}

func (w *world) now() settings.Settings {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.s
}

// newWorld makes a pool of n keys and the given limits of one model.
func newWorld(t testing.TB, n int, models ...ModelRecord) *world {
	t.Helper()
	w := &world{t: t, store: newMemory(models...), s: settings.Default()}
	w.reopen()
	if n > 0 {
		w.add(n, ImportOptions{})
	}
	return w
}

// reopen starts the pool anew on what the store keeps.
func (w *world) reopen() {
	w.t.Helper()
	p, err := New(w.t.Context(), Config{Store: w.store, Settings: w.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Pool = p
}

func (w *world) add(n int, o ImportOptions) []Key {
	w.t.Helper()
	w.store.mu.Lock()
	from := len(w.store.keys)
	w.store.mu.Unlock()
	secrets := make([]gemini.Secret, n)
	for i := range secrets {
		secrets[i] = fakeKey(from + i)
	}
	result, err := w.Import(w.t.Context(), secrets, o)
	if err != nil {
		w.t.Fatal(err)
	}
	if result.AddedTotal != n {
		w.t.Fatalf("added %d keys, want %d", result.AddedTotal, n)
	}
	return result.Added
}

func fakeKey(i int) gemini.Secret { return gemini.Secret(fmt.Sprintf("AIzaSy-FAKE-%027d", i)) }

// lease takes a lease or ends the test.
func (w *world) lease(want Want) *Lease {
	w.t.Helper()
	l, err := w.Lease(w.t.Context(), fill(want))
	if err != nil {
		w.t.Fatalf("lease: %v", err)
	}
	return l
}

// refused wants no lease and gives the fault.
func (w *world) refused(want Want) *fault.Error {
	w.t.Helper()
	l, err := w.Lease(w.t.Context(), fill(want))
	if err == nil {
		w.t.Fatalf("leased key %d, want a refusal", l.KeyID)
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		w.t.Fatalf("error %v is no fault", err)
	}
	return f
}

// noRoom wants no lease.
func (w *world) noRoom(want Want) {
	w.t.Helper()
	if f := w.refused(want); f.Message == "" {
		w.t.Errorf("a refusal without a word: %+v", f)
	}
}

func fill(w Want) Want {
	if w.Model == "" {
		w.Model = flash
	}
	if w.Tokens == 0 {
		w.Tokens = 100
	}
	return w
}

func (w *world) key(id int64) Key {
	w.t.Helper()
	k, err := w.Key(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func limited(name string, rpm, tpm, rpd int64) ModelRecord {
	l := limits{rpm, tpm, rpd}
	r := ModelRecord{Name: name, Enabled: true}
	r.RPM, r.TPM, r.RPD = l.pointers()
	return r
}

// near fails unless got is within a second of want.
func near(t testing.TB, what string, got, want time.Duration) {
	t.Helper()
	if d := got - want; d < -time.Second || d > time.Second {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// SetProjects moves keys to projects by name, as found by marks, but for those the operator has named.
func (w *world) SetProjects(found map[int64]string) {
	w.Pool.mu.Lock()
	defer w.Pool.unlock()
	for id, name := range found {
		if k := w.Pool.keys[id]; k != nil && k.source != SourceOperator {
			w.setProject(k, name, SourceMarker, w.Pool.now())
		}
	}
}
