package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The days of a key come from the store, but today's as they are at this moment.
func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		pacific, err := time.LoadLocation("America/Los_Angeles")
		if err != nil {
			t.Fatal(err)
		}
		day := func(back int) string { return time.Now().In(pacific).AddDate(0, 0, -back).Format(time.DateOnly) }
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: Timeout})
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		w.Checked(1, Outcome{Verdict: OK, Status: 200})
		w.Checked(1, Outcome{Verdict: Transient})
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(48 * time.Hour)
		w.Checked(1, Outcome{Verdict: OK, Status: 200}) // not written yet
		got, err := w.History(t.Context(), []int64{1, 2}, 4)
		if err != nil {
			t.Fatal(err)
		}
		want := map[int64][]KeyDayRecord{1: {
			{KeyID: 1, Day: day(0), Checks: 1},
			{KeyID: 1, Day: day(2), Checks: 2, CheckFailed: 1},
			{KeyID: 1, Day: day(3), Requests: 1, Failures: 1},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		if got, err := w.History(t.Context(), []int64{1}, 3); err != nil || len(got[1]) != 2 {
			t.Errorf("of three days: %+v, %v", got, err)
		}
	})
}
