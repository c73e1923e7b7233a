package pool

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// A bulk changes what a query chooses, in the store and in use at once, and says how many it changed.
func TestBulk(t *testing.T) {
	w := newWorld(t, 3)
	w.add(2, ImportOptions{Project: "atlas"})
	yes, no, five, borealis, none := true, false, 5, "borealis", ""
	ctx := t.Context()
	where := func(q Query) func() []int64 { return func() []int64 { return w.Select(q) } }
	these := func(ids ...int64) func() []int64 { return func() []int64 { return ids } }
	steps := []struct {
		name             string
		ids              func() []int64
		change           Bulk
		matched, changed int
	}{
		{"disable", where(Query{Project: "atlas"}), Bulk{Enabled: &no}, 2, 2},
		{"disable again", where(Query{State: StateDisabled}), Bulk{Enabled: &no}, 2, 0},
		{"weight, ids twice and unknown ones", these(1, 1, 2, 99), Bulk{Weight: &five}, 2, 2},
		{"remove", these(2, 3), Bulk{Removed: &yes}, 2, 2},
		{"removed keys are passed over", these(1, 2, 3), Bulk{Project: &borealis}, 3, 1},
		{"restore", where(Query{State: StateRemoved}), Bulk{Removed: &no}, 2, 2},
		{"enable", these(4, 5), Bulk{Enabled: &yes}, 2, 2},
		{"forget the project", these(4), Bulk{Project: &none}, 1, 1},
	}
	for _, s := range steps {
		got, err := w.Bulk(ctx, s.ids(), s.change)
		if err != nil || got.Matched != s.matched || got.Changed != s.changed {
			t.Errorf("%s: %+v, %v; want %d, %d", s.name, got, err, s.matched, s.changed)
		}
	}
	for id, want := range map[int64]struct {
		weight  int
		project string
	}{1: {5, "borealis"}, 2: {5, ""}, 3: {1, ""}, 4: {1, ""}, 5: {1, "atlas"}} {
		if k := w.key(id); k.Weight != want.weight || k.Project != want.project || k.State != StateUnknown {
			t.Errorf("key %d is %+v, want %+v", id, k, want)
		}
		if kept := w.store.keys[id]; kept.Weight != want.weight || kept.Project != want.project || !kept.Enabled || !kept.RemovedAt.IsZero() {
			t.Errorf("key %d is kept as %+v, want %+v", id, kept, want)
		}
	}
	if l := w.lease(Want{Project: "borealis"}); l.KeyID != 1 {
		t.Errorf("leased key %d of the new project", l.KeyID)
	}
	w.consistentNow(t)
}

func (w *world) consistentNow(t *testing.T) {
	t.Helper()
	w.Pool.mu.Lock()
	defer w.Pool.mu.Unlock()
	for _, k := range w.order {
		if k.project.keys[k.seat] != k || k.project.name != k.projectName {
			t.Errorf("key %d sits in %q, its record says %q", k.id, k.project.name, k.projectName)
		}
	}
}

func TestBulkRefusesAndStops(t *testing.T) {
	w := newWorld(t, 2)
	tooMuch, long, no := 101, string(make([]byte, 101)), false
	for field, b := range map[string]Bulk{"weight": {Weight: &tooMuch}, "project": {Project: &long}} {
		if _, err := w.Bulk(t.Context(), []int64{1}, b); fault.Of(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Bulk(ended, []int64{1}, Bulk{Enabled: &no}); fault.KindOf(err) != fault.Canceled || !w.key(1).Enabled {
		t.Errorf("a bulk that ended: %v", err)
	}
	w.store.away = errors.New("the database is away")
	if _, err := w.Bulk(t.Context(), []int64{1, 2}, Bulk{Enabled: &no}); !errors.Is(err, w.store.away) || !w.key(1).Enabled {
		t.Errorf("a bulk without a store: %v", err)
	}
}

// Fifty thousand keys come in thousands: progress is told, each is in use at once, and what was kept before a failure stays.
func TestImportInBatches(t *testing.T) {
	w := newWorld(t, 1)
	secrets := make([]gemini.Secret, 0, 2_502)
	for i := range 2_501 {
		secrets = append(secrets, fakeKey(i)) // the first is there already
	}
	secrets = append(secrets, secrets[7]) // twice in the text
	var seen []ImportProgress
	result, err := w.Import(t.Context(), secrets, ImportOptions{Progress: func(p ImportProgress) { seen = append(seen, p) }})
	if err != nil || result.AddedTotal != 2_500 || result.DuplicatesTotal != 1 || len(result.Added) != maxTold {
		t.Fatalf("imported %d of %d, told %d, %v", result.AddedTotal, result.DuplicatesTotal, len(result.Added), err)
	}
	want := []ImportProgress{{1_001, 2_501, 1_000, 1}, {2_001, 2_501, 2_000, 1}, {2_501, 2_501, 2_500, 1}}
	if !slices.Equal(seen, want) {
		t.Errorf("progress %+v, want %+v", seen, want)
	}
	if last := w.key(2_501); last.Name != "key-2501" {
		t.Errorf("the last key is %q", last.Name)
	}
	more := make([]gemini.Secret, 2_000)
	for i := range more {
		more[i] = fakeKey(5_000 + i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result, err = w.Import(ctx, more, ImportOptions{Progress: func(ImportProgress) { cancel() }})
	if fault.KindOf(err) != fault.Canceled || result.AddedTotal != 1_000 || w.Counts().All != 3_501 {
		t.Errorf("stopped after %d, %v; there are %d", result.AddedTotal, err, w.Counts().All)
	}
	result, err = w.Import(t.Context(), more, ImportOptions{})
	if err != nil || result.AddedTotal != 1_000 || result.DuplicatesTotal != 1_000 {
		t.Errorf("asked again: %d and %d, %v", result.AddedTotal, result.DuplicatesTotal, err)
	}
}
