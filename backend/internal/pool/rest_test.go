package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

func violation(id string, value int64) gemini.Violation {
	return gemini.Violation{ID: id, Value: value}
}

const (
	perMinute     = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
	perDay        = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
	tokensAMinute = "GenerateContentInputTokensPerModelPerMinute-FreeTier"
	anotherModel  = "gemini-3.1-flash-lite"
	untilMidnight = -1 * time.Second
)

// Each verdict rests whom it blames, as long as it should, and nobody else.
func TestVerdictsRest(t *testing.T) {
	tests := []struct {
		name       string
		outcome    Outcome
		rest       time.Duration // of key 1 for the model; untilMidnight
		atMost     time.Duration
		everyModel bool
		sibling    bool // key 2 of the same project rests too
		state      string
	}{
		{"dead", Outcome{Verdict: DeadKey, Status: 400}, 0, 0, true, false, StateFailing},
		{"misconfigured", Outcome{Verdict: MisconfiguredKey, Status: 403}, time.Hour, time.Hour, true, false, StateFailing},
		{"unauthenticated once", Outcome{Verdict: Unauthenticated, Status: 401}, 30 * time.Second, time.Minute, true, false, StateResting},
		{"location once", Outcome{Verdict: Exit, Status: 400}, 10 * time.Minute, 30 * time.Minute, true, false, StateResting},
		{"tier", Outcome{Verdict: Tier, Status: 429, RetryDelay: 20 * time.Second, Quota: []gemini.Violation{violation(perDay, 0)}}, untilMidnight, 0, false, true, StateResting},
		{"day", Outcome{Verdict: DayQuota, Status: 429, RetryDelay: 38 * time.Second, Quota: []gemini.Violation{violation(perDay, 20)}}, untilMidnight, 0, false, true, StateResting},
		{"minute", Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 17 * time.Second}, 17 * time.Second, 17 * time.Second, false, true, StateResting},
		{"minute without a delay", Outcome{Verdict: MinuteQuota, Status: 429}, time.Minute, time.Minute, false, true, StateResting},
		{"bare", Outcome{Verdict: Bare429, Status: 429}, 30 * time.Second, time.Minute, false, false, StateResting},
		{"bare with a delay", Outcome{Verdict: Bare429, Status: 429, RetryDelay: 45 * time.Second}, 45 * time.Second, 45 * time.Second, false, false, StateResting},
		{"overloaded", Outcome{Verdict: Transient, Status: 503}, 0, 0, false, false, StateUnknown},
		{"broken", Outcome{Verdict: Transient, Status: 500}, 0, 0, false, false, StateUnknown},
		{"timeout", Outcome{Verdict: Timeout}, 0, 0, false, false, StateUnknown},
		{"empty", Outcome{Verdict: Empty, Status: 200}, 0, 0, false, false, StateUnknown},
		{"malformed", Outcome{Verdict: Malformed, Status: 200}, 0, 0, false, false, StateUnknown},
		{"request", Outcome{Verdict: Request, Status: 400}, 0, 0, false, false, StateHealthy},
		{"client gone", Outcome{Verdict: ClientGone}, 0, 0, false, false, StateUnknown},
		{"ok", Outcome{Verdict: OK, Status: 200}, 0, 0, false, false, StateHealthy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 0)
				w.add(2, ImportOptions{Project: "atlas"})
				w.add(3, ImportOptions{}) // so that one refusal of our location is not everybody's
				l := w.lease(Want{Prefer: 1})
				until := l.Report(tt.outcome)
				if again := l.Report(Outcome{Verdict: DeadKey}); !again.IsZero() {
					t.Error("a second report did something")
				}
				rest := time.Until(until)
				switch {
				case tt.rest == 0 && !until.IsZero():
					t.Errorf("rests %v, want no rest", rest)
				case tt.rest == untilMidnight:
					if rest < 8*time.Hour || rest > 8*time.Hour+3*time.Minute { // synctest begins at midnight UTC
						t.Errorf("rests %v, want until Pacific midnight", rest)
					}
				case tt.rest != 0 && (rest < tt.rest || rest > tt.atMost):
					t.Errorf("rests %v, want %v to %v", rest, tt.rest, tt.atMost)
				}
				if k := w.key(1); k.State != tt.state {
					t.Errorf("state %s, want %s", k.State, tt.state)
				}
				others := []int64{3, 4, 5}
				rests := tt.rest != 0 || tt.state == StateFailing
				wantLease(t, w, flash, append(others, 2), !rests)
				wantLease(t, w, anotherModel, append(others, 2), !(rests && tt.everyModel))
				wantLease(t, w, flash, append(others, 1), !tt.sibling)
			})
		})
	}
}

// wantLease wants that a request for the model which avoids these keys can be served, or cannot.
func wantLease(t *testing.T, w *world, model string, avoid []int64, can bool) {
	t.Helper()
	w.set(func(s *settings.Settings) { s.QueueWait = 0 })
	l, err := w.Lease(t.Context(), Want{Model: model, Avoid: avoid})
	if (err == nil) != can {
		t.Errorf("avoiding %v, %s: %v, want a lease: %v", avoid, model, err, can)
	}
	if l != nil {
		l.Return()
	}
}

func TestThree401sKillAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		for i := range 3 {
			burst := []*Lease{w.lease(Want{}), w.lease(Want{})} // what fails together counts once
			for _, l := range burst {
				l.Report(Outcome{Verdict: Unauthenticated, Status: 401})
			}
			if i < 2 {
				if f := w.refused(Want{}); f.Code != "rate_limit_exceeded" {
					t.Fatalf("after %d the fault is %v", i+1, f)
				}
				time.Sleep(5 * time.Minute)
			}
		}
		if k := w.key(1); k.State != StateFailing || k.Reason != DeadKey {
			t.Errorf("state %s for %s", k.State, k.Reason)
		}
		if f := w.refused(Want{}); f.Code != "no_available_key" {
			t.Errorf("the fault is %v", f)
		}
		w.Checked(1, Outcome{Verdict: OK, Status: 200})
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
	})
}

func TestRestsGrowAndASuccessForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.set(func(s *settings.Settings) { s.QueueWait = 60 })
		last := time.Duration(0)
		for range 4 {
			rest := time.Until(w.lease(Want{}).Report(Outcome{Verdict: Bare429, Status: 429}))
			if rest <= last/2 {
				t.Errorf("rests %v after %v", rest, last)
			}
			last = rest
			time.Sleep(rest + time.Second)
		}
		if last < 4*time.Minute {
			t.Errorf("the fourth rest is %v", last)
		}
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		if rest := time.Until(w.lease(Want{}).Report(Outcome{Verdict: Bare429, Status: 429})); rest > time.Minute {
			t.Errorf("after a success the rest is %v", rest)
		}
	})
}

// A success that was under way when the rest began does not end it.
func TestALateSuccessEndsNoRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		early, late := w.lease(Want{}), w.lease(Want{})
		late.Report(Outcome{Verdict: DayQuota, Status: 429})
		early.Report(Outcome{Verdict: OK, Status: 200})
		if f := w.refused(Want{}); !f.NoRetry || f.Code != "insufficient_quota" {
			t.Errorf("the fault is %v", f)
		}
	})
}

func TestALongRestIsNotShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		a, b := w.lease(Want{}), w.lease(Want{})
		long := a.Report(Outcome{Verdict: DayQuota, Status: 429})
		if got := b.Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: time.Second}); !got.Equal(long) {
			t.Errorf("rests until %v, want %v", got, long)
		}
	})
}

// A model that is again not on the tier the next day rests a day at least.
func TestTierRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		first := time.Until(w.lease(Want{}).Report(Outcome{Verdict: Tier, Status: 429}))
		time.Sleep(first + 20*time.Hour)
		if again := time.Until(w.lease(Want{}).Report(Outcome{Verdict: Tier, Status: 429})); again < 24*time.Hour {
			t.Errorf("rests %v when repeated", again)
		}
	})
}

// The day's rest ends after the next midnight in Los Angeles, on the days of 23 and 25 hours too.
func TestDayRestEndsAtPacificMidnight(t *testing.T) {
	tests := []struct{ name, at, midnight string }{
		{"ordinary", "2026-11-23T20:00:00Z", "2026-11-24T08:00:00Z"},
		{"23 hours", "2026-03-08T08:30:00Z", "2026-03-09T07:00:00Z"},
		{"25 hours", "2026-11-01T07:30:00Z", "2026-11-02T08:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at, midnight := parse(t, tt.at), parse(t, tt.midnight)
				time.Sleep(time.Until(at))
				w := newWorld(t, 1, limited(flash, -1, -1, 3))
				for range 2 {
					w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
				}
				until := w.lease(Want{}).Report(Outcome{Verdict: DayQuota, Status: 429})
				if late := until.Sub(midnight); late < time.Minute || late > 2*time.Minute {
					t.Errorf("rests until %v, %v after midnight", until, late)
				}
				f := w.refused(Want{})
				near(t, "retry-after", f.RetryAfter, time.Until(until))
				time.Sleep(f.RetryAfter)
				w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
				if k := w.key(1); k.RequestsToday != 1 {
					t.Errorf("%d requests on the new day", k.RequestsToday)
				}
			})
		})
	}
}

// The ledger's day alone, with no 429, opens at the same time.
func TestUsedUpDayOpensAtPacificMidnight(t *testing.T) {
	for _, at := range []string{"2026-11-23T20:00:00Z", "2026-03-08T08:30:00Z", "2026-11-01T07:30:00Z"} {
		t.Run(at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(parse(t, at)))
				w := newWorld(t, 2, limited(flash, -1, -1, 3))
				for range 6 {
					w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
				}
				f := w.refused(Want{})
				if !f.NoRetry || f.Code != "insufficient_quota" {
					t.Fatalf("the fault is %v", f)
				}
				time.Sleep(f.RetryAfter - time.Second)
				w.set(func(s *settings.Settings) { s.QueueWait = 0 })
				w.noRoom(Want{})
				time.Sleep(time.Second)
				w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
			})
		})
	}
}

// A day's 429 right after midnight can be of the day before; it must not cost the new day.
func TestDayQuotaRightAfterMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(parse(t, "2026-11-24T08:00:30Z")))
		w := newWorld(t, 1, limited(flash, -1, -1, 20))
		rest := time.Until(w.lease(Want{}).Report(Outcome{Verdict: DayQuota, Status: 429, Quota: []gemini.Violation{violation(perDay, 20)}}))
		if rest > 10*time.Minute {
			t.Errorf("rests %v", rest)
		}
	})
}

func TestLimitsAreLearnt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, limited(flash, 3, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		l := w.lease(Want{Prefer: 1})
		l.Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: time.Second, Quota: []gemini.Violation{
			violation(perMinute, 10), violation(tokensAMinute, 5000), violation(perDay, -1),
		}})
		time.Sleep(2 * time.Second)
		for range 10 { // higher than the model's row
			w.lease(Want{Prefer: 1, Avoid: []int64{2}}).Report(Outcome{Verdict: OK, Status: 200})
		}
		w.noRoom(Want{Avoid: []int64{2}})
		time.Sleep(61 * time.Second)
		w.lease(Want{Avoid: []int64{2}, Tokens: 4000}).Report(Outcome{Verdict: OK, Status: 200})
		w.noRoom(Want{Avoid: []int64{2}, Tokens: 2000})
		w.lease(Want{Avoid: []int64{2}, Tokens: 900}).Report(Outcome{Verdict: OK, Status: 200})
		for range 3 { // the other project goes by the row
			w.lease(Want{Avoid: []int64{1}}).Report(Outcome{Verdict: OK, Status: 200})
		}
		w.noRoom(Want{Avoid: []int64{1}})
	})
}

// An error that names the project joins keys: they share counts and rests from then on.
func TestConsumerJoinsKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, limited(flash, 5, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		for range 2 {
			w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
			w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: OK, Status: 200})
		}
		out := w.lease(Want{Prefer: 2})
		for id := int64(1); id <= 2; id++ {
			w.lease(Want{Prefer: id}).Report(Outcome{Verdict: Request, Status: 403, Consumer: "projects/424242"})
		}
		if k := w.key(2); k.Project != "424242" || k.ProjectSource != SourceError {
			t.Fatalf("project %q from %q", k.Project, k.ProjectSource)
		}
		w.noRoom(Want{}) // 2 + 2 + 1 of 5
		out.Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 5 * time.Second})
		if k := w.key(1); k.State != StateResting {
			t.Errorf("the sibling is %s", k.State)
		}
		time.Sleep(5 * time.Second)
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200}) // the refused one was never counted
		w.noRoom(Want{})
	})
}

func TestSetProjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3)
		mine := "mine"
		if _, err := w.Update(t.Context(), 3, Patch{Project: &mine}); err != nil {
			t.Fatal(err)
		}
		w.SetProjects(map[int64]string{1: "m-1", 2: "m-1", 3: "m-1", 99: "m-1"})
		for id, want := range map[int64]string{1: "m-1", 2: "m-1", 3: "mine"} {
			if k := w.key(id); k.Project != want {
				t.Errorf("key %d is of %q, want %q", id, k.Project, want)
			}
		}
		items, all := w.Projects(10)
		if all.Projects != 2 || len(items) != 2 {
			t.Errorf("%d projects", all.Projects)
		}
		none := ""
		if k, err := w.Update(t.Context(), 3, Patch{Project: &none}); err != nil || k.Project != "" || k.ProjectSource != SourceUnknown {
			t.Errorf("cleared: %+v, %v", k, err)
		}
		w.lease(Want{Prefer: 3}).Report(Outcome{Verdict: OK, Status: 200})
	})
}

func parse(t *testing.T, at string) time.Time {
	t.Helper()
	got, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
