package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

func (w *world) keys(t *testing.T) []Key {
	t.Helper()
	items, _, _, err := w.Keys(Query{PageSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		items[i].InFlight = 0 // what is in flight does not outlive the process
	}
	return items
}

// A second start knows every rest, every count of the day, every average and every learnt limit.
func TestSecondStartKnowsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 6, limited(flash, 100, -1, 10))
		w.add(2, ImportOptions{Project: "atlas", Weight: 7})
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		report := func(id int64, model string, o Outcome) {
			l := w.lease(Want{Prefer: id, Model: model})
			if l.KeyID != id {
				t.Fatalf("leased %d, want %d", l.KeyID, id)
			}
			time.Sleep(time.Second)
			l.Report(o)
		}
		ok := Outcome{Verdict: OK, Status: 200, Took: 700 * time.Millisecond, PromptTokens: 50, OutputTokens: 20}
		for range 9 {
			report(1, flash, ok)
		}
		report(2, flash, Outcome{Verdict: DayQuota, Status: 429, Quota: []gemini.Violation{violation(perDay, 7)}})
		report(3, "another", Outcome{Verdict: Bare429, Status: 429, RetryDelay: 10 * time.Minute, Message: "Resource has been exhausted"})
		report(4, flash, Outcome{Verdict: MisconfiguredKey, Status: 403})
		report(5, flash, Outcome{Verdict: DeadKey, Status: 400, Message: "API key not valid. Please pass a valid API key."})
		report(6, flash, Outcome{Verdict: Request, Status: 400, Consumer: "projects/1234"})
		report(7, flash, Outcome{Verdict: Bare429, Status: 429, RetryDelay: 10 * time.Minute})
		report(8, "another", Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: 5 * time.Minute})
		w.SetProjects(map[int64]string{3: "m-3"})
		if err := w.Remove(t.Context(), 6); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		before, counts := w.keys(t), w.Counts()
		w.reopen()
		if diff := cmp.Diff(before, w.keys(t)); diff != "" {
			t.Errorf("after the second start (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(counts, w.Counts()); diff != "" {
			t.Errorf("counts (-before +after):\n%s", diff)
		}
		w.lease(Want{Avoid: []int64{2, 3, 4, 5, 6, 7, 8}}).Report(ok) // the tenth of its day
		if f := w.refused(Want{Avoid: []int64{3, 7, 8}}); !f.NoRetry {
			t.Errorf("the fault is %+v", f)
		}
		w.lease(Want{Prefer: 8}).Return()
		time.Sleep(24 * time.Hour)
		for range 7 {
			w.lease(Want{Avoid: []int64{1, 3, 4, 5, 7, 8}}).Report(ok)
		}
		w.noRoom(Want{Avoid: []int64{1, 3, 4, 5, 7, 8}}) // by the limit that was learnt
	})
}

func TestRunWritesBehindAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		time.Sleep(10 * time.Second)
		if n := w.store.saved(); n != 0 {
			t.Errorf("%d writes although nothing changed", n)
		}
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		time.Sleep(2 * writeEvery)
		if n := w.store.saved(); n != 1 {
			t.Errorf("%d writes after one change", n)
		}
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := w.store.saved(); n != 2 {
			t.Errorf("%d writes at the end", n)
		}
	})
}

func TestRunOutlivesAStoreThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		gone := errors.New("the database is gone")
		w.store.gone(gone)
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: DeadKey, Status: 400})
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: DayQuota, Status: 429, Quota: []gemini.Violation{violation(perDay, 5)}})
		for range 3 {
			time.Sleep(5 * time.Minute)
			w.lease(Want{Prefer: 3}).Report(Outcome{Verdict: OK, Status: 200})
		}
		if _, err := w.Update(t.Context(), 3, Patch{Weight: new(int)}); err == nil {
			t.Error("weight 0 was taken")
		}
		off := false
		if _, err := w.Update(t.Context(), 3, Patch{Enabled: &off}); !errors.Is(err, gone) {
			t.Errorf("an operator's change without a store: %v", err)
		}
		if k := w.key(3); !k.Enabled {
			t.Error("memory changed although the store did not")
		}
		w.store.gone(nil)
		time.Sleep(maxWriteWait + time.Second)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		before := w.keys(t)
		w.reopen()
		if diff := cmp.Diff(before, w.keys(t)); diff != "" {
			t.Errorf("lost while the store was away (-before +after):\n%s", diff)
		}
	})
}

// What the store refuses is written by the next flush, unless it was overtaken by something newer.
func TestFlushKeepsWhatWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(parse(t, "2026-11-24T07:59:00Z")))
		w := newWorld(t, 3)
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: DayQuota, Status: 429, Quota: []gemini.Violation{violation(perDay, 5)}})
		w.lease(Want{Prefer: 3}).Report(Outcome{Verdict: Request, Status: 400, Consumer: "projects/7"})
		time.Sleep(2 * time.Minute)
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200}) // on the next day
		w.store.away = errors.New("the database is gone")
		if err := w.Flush(t.Context()); !errors.Is(err, w.store.away) {
			t.Errorf("flush: %v", err)
		}
		w.lease(Want{Prefer: 2, Model: anotherModel}).Report(Outcome{Verdict: DayQuota, Status: 429})
		if _, err := w.Wake(2); err != nil { // newer than the rests that were refused
			t.Fatal(err)
		}
		w.store.away = nil
		for range 2 {
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.store.rests) != 0 {
			t.Errorf("rests that were ended are kept: %v", w.store.rests)
		}
		for day, want := range map[string]int64{"2026-11-23": 1, "2026-11-24": 1} {
			if got := w.store.days[[3]string{"key:1", flash, day}].Requests; got != want {
				t.Errorf("%d requests on %s, want %d", got, day, want)
			}
		}
		if w.store.keyDays["1"+"2026-11-23"].Requests != 1 || w.store.keyDays["1"+"2026-11-24"].Requests != 1 {
			t.Errorf("the key's days are %v", w.store.keyDays)
		}
		if l := w.store.learnt[restID{"key:2", flash}]; l.RPD == nil || *l.RPD != 5 {
			t.Errorf("learnt %+v", l)
		}
		if k := w.store.keys[3]; k.Project != "7" || k.ProjectSource != SourceError || !k.Health.Known {
			t.Errorf("key 3 is kept with project %q, %+v", k.Project, k.Health)
		}
	})
}

// A rest that ended long ago is forgotten in the store too.
func TestOldRestsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: MinuteQuota, Status: 429})
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: MisconfiguredKey, Status: 403})
		if err := w.Flush(t.Context()); err != nil || len(w.store.rests) != 2 {
			t.Fatalf("%d rests, %v", len(w.store.rests), err)
		}
		time.Sleep(30 * time.Hour)
		w.reopen()
		if err := w.Flush(t.Context()); err != nil || len(w.store.rests) != 0 {
			t.Errorf("%d rests, %v", len(w.store.rests), err)
		}
	})
}

// Counts that were not yet written when the day ended are written for the day they belong to.
func TestCountsOfAnEndedDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(parse(t, "2026-11-24T07:59:50Z")))
		w := newWorld(t, 1)
		for range 3 {
			w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		}
		out := w.lease(Want{})
		time.Sleep(20 * time.Second)
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		out.Report(Outcome{Verdict: Request, Status: 400}) // was counted yesterday: today has nothing to give back
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for day, want := range map[string]int64{"2026-11-23": 4, "2026-11-24": 1} {
			if got := w.store.days[[3]string{"key:1", flash, day}].Requests; got != want {
				t.Errorf("%d requests on %s, want %d", got, day, want)
			}
		}
		if d := w.store.keyDays["1"+"2026-11-23"]; d.Requests != 3 {
			t.Errorf("the key's day is %+v", d)
		}
	})
}

// What a model that nobody asks for took is given back, and made-up names do not grow memory without end.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3)
		for i := range 3 * maxLanes {
			w.lease(Want{Model: string(fakeKey(i))}).Report(Outcome{Verdict: Request, Status: 404})
		}
		if n := len(w.lanes); n > maxLanes {
			t.Errorf("%d models are remembered", n)
		}
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Minute)
		w.sweep()
		if n := len(w.lanes); n != 1 {
			t.Errorf("%d models are remembered, want the one that was used", n)
		}
		for _, k := range w.order {
			if len(k.project.cells) > 1 {
				t.Errorf("%d ledgers of a project", len(k.project.cells))
			}
		}
		if l := w.lanes[flash]; l.open {
			t.Error("an idle lane was not folded")
		}
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		if models := w.Models(); len(models) != 1 || models[0].RequestsToday != 2 {
			t.Errorf("models %+v", models)
		}
		time.Sleep(48 * time.Hour)
		w.sweep()
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.sweep()
		if n := len(w.lanes); n != 0 {
			t.Errorf("%d models are remembered after two days", n)
		}
	})
}
