package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/settings"
)

// A lease tells why other keys were passed over: what keeps each from serving, and until when; not that another was merely chosen.
func TestPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 7, limited(flash, 2, -1, 10))
		if l := w.lease(Want{}); l.Passed != nil {
			t.Errorf("with room everywhere: %+v", l.Passed)
		}
		started := time.Now()
		off := false
		if _, err := w.Update(t.Context(), 1, Patch{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: DeadKey, Status: 400})
		w.lease(Want{Prefer: 3}).Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 50 * time.Second})
		w.lease(Want{Prefer: 4}).Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 30 * time.Second})
		l := w.lease(Want{Prefer: 5, Avoid: []int64{6}, Why: true})
		want := []Passed{
			{string(MinuteQuota), 2, started.Add(30 * time.Second)},
			{StateDisabled, 1, time.Time{}}, {string(DeadKey), 1, time.Time{}}, {reasonTried, 1, time.Time{}},
		}
		if diff := cmp.Diff(want, l.Passed); diff != "" {
			t.Errorf("passed over (-want +got):\n%s", diff)
		}
	})
}

// With very many keys it is told only of a request that asks for it, and of those that are spared.
func TestPassedAmongMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 300, limited(flash, -1, -1, 10))
		w.set(func(s *settings.Settings) { s.UsageThreshold.Protect = 0.1 })
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		if l := w.lease(Want{Prefer: 2}); l.Passed != nil {
			t.Errorf("told unasked: %+v", l.Passed)
		}
		l := w.lease(Want{Prefer: 3, Why: true})
		if diff := cmp.Diff([]Passed{{reasonProtected, 2, time.Time{}}}, l.Passed); diff != "" {
			t.Errorf("passed over (-want +got):\n%s", diff)
		}
	})
}
