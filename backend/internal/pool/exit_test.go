package pool

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
)

var refusedHere = Outcome{Verdict: Exit, Status: 400, Message: "User location is not supported for the API use."} //nolint:gochecknoglobals // never written

// When several projects are refused for our location, the exit is at fault: no key rests, and one request at a time tries.
func TestExitBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 20)
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		for id := int64(1); id <= 3; id++ {
			w.lease(Want{Prefer: id}).Report(refusedHere)
		}
		for id := int64(1); id <= 3; id++ {
			if k := w.key(id); k.State == StateResting || k.State == StateFailing {
				t.Errorf("key %d is blamed: %s", id, k.State)
			}
		}
		f := w.refused(Want{})
		if f.Kind != fault.NoKey || f.Code != "exit_refused" {
			t.Fatalf("the fault is %+v", f)
		}
		time.Sleep(f.RetryAfter)
		probe := w.lease(Want{})
		w.noRoom(Want{}) // one at a time
		w.noRoom(Want{Model: "another"})
		probe.Report(refusedHere)
		next := w.refused(Want{})
		if next.RetryAfter <= f.RetryAfter {
			t.Errorf("the next probe after %v, the first was after %v", next.RetryAfter, f.RetryAfter)
		}
		if e := w.Explain(flash); !e.ExitShut {
			t.Error("nobody explains it")
		}
		time.Sleep(next.RetryAfter)
		w.lease(Want{}).Report(Outcome{Verdict: MinuteQuota, Status: 429}) // any answer from Google proves the exit
		for range 15 {
			w.lease(Want{})
		}
	})
}

// One refused project among others that pass is its own affair.
func TestExitOfOneProject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		for id := int64(1); id <= 5; id++ {
			w.lease(Want{Prefer: id}).Report(refusedHere)
			w.lease(Want{Avoid: []int64{1, 2, 3, 4}}).Report(Outcome{Verdict: OK, Status: 200})
			if id == 4 {
				break
			}
			time.Sleep(time.Second)
		}
		if w.Pool.exit.shut {
			t.Fatal("the exit was shut although others passed")
		}
		if c := w.Counts(); c.Resting != 4 {
			t.Errorf("%d keys rest, want 4", c.Resting)
		}
	})
}

// With a single project the exit is tried often instead of resting the key long.
func TestExitOfASingleKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.set(func(s *settings.Settings) { s.QueueWait = 20 })
		w.lease(Want{}).Report(refusedHere)
		start := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				l, err := w.Lease(t.Context(), Want{Model: flash})
				if err != nil {
					t.Error(err)
					return
				}
				l.Report(Outcome{Verdict: OK, Status: 200})
			})
		}
		wg.Wait()
		near(t, "waited", time.Since(start), exitBackoff)
	})
}

// Requests for several models wait for one probe; when it passes all go.
func TestExitProbeWakesEveryModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3)
		w.set(func(s *settings.Settings) { s.QueueWait = 30 })
		for id := int64(1); id <= 3; id++ {
			w.lease(Want{Prefer: id}).Report(refusedHere)
		}
		start := time.Now()
		var wg sync.WaitGroup
		for _, model := range []string{flash, anotherModel, "unlimited"} {
			wg.Go(func() {
				l, err := w.Lease(t.Context(), Want{Model: model})
				if err != nil {
					t.Errorf("%s: %v", model, err)
					return
				}
				time.Sleep(3 * time.Second)
				l.Report(Outcome{Verdict: OK, Status: 200})
			})
		}
		wg.Wait()
		near(t, "all were served after", time.Since(start), exitBackoff+2*3*time.Second)
		w.nobodyWaits(t)
	})
}

// A probe that comes to nothing lets the next one go.
func TestExitProbeWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.set(func(s *settings.Settings) { s.QueueWait = 20 })
		w.lease(Want{}).Report(refusedHere)
		w.lease(Want{}).Return()
		w.lease(Want{}).Report(Outcome{Verdict: ClientGone})
		w.lease(Want{}).Report(Outcome{Verdict: Transient})
		w.Checked(1, Outcome{Verdict: OK, Status: 200})
		w.lease(Want{})
		w.lease(Want{})
	})
}
