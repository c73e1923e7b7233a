package pool

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
)

// Two requests never see the same last slot.
func TestNeverTwoOnOneSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, limited(flash, 4, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		var mu sync.Mutex
		given := map[int64]int{}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				l, err := w.Lease(t.Context(), Want{Model: flash})
				if err != nil {
					return
				}
				mu.Lock()
				given[l.KeyID]++
				mu.Unlock()
				l.Report(Outcome{Verdict: OK, Status: 200})
			})
		}
		wg.Wait()
		for id := int64(1); id <= 3; id++ {
			if given[id] != 4 {
				t.Errorf("key %d served %d, its limit is 4", id, given[id])
			}
		}
	})
}

func TestRetryAfterIsTrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, limited(flash, 2, 10_000, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200}) // opens at 60
		time.Sleep(20 * time.Second)
		w.lease(Want{Prefer: 2, Tokens: 9_000}).Report(Outcome{Verdict: OK, Status: 200}) // opens at 80
		w.lease(Want{Prefer: 1, Tokens: 9_000}).Report(Outcome{Verdict: OK, Status: 200})
		near(t, "retry-after of a small request", mustRefuse(t, w, 100, true), 0)
		near(t, "retry-after of a large request", mustRefuse(t, w, 5_000, false), 60*time.Second)
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: OK, Status: 200})
		f := w.refused(Want{})
		near(t, "retry-after", f.RetryAfter, 40*time.Second)
		if f.NoRetry || f.Kind != fault.Limited || f.Code != "rate_limit_exceeded" {
			t.Errorf("the fault is %+v", f)
		}
		near(t, "retry-after without key 1", w.refused(Want{Avoid: []int64{1}}).RetryAfter, 60*time.Second)
		time.Sleep(f.RetryAfter)
		if l := w.lease(Want{}); l.KeyID != 1 {
			t.Errorf("leased %d", l.KeyID)
		}
	})
}

// mustRefuse asks for room; it is granted and given back when it can be.
func mustRefuse(t *testing.T, w *world, tokens int, granted bool) time.Duration {
	t.Helper()
	l, err := w.Lease(t.Context(), Want{Model: flash, Tokens: tokens})
	if (err == nil) != granted {
		t.Fatalf("%d tokens: %v, want granted: %v", tokens, err, granted)
	}
	if l != nil {
		l.Return()
		return 0
	}
	return fault.Of(err).RetryAfter
}

// Who waits is served in the order of coming, at the moment a place opens.
func TestQueueIsFairAndWokenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 3, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 60 })
		start := time.Now()
		for range 3 {
			w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
			time.Sleep(2 * time.Second)
		}
		var mu sync.Mutex
		var order []int
		var waits []time.Duration
		var wg sync.WaitGroup
		time.Sleep(4 * time.Second)
		for i := range 3 {
			wg.Go(func() {
				l, err := w.Lease(t.Context(), Want{Model: flash})
				if err != nil {
					t.Errorf("request %d: %v", i, err)
					return
				}
				mu.Lock()
				order = append(order, i)
				waits = append(waits, time.Since(start))
				mu.Unlock()
				if l.Waited < 40*time.Second {
					t.Errorf("says it waited %v", l.Waited)
				}
				l.Report(Outcome{Verdict: OK, Status: 200})
			})
			synctest.Wait()
			time.Sleep(time.Second)
		}
		wg.Wait()
		for i := range order {
			if order[i] != i {
				t.Fatalf("served in the order %v", order)
			}
			near(t, "served at", waits[i], time.Minute+time.Duration(2*i)*time.Second)
		}
	})
}

func TestQueueDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 1, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 10 })
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		start := time.Now()
		near(t, "retry-after", w.refused(Want{}).RetryAfter, time.Minute)
		if time.Since(start) != 0 {
			t.Error("waited although nothing opens in time")
		}
		time.Sleep(52 * time.Second)
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				start := time.Now()
				l, err := w.Lease(t.Context(), Want{Model: flash})
				switch {
				case i == 0 && err != nil:
					t.Errorf("the first: %v", err)
				case i == 1 && err == nil:
					t.Error("the second was served too")
				case i == 1:
					near(t, "waited", time.Since(start), 10*time.Second)
					near(t, "retry-after", fault.Of(err).RetryAfter, 58*time.Second)
				}
				if l != nil {
					l.Report(Outcome{Verdict: OK, Status: 200})
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		w.nobodyWaits(t)
	})
}

// nobodyWaits wants no trace of those who waited.
func (w *world) nobodyWaits(t *testing.T) {
	t.Helper()
	w.Pool.mu.Lock()
	defer w.Pool.mu.Unlock()
	if w.waiting != 0 {
		t.Errorf("%d still wait", w.waiting)
	}
	for _, l := range w.lanes {
		if l.queue.len != 0 || l.queue.general.head != nil || l.queue.general.tail != nil || len(l.queue.pinned) != 0 {
			t.Errorf("the queue of %s is not empty", l.model)
		}
	}
}

func TestCanceledWaiterLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 1, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 60 })
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		time.Sleep(5 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 2)
		for _, want := range []Want{{Model: flash}, {Model: flash, Avoid: []int64{9}}} {
			go func() {
				_, err := w.Lease(ctx, want)
				gone <- err
			}()
		}
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-gone; fault.KindOf(err) != fault.Canceled {
				t.Errorf("error %v", err)
			}
		}
		w.nobodyWaits(t)
		time.Sleep(time.Minute)
		w.lease(Want{}) // the slot was not taken by one who went
	})
}

// A lease that comes at the moment the client goes is not lost.
func TestGrantedToOneWhoWent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 1, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 60 })
		went := 0
		for range 20 {
			out := w.lease(Want{})
			time.Sleep(time.Second)
			ctx, cancel := context.WithCancel(t.Context())
			result := make(chan *Lease, 1)
			go func() {
				l, err := w.Lease(ctx, Want{Model: flash})
				if err != nil {
					went++
				}
				result <- l
			}()
			synctest.Wait()
			cancel()
			out.Return() // grants before the other has seen that it is canceled
			if l := <-result; l != nil {
				l.Return()
			}
			w.consistent(t, nil)
		}
		if went == 0 {
			t.Error("nobody went: the race was not tried")
		}
	})
}

// Who waits has the right of way over who comes at the very moment a place opens.
func TestWaitingGoesBeforeComing(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1, limited(flash, 1, -1, -1))
			w.set(func(s *settings.Settings) { s.QueueWait = 55 })
			w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
			time.Sleep(10 * time.Second)
			waited := make(chan error, 1)
			go func() {
				_, err := w.Lease(t.Context(), Want{Model: flash})
				waited <- err
			}()
			time.Sleep(span - 10*time.Second)
			if _, err := w.Lease(t.Context(), Want{Model: flash}); err == nil {
				t.Error("the one who came was served")
			}
			if err := <-waited; err != nil {
				t.Errorf("the one who waited: %v", err)
			}
		})
	}
}

// Between a request bound to a project and one that is not, the elder goes first.
func TestElderGoesFirstAcrossLines(t *testing.T) {
	for _, pinnedFirst := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 0, limited(flash, 1, -1, -1))
			w.add(1, ImportOptions{Project: "atlas"})
			w.set(func(s *settings.Settings) { s.QueueWait = 60 })
			out := w.lease(Want{})
			time.Sleep(time.Second)
			wants := []Want{{Model: flash, Project: "atlas"}, {Model: flash}}
			if !pinnedFirst {
				wants[0], wants[1] = wants[1], wants[0]
			}
			ctx, cancel := context.WithCancel(t.Context())
			first := make(chan string, 2)
			for _, want := range wants {
				go func() {
					if _, err := w.Lease(ctx, want); err == nil {
						first <- want.Project
					} else {
						first <- "none"
					}
				}()
				synctest.Wait()
			}
			out.Return()
			if got := <-first; got != wants[0].Project {
				t.Errorf("served %q first, want %q", got, wants[0].Project)
			}
			cancel()
			<-first
		})
	}
}

// What ends a wait: a report that gives a place back, a wake, a new key, a higher limit.
func TestWaitersAreWoken(t *testing.T) {
	for name, wake := range map[string]func(w *world, out *Lease){
		"report": func(_ *world, out *Lease) { out.Report(Outcome{Verdict: Request, Status: 400}) },
		"return": func(_ *world, out *Lease) { out.Return() },
		"key":    func(w *world, _ *Lease) { w.add(1, ImportOptions{}) },
		"limit":  func(w *world, _ *Lease) { w.SetModels([]ModelRecord{limited(flash, 2, -1, -1)}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, limited(flash, 1, -1, -1))
				w.set(func(s *settings.Settings) { s.QueueWait = 60 })
				out := w.lease(Want{})
				time.Sleep(2 * time.Second)
				served := make(chan error, 1)
				go func() {
					_, err := w.Lease(t.Context(), Want{Model: flash})
					served <- err
				}()
				synctest.Wait()
				start := time.Now()
				wake(w, out)
				if err := <-served; err != nil || time.Since(start) > 0 {
					t.Errorf("%v after %v", err, time.Since(start))
				}
				w.nobodyWaits(t)
			})
		})
	}
}

func TestWakeEndsRestsAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.set(func(s *settings.Settings) { s.QueueWait = 30 })
		w.lease(Want{}).Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 20 * time.Second})
		served := make(chan error, 1)
		go func() {
			_, err := w.Lease(t.Context(), Want{Model: flash})
			served <- err
		}()
		synctest.Wait()
		if k, err := w.Wake(1); err != nil || len(k.Rests) != 0 {
			t.Errorf("woken: %+v, %v", k, err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// A request bound to a project, or too large for what is open, does not hold up the others, and is served when its turn comes.
func TestQueueConstraints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 100, 100_000, -1))
		atlas := w.add(1, ImportOptions{Project: "atlas"})[0].ID
		w.set(func(s *settings.Settings) { s.QueueWait = 60 })
		w.lease(Want{Prefer: atlas, Tokens: 100_000}).Report(Outcome{Verdict: OK, Status: 200})
		w.lease(Want{Prefer: 1, Tokens: 90_000}).Report(Outcome{Verdict: OK, Status: 200})
		time.Sleep(10 * time.Second)
		start := time.Now()
		var wg sync.WaitGroup
		for _, want := range []Want{
			{Model: flash, Project: "atlas", Tokens: 1_000},
			{Model: flash, Tokens: 80_000},
			{Model: flash, Avoid: []int64{1}, Tokens: 1_000},
		} {
			wg.Go(func() {
				l, err := w.Lease(t.Context(), want)
				if err != nil {
					t.Errorf("%+v: %v", want, err)
					return
				}
				near(t, "waited", time.Since(start), 50*time.Second)
				l.Report(Outcome{Verdict: OK, Status: 200})
			})
			synctest.Wait()
		}
		if l := w.lease(Want{Tokens: 5_000}); l.KeyID != 1 || time.Since(start) > 0 {
			t.Errorf("the small request got key %d after %v", l.KeyID, time.Since(start))
		}
		wg.Wait()
		w.nobodyWaits(t)
	})
}

// Estimates may be wrong, so who waits is given a project with room to spare, but what just fits when patience ends.
func TestWaitingTakesWhatJustFitsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, -1, 1_000, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 10 })
		w.lease(Want{Tokens: 600}).Report(Outcome{Verdict: OK, Status: 200})
		time.Sleep(5 * time.Second)
		w.lease(Want{Tokens: 300}).Report(Outcome{Verdict: OK, Status: 200})
		time.Sleep(47 * time.Second)
		near(t, "waited", w.lease(Want{Tokens: 700}).Waited, 10*time.Second)
		w.nobodyWaits(t)
		time.Sleep(2 * time.Minute)
		w.lease(Want{Tokens: 300}).Report(Outcome{Verdict: OK, Status: 200})
		if l := w.lease(Want{Tokens: 700}); l.Waited > 0 {
			t.Errorf("waited %v though nobody else did", l.Waited)
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 1, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 60 })
		w.lease(Want{})
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range maxWaiting {
			wg.Go(func() {
				if _, err := w.Lease(ctx, Want{Model: flash}); fault.KindOf(err) != fault.Canceled {
					t.Errorf("error %v", err)
				}
			})
		}
		synctest.Wait()
		near(t, "retry-after", w.refused(Want{}).RetryAfter, 59*time.Second)
		cancel()
		wg.Wait()
		w.nobodyWaits(t)
	})
}

func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		if f := w.refused(Want{}); f.Kind != fault.NoKey || f.Code != "no_available_key" {
			t.Errorf("an empty pool: %v", f)
		}
		for _, model := range []string{"", string(make([]byte, 300))} {
			if _, err := w.Lease(t.Context(), Want{Model: model}); fault.KindOf(err) != fault.Invalid {
				t.Errorf("model %q: %v", model, err)
			}
		}
		w.add(2, ImportOptions{})
		w.SetModels([]ModelRecord{limited("shut", 0, -1, -1)})
		if f := w.refused(Want{Model: "shut"}); !f.NoRetry || f.RetryAfter <= 0 {
			t.Errorf("a model with no quota at all: %+v", f)
		}
		off := false
		for id := int64(1); id <= 2; id++ {
			if _, err := w.Update(t.Context(), id, Patch{Enabled: &off}); err != nil {
				t.Fatal(err)
			}
		}
		if f := w.refused(Want{}); f.Kind != fault.NoKey {
			t.Errorf("all disabled: %v", f)
		}
	})
}
