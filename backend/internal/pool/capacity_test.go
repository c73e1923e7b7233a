package pool

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, limited(flash, 10, -1, -1), limited("lite", 15, -1, -1))
		capacity := func() Capacity {
			_, all := w.Projects(1)
			return all
		}
		if got, want := capacity(), (Capacity{Projects: 4, Serving: 4, Unknown: 4}); got != want {
			t.Errorf("before the first request: %+v, want %+v", got, want)
		}
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		if got, want := capacity(), (Capacity{Projects: 4, Serving: 4, Used: 1, Limit: 40, Least: 10, Most: 10}); got != want {
			t.Errorf("projects that were not asked go by the model's row: %+v, want %+v", got, want)
		}
		w.lease(Want{Prefer: 4}).Report(Outcome{Verdict: DeadKey, Status: 400})
		w.lease(Want{Prefer: 2, Model: "lite"}).Report(Outcome{Verdict: Tier, Status: 429})
		w.lease(Want{Prefer: 1, Model: "lite"}).Report(Outcome{Verdict: OK, Status: 200})
		if got, want := capacity(), (Capacity{Projects: 4, Serving: 3, Used: 4, Limit: 60, Least: 10, Most: 25}); got.Serving != 3 || got.Limit != want.Limit || got.Least != want.Least || got.Most != want.Most {
			t.Errorf("a model that a tier lacks, and a dead key: %+v, want %+v", got, want)
		}
		w.lease(Want{Prefer: 1, Model: "new"}).Report(Outcome{Verdict: OK, Status: 200})
		if got := capacity(); got.Unknown != 3 || got.Limit != 0 || got.Least != 0 {
			t.Errorf("a model of which nothing is known: %+v", got)
		}
		if items, _ := w.Projects(9); items[0].RPM != (Usage{3, -1}) || items[0].KeysTotal != 1 {
			t.Errorf("the first project: %+v", items[0])
		}
	})
}

func TestFirstBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		if at := w.FirstBack(); !at.IsZero() {
			t.Errorf("none rests, and one is back at %s", at)
		}
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: DayQuota, Status: 429})
		daily := w.FirstBack()
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 20 * time.Second})
		if at := w.FirstBack(); daily.IsZero() || !at.Before(daily) {
			t.Errorf("back at %s, where the daily rest ends at %s", at, daily)
		}
	})
}
