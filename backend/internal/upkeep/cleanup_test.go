package upkeep

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"

	"gemini-proxy/backend/internal/audit"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBadDays(t *testing.T) {
	const today = "2026-11-23"
	bad := func(day string) pool.KeyDayRecord { return pool.KeyDayRecord{Day: day, Checks: 5, CheckFailed: 5} }
	tests := []struct {
		name string
		days []pool.KeyDayRecord
		want int
	}{
		{"nothing is known", nil, 0},
		{"today alone", []pool.KeyDayRecord{bad(today)}, 1},
		{"today and before", []pool.KeyDayRecord{bad(today), bad("2026-11-22"), bad("2026-11-21")}, 3},
		{"today is too young", []pool.KeyDayRecord{{Day: today, Checks: 1, CheckFailed: 1}, bad("2026-11-22"), bad("2026-11-21")}, 2},
		{"nothing yet today", []pool.KeyDayRecord{bad("2026-11-22"), bad("2026-11-21")}, 2},
		{"a success today", []pool.KeyDayRecord{{Day: today, Checks: 6, CheckFailed: 5}, bad("2026-11-22")}, 0},
		{"a request that went well", []pool.KeyDayRecord{bad(today), {Day: "2026-11-22", Requests: 9, Failures: 8}, bad("2026-11-21")}, 1},
		{"a day with too few checks", []pool.KeyDayRecord{bad(today), {Day: "2026-11-22", Checks: 4, CheckFailed: 4}, bad("2026-11-21")}, 1},
		{"requests count as checks", []pool.KeyDayRecord{{Day: today, Requests: 2, Failures: 2, Checks: 3, CheckFailed: 3}}, 1},
		{"a day is missing", []pool.KeyDayRecord{bad(today), bad("2026-11-21")}, 1},
		{"yesterday is missing, today is young", []pool.KeyDayRecord{{Day: today, Checks: 1, CheckFailed: 1}, bad("2026-11-21")}, 0},
		{"over the end of a month", []pool.KeyDayRecord{bad(today), bad("2026-11-22"), bad("2026-11-20")}, 2},
	}
	for _, tt := range tests {
		if got := badDays(tt.days, today, 5); got != tt.want {
			t.Errorf("%s: %d bad days, want %d", tt.name, got, tt.want)
		}
	}
}

// notes is an audit in memory.
type notes struct{ entries []audit.Entry }

func (n *notes) AddAudit(_ context.Context, e audit.Entry) error {
	n.entries = append(n.entries, e)
	return nil
}

// house is a pool with a cleaner on a fake clock. Its store keeps what cleanup reads.
type house struct {
	*pool.Pool
	cleaner  *Cleaner
	audit    *notes
	settings atomic.Pointer[settings.Settings]
}

// set changes the settings of the cleanup.
func (h *house) set(c settings.Cleanup) {
	s := settings.Default()
	s.Cleanup = c
	h.settings.Store(&s)
}

func newHouse(t *testing.T, keys int) *house {
	t.Helper()
	h := &house{audit: &notes{}}
	h.set(settings.Cleanup{Enabled: true, Days: 2, MinChecksPerDay: 3, Interval: 86400})
	now := func() settings.Settings { return *h.settings.Load() }
	var err error
	if h.Pool, err = pool.New(t.Context(), pool.Config{Store: newShelf(), Settings: now, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if r, err := h.Import(t.Context(), fakeKeys(keys), pool.ImportOptions{}); err != nil || r.AddedTotal != keys {
		t.Fatal(r, err)
	}
	h.cleaner = NewCleaner(h.Pool, now, h.audit, slog.New(slog.DiscardHandler))
	return h
}

// checks lets keys be checked three times, with the same outcome.
func (h *house) checks(t *testing.T, v pool.Verdict, ids ...int64) {
	t.Helper()
	for _, id := range ids {
		for range 3 {
			h.Checked(id, pool.Outcome{Verdict: v, Status: 400})
		}
	}
	if err := h.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func ids(candidates []Candidate) []int64 {
	list := []int64{}
	for i := range candidates {
		list = append(list, candidates[i].Key.ID)
	}
	return list
}

// A key that failed for days goes, one that failed for a day is at risk, one that works stays; and what went can come back, for good.
func TestCleanup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 4)
		h.checks(t, pool.DeadKey, 2, 3)
		h.checks(t, pool.OK, 1)
		time.Sleep(24 * time.Hour)
		h.checks(t, pool.DeadKey, 2, 4)
		h.checks(t, pool.OK, 3) // it came back
		h.checks(t, pool.DeadKey, 3)
		plan, err := h.cleaner.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(plan.Remove); !slices.Equal(got, []int64{2}) || plan.Blocked != "" {
			t.Errorf("would remove %v (%s), want 2", got, plan.Blocked)
		}
		if got := ids(plan.AtRisk); !slices.Equal(got, []int64{4}) || plan.AtRisk[0].Left != 1 || plan.AtRisk[0].Bad != 1 {
			t.Errorf("at risk are %+v, want key 4 for one more day", plan.AtRisk)
		}
		if k, err := h.Key(2); err != nil || k.State != pool.StateFailing {
			t.Fatalf("the plan changed key 2: %+v, %v", k, err)
		}
		if _, err := h.cleaner.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if k, err := h.Key(2); err != nil || k.State != pool.StateRemoved {
			t.Errorf("key 2 is %+v, %v", k.State, err)
		}
		if _, err := h.Restore(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		h.checks(t, pool.OK, 2)
		if plan, err = h.cleaner.Run(t.Context()); err != nil || len(plan.Remove) != 0 {
			t.Errorf("the next run removes %v again, %v", ids(plan.Remove), err)
		}
	})
}

// When no key works the fault may lie elsewhere: none goes, so that the last one never does. Neither does any while the exit is shut.
func TestCleanupIsBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 3)
		h.checks(t, pool.DeadKey, 1, 2)
		time.Sleep(24 * time.Hour)
		h.checks(t, pool.DeadKey, 1, 2)
		plan, err := h.cleaner.Run(t.Context()) // key 3 was never seen to work
		if err != nil || plan.Blocked != BlockedNoUsable || len(plan.Remove) != 2 || h.Counts().Removed != 0 {
			t.Fatalf("%+v, %v; removed %d", plan, err, h.Counts().Removed)
		}
		h.checks(t, pool.OK, 3)
		h.refuseLocation(t)
		if plan, err = h.cleaner.Run(t.Context()); err != nil || plan.Blocked != BlockedExit || h.Counts().Removed != 0 {
			t.Fatalf("%+v, %v; removed %d", plan.Blocked, err, h.Counts().Removed)
		}
		h.checks(t, pool.OK, 3) // Google answers again
		if plan, err = h.cleaner.Run(t.Context()); err != nil || plan.Blocked != "" || h.Counts().Removed != 2 {
			t.Errorf("%+v, %v; removed %d", plan.Blocked, err, h.Counts().Removed)
		}
	})
}

// refuseLocation lets the only key that works meet a refusal of our location.
func (h *house) refuseLocation(t *testing.T) {
	t.Helper()
	l, err := h.Lease(t.Context(), pool.Want{Model: "gemini-3.8-flash", Tokens: 1})
	if err != nil {
		t.Fatal(err)
	}
	l.Report(pool.Outcome{Verdict: pool.Exit, Status: 400})
	if !h.ExitShut() {
		t.Fatal("the exit is open")
	}
}

// By the clock it runs only while it is on, at the interval that is set now, and leaves a note.
func TestCleanupByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 2)
		rules := settings.Cleanup{Days: 2, MinChecksPerDay: 3, Interval: 86400}
		h.set(rules)
		h.checks(t, pool.DeadKey, 2)
		h.checks(t, pool.OK, 1)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.cleaner.RunCleanups(ctx) }()
		time.Sleep(24 * time.Hour)
		h.checks(t, pool.DeadKey, 2)
		time.Sleep(time.Hour)
		if h.Counts().Removed != 0 || !h.cleaner.State().NextAt.IsZero() {
			t.Fatal("it runs though it is off")
		}
		rules.Enabled = true
		h.set(rules)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if h.Counts().Removed != 1 || len(h.audit.entries) != 1 || h.audit.entries[0].Action != "runCleanup" {
			t.Errorf("removed %d, noted %+v", h.Counts().Removed, h.audit.entries)
		}
		state := h.cleaner.State()
		if state.Removed != 1 || state.LastAt.IsZero() || state.NextAt.Sub(state.LastAt) != 24*time.Hour {
			t.Errorf("state %+v", state)
		}
		rules.Interval = 3600
		h.set(rules)
		time.Sleep(90 * time.Minute)
		if again := h.cleaner.State().LastAt; !again.After(state.LastAt) {
			t.Error("a shorter interval does not hold at once")
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
