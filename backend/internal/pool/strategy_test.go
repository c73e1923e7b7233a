package pool

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/settings"
)

// Each strategy sends keys what their weights say, within 2 in 100 of all, over 10,000 requests.
func TestWeightsHold(t *testing.T) {
	const picks = 10_000
	for _, strategy := range []string{settings.RoundRobin, settings.LeastUsed, settings.Adaptive} {
		for _, together := range []bool{false, true} {
			name := strategy
			if together {
				name += " within one project"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, 0)
					w.set(func(s *settings.Settings) { s.Strategy = strategy })
					weights, sum := map[int64]int{}, 0
					for _, weight := range []int{1, 2, 3, 5, 9} {
						o := ImportOptions{Weight: weight}
						if together {
							o.Project = "atlas"
						}
						weights[w.add(1, o)[0].ID] = weight
						sum += weight
					}
					got := map[int64]int{}
					for range picks {
						l := w.lease(Want{})
						got[l.KeyID]++
						l.Report(Outcome{Verdict: OK, Status: 200, Took: time.Second})
						time.Sleep(50 * time.Millisecond)
					}
					for id, weight := range weights {
						share, want := float64(got[id])/picks, float64(weight)/float64(sum)
						if math.Abs(share-want) > 0.02 {
							t.Errorf("key of weight %d got %.3f of the requests, want %.3f", weight, share, want)
						}
					}
				})
			})
		}
	}
}

func TestRoundRobinIsSmooth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3)
		w.set(func(s *settings.Settings) { s.Strategy = settings.RoundRobin })
		last := map[int64]int{}
		for i := range 30 {
			l := w.lease(Want{})
			if before, ok := last[l.KeyID]; ok && i-before != 3 {
				t.Fatalf("key %d came again after %d requests, want 3", l.KeyID, i-before)
			}
			last[l.KeyID] = i
			l.Report(Outcome{Verdict: OK, Status: 200})
		}
	})
}

// A key that comes back does not get all the turns it missed.
func TestRoundRobinDoesNotCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.set(func(s *settings.Settings) { s.Strategy = settings.RoundRobin })
		l := w.lease(Want{})
		l.Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 30 * time.Second})
		for range 100 {
			w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		}
		time.Sleep(31 * time.Second)
		got := map[int64]int{}
		for range 10 {
			l := w.lease(Want{})
			got[l.KeyID]++
			l.Report(Outcome{Verdict: OK, Status: 200})
		}
		if got[l.KeyID] < 4 || got[l.KeyID] > 6 {
			t.Errorf("the key that came back got %d of 10", got[l.KeyID])
		}
	})
}

func TestLeastUsedFillsTheEmptiestProject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, limited(flash, -1, -1, 100))
		w.set(func(s *settings.Settings) { s.Strategy = settings.LeastUsed })
		for range 20 {
			w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		}
		for range 20 {
			if l := w.lease(Want{}); l.KeyID != 2 {
				t.Fatal("the fuller project was chosen")
			} else {
				l.Report(Outcome{Verdict: OK, Status: 200})
			}
		}
	})
}

func TestAdaptivePrefersWhatWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4)
		w.set(func(s *settings.Settings) { s.FailureThreshold = 100 })
		bad, slow := int64(1), int64(2)
		got := map[int64]int{}
		for range 2000 {
			l := w.lease(Want{})
			got[l.KeyID]++
			switch l.KeyID {
			case bad:
				l.Report(Outcome{Verdict: Transient, Status: 500, Took: time.Second})
			case slow:
				l.Report(Outcome{Verdict: OK, Status: 200, Took: 9 * time.Second})
			default:
				l.Report(Outcome{Verdict: OK, Status: 200, Took: 500 * time.Millisecond})
			}
		}
		if got[bad] > 250 || got[slow] > 400 {
			t.Errorf("the failing key got %d and the slow one %d of 2000", got[bad], got[slow])
		}
		if got[3] < 600 || got[4] < 600 {
			t.Errorf("the good keys got %d and %d of 2000", got[3], got[4])
		}
	})
}

// What is in flight counts, so the best key is not stampeded.
func TestAdaptiveSpreadsWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 10)
		w.set(func(s *settings.Settings) { s.FailureThreshold = 100 })
		for id := int64(2); id <= 10; id++ {
			w.lease(Want{Prefer: id}).Report(Outcome{Verdict: OK, Status: 200, Took: 3 * time.Second})
		}
		most := map[int64]int{}
		for range 100 {
			most[w.lease(Want{}).KeyID]++
		}
		for id, n := range most {
			if n > 16 {
				t.Errorf("key %d has %d of 100 requests in flight", id, n)
			}
		}
	})
}

func TestStrategyChangesLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5, limited(flash, -1, -1, 1000))
		for _, strategy := range []string{settings.Adaptive, settings.RoundRobin, settings.LeastUsed, settings.RoundRobin, settings.Adaptive} {
			w.set(func(s *settings.Settings) { s.Strategy = strategy })
			got := map[int64]int{}
			for range 50 {
				l := w.lease(Want{})
				got[l.KeyID]++
				l.Report(Outcome{Verdict: OK, Status: 200})
			}
			if strategy == settings.RoundRobin {
				for id, n := range got {
					if n != 10 {
						t.Errorf("%s gave key %d %d of 50", strategy, id, n)
					}
				}
			}
		}
	})
}

// Projects near their day's limit are spared while others have room, and used when none has.
func TestProtectSparesProjectsNearTheLimit(t *testing.T) {
	for _, strategy := range []string{settings.RoundRobin, settings.LeastUsed, settings.Adaptive} {
		t.Run(strategy, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 2, limited(flash, -1, -1, 20))
				w.set(func(s *settings.Settings) { s.Strategy, s.UsageThreshold.Protect = strategy, 0.5 })
				for range 10 {
					w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
				}
				for range 10 {
					l := w.lease(Want{})
					if l.KeyID != 2 {
						t.Fatal("a spared project was used while another had room")
					}
					l.Report(Outcome{Verdict: OK, Status: 200})
				}
				for range 20 {
					w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
				}
				if f := w.refused(Want{}); !f.NoRetry {
					t.Errorf("40 requests of 40 were made, and the refusal is %v", f)
				}
				if got := w.lease(Want{Model: "another"}); got == nil {
					t.Error("the day of one model is not the day of another")
				}
			})
		})
	}
}

// A new day ends the sparing.
func TestProtectEndsWithTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, limited(flash, -1, -1, 20))
		w.set(func(s *settings.Settings) { s.Strategy, s.UsageThreshold.Protect = settings.LeastUsed, 0.5 })
		for range 10 {
			w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		}
		time.Sleep(24 * time.Hour)
		got := map[int64]int{}
		for range 10 {
			l := w.lease(Want{})
			got[l.KeyID]++
			l.Report(Outcome{Verdict: OK, Status: 200})
		}
		if got[1] < 4 {
			t.Errorf("on the new day the project got %d of 10", got[1])
		}
	})
}

// A preferred key that rests for the model is not used for it, though its project is.
func TestPreferredKeyThatRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		w.add(2, ImportOptions{Project: "atlas"})
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: Bare429, Status: 429})
		for _, want := range []Want{{Prefer: 1}, {Prefer: 1, Project: "atlas"}, {}} {
			if l := w.lease(want); l.KeyID != 2 {
				t.Errorf("%+v: leased a key that rests", want)
			}
		}
		if l := w.lease(Want{Prefer: 1, Model: anotherModel}); l.KeyID != 1 {
			t.Error("the rest for one model keeps the key from another")
		}
	})
}

// A preference yields to what must be spared: a project near its day's limit, a failing key.
func TestPreferenceYields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, limited(flash, 1000, -1, 20))
		w.set(func(s *settings.Settings) { s.UsageThreshold.Protect = 0.5 })
		for range 10 {
			w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		}
		for range 3 {
			w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: Transient, Status: 502})
		}
		for _, prefer := range []int64{1, 2} {
			if l := w.lease(Want{Prefer: prefer}); l.KeyID != 3 {
				t.Errorf("preferring key %d leased %d", prefer, l.KeyID)
			}
		}
		if l := w.lease(Want{Prefer: 1, Avoid: []int64{2, 3}}); l.KeyID != 1 {
			t.Errorf("with nothing else left key %d was leased", l.KeyID)
		}
	})
}

func TestFailingKeysComeLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, limited(flash, 5, -1, -1))
		for range 3 {
			w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: Timeout})
		}
		if k := w.key(1); k.State != StateFailing {
			t.Fatalf("state %s after three timeouts", k.State)
		}
		time.Sleep(2 * time.Minute)
		for range 10 {
			if l := w.lease(Want{}); l.KeyID == 1 {
				t.Fatal("a failing key was used while others had room")
			} else {
				l.Report(Outcome{Verdict: OK, Status: 200})
			}
		}
		l := w.lease(Want{})
		if l.KeyID != 1 {
			t.Fatalf("leased key %d", l.KeyID)
		}
		l.Report(Outcome{Verdict: OK, Status: 200})
		if k := w.key(1); k.State != StateHealthy || k.ConsecutiveFailures != 0 {
			t.Errorf("state %s after a success", k.State)
		}
	})
}

func TestPreferAndAvoid(t *testing.T) {
	for _, strategy := range []string{settings.RoundRobin, settings.LeastUsed, settings.Adaptive} {
		t.Run(strategy, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 3)
				shared := w.add(3, ImportOptions{Project: "atlas"})
				w.set(func(s *settings.Settings) { s.Strategy = strategy })
				for range 20 {
					if l := w.lease(Want{Prefer: 3}); l.KeyID != 3 {
						t.Fatalf("leased %d, want 3", l.KeyID)
					}
					if l := w.lease(Want{Prefer: 3, Avoid: []int64{3}}); l.KeyID == 3 {
						t.Fatal("leased what was to be avoided")
					}
					l := w.lease(Want{Avoid: []int64{1, 2, 3, shared[0].ID, shared[2].ID}})
					if l.KeyID != shared[1].ID || l.Project != "atlas" {
						t.Fatalf("leased %d of %q, want %d", l.KeyID, l.Project, shared[1].ID)
					}
					if l := w.lease(Want{Project: "atlas"}); l.Project != "atlas" {
						t.Fatalf("leased %d of %q", l.KeyID, l.Project)
					}
				}
				f := w.refused(Want{Avoid: []int64{1, 2, 3, 4, 5, 6}})
				if f.Code != "no_available_key" {
					t.Errorf("with every key avoided the fault is %v", f)
				}
				if f := w.refused(Want{Project: "nowhere"}); f.Code != "no_available_key" {
					t.Errorf("for a project that is not there the fault is %v", f)
				}
			})
		})
	}
}
