package pool

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/settings"
)

// expectDue fails unless exactly these keys are given out to be checked.
func (w *world) expectDue(when string, ids ...int64) {
	w.t.Helper()
	got := w.DueForProbe(10)
	slices.Sort(got)
	if !slices.Equal(got, ids) {
		w.t.Errorf("%s: due %v, want %v", when, got, ids)
	}
}

// A key that failed is checked after check_delay, then less and less often, up to check_interval; a dead one once a day. Keys that rest for
// their quota need no check, nor does a key that is used.
func TestProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.set(func(s *settings.Settings) { s.CheckInterval = 86400; s.CheckDelay = 7 })
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: DeadKey, Status: 400})
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: DayQuota, Status: 429})
		for range 3 {
			w.lease(Want{Prefer: 3}).Report(Outcome{Verdict: Transient, Status: 500})
		}
		w.lease(Want{Prefer: 4}).Report(Outcome{Verdict: Timeout})
		w.lease(Want{Prefer: 5}).Report(Outcome{Verdict: Transient, Status: 503}) // nobody's fault
		time.Sleep(6 * time.Second)
		w.expectDue("before check_delay")
		time.Sleep(time.Second)
		w.expectDue("after check_delay", 1, 3, 4)
		w.expectDue("given out twice")
		w.Checked(1, Outcome{Verdict: DeadKey, Status: 400})
		w.Checked(3, Outcome{Verdict: Timeout})
		w.Checked(4, Outcome{Verdict: OK, Status: 200})
		if k := w.key(4); k.ConsecutiveFailures != 1 {
			t.Errorf("a check makes up for %d failures of requests", 1-k.ConsecutiveFailures)
		}
		time.Sleep(59 * time.Second)
		w.expectDue("within a minute")
		time.Sleep(time.Second)
		w.expectDue("after a minute", 3)
		w.Checked(3, Outcome{Verdict: Timeout})
		time.Sleep(time.Minute)
		w.expectDue("no backoff")
		time.Sleep(time.Minute)
		w.expectDue("after two minutes", 3)
		w.Checked(3, Outcome{Verdict: OK, Status: 200})
		if k := w.key(3); k.State != StateHealthy {
			t.Errorf("state %s after a good check", k.State)
		}
		time.Sleep(24*time.Hour - 5*time.Minute)
		w.expectDue("within a day")
		time.Sleep(5 * time.Minute)
		w.expectDue("after a day", 1, 2, 3, 4, 5) // the dead one, and the others are not used
		w.Checked(1, Outcome{Verdict: OK, Status: 200})
		if k := w.key(1); k.State != StateHealthy {
			t.Errorf("state %s after a good check", k.State)
		}
		if got := w.DueForProbe(0); len(got) != 0 {
			t.Errorf("more than asked for: %v", got)
		}
		w.Checked(99, Outcome{Verdict: OK})
	})
}

// Every setting of the checks holds at once.
func TestCheckSettingsAreLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.set(func(s *settings.Settings) { s.BackgroundCheck = false; s.CheckInterval = 600 })
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: Timeout})
		time.Sleep(time.Hour)
		w.expectDue("while background_check is off")
		w.set(func(s *settings.Settings) { s.BackgroundCheck = true; s.CheckInterval = 7200 })
		w.expectDue("once it is on", 1)
		w.Checked(1, Outcome{Verdict: OK, Status: 200})
		w.set(func(s *settings.Settings) { s.BackgroundCheck = true; s.CheckInterval = 600 })
		w.expectDue("the idle key after a shorter interval", 2)
		w.Checked(2, Outcome{Verdict: OK, Status: 200})
		time.Sleep(5 * time.Minute)
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		time.Sleep(6 * time.Minute)
		w.expectDue("a key that is used needs no check", 2)
		w.Checked(2, Outcome{Verdict: Timeout})
		for range 12 {
			time.Sleep(time.Hour)
			w.Checked(2, Outcome{Verdict: Timeout})
			w.Checked(1, Outcome{Verdict: OK, Status: 200})
		}
		time.Sleep(10*time.Minute - time.Second)
		w.expectDue("the longest pause")
		time.Sleep(time.Second)
		w.expectDue("is the interval", 1, 2)
	})
}

// Checks that fail make a key unhealthy as failures of requests do, at the threshold that is set now.
func TestFailedChecksCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.set(func(s *settings.Settings) { s.FailureThreshold = 2 })
		w.Checked(1, Outcome{Verdict: Timeout})
		if k := w.key(1); k.State == StateFailing || k.ConsecutiveFailures != 1 {
			t.Errorf("after one: %s, %d in a row", k.State, k.ConsecutiveFailures)
		}
		w.Checked(1, Outcome{Verdict: Transient, Status: 503}) // an overloaded Gemini blames nobody
		w.Checked(1, Outcome{Verdict: ClientGone})
		if k := w.key(1); k.State == StateFailing {
			t.Errorf("blamed for what it did not do: %+v", k)
		}
		w.Checked(1, Outcome{Verdict: Transient, Status: 500})
		if k := w.key(1); k.State != StateFailing {
			t.Errorf("after two: %s", k.State)
		}
		w.Checked(1, Outcome{Verdict: OK, Status: 200})
		if k := w.key(1); k.State != StateHealthy || k.ConsecutiveFailures != 0 {
			t.Errorf("after a good one: %s, %d in a row", k.State, k.ConsecutiveFailures)
		}
	})
}

// While the cleanup is on, a dead key is asked as often a day as the cleanup wants to see it asked.
func TestCleanupGetsItsEvidence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(8*time.Hour + time.Minute) // from midnight UTC to that of Los Angeles
		w := newWorld(t, 1)
		w.set(func(s *settings.Settings) { s.Cleanup.Enabled = true; s.Cleanup.MinChecksPerDay = 5 })
		w.Checked(1, Outcome{Verdict: DeadKey, Status: 400})
		for range 2 * 24 * 60 {
			for _, id := range w.DueForProbe(10) {
				w.Checked(id, Outcome{Verdict: DeadKey, Status: 400})
			}
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		days, err := w.History(t.Context(), []int64{1}, 3)
		if err != nil || len(days[1]) != 2 {
			t.Fatalf("%+v, %v", days, err)
		}
		for _, d := range days[1] {
			if d.Checks < 5 || d.Checks > 10 {
				t.Errorf("%d checks on %s, want at least 5 and not many more", d.Checks, d.Day)
			}
		}
	})
}
