package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/settings"
)

// A request for what one key's project holds goes to that project alone, whether it is known or the key counts as its own.
func TestHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3)
		atlas := w.add(3, ImportOptions{Project: "atlas"})
		for range 10 {
			if l := w.lease(Want{Home: 2}); l.KeyID != 2 {
				t.Fatalf("leased key %d for what key 2 holds", l.KeyID)
			}
			if l := w.lease(Want{Home: atlas[1].ID}); l.Project != "atlas" {
				t.Fatalf("leased key %d of %q for what atlas holds", l.KeyID, l.Project)
			}
			if l := w.lease(Want{Home: atlas[1].ID, Avoid: []int64{atlas[0].ID, atlas[1].ID}}); l.KeyID != atlas[2].ID {
				t.Fatalf("leased key %d", l.KeyID)
			}
		}
		if f := w.refused(Want{Home: 2, Avoid: []int64{2}}); f.Code != "no_available_key" {
			t.Errorf("with its only key avoided: %v", f)
		}
		if f := w.refused(Want{Home: 999}); f.Code != "no_available_key" {
			t.Errorf("for a key that never was: %v", f)
		}
	})
}

// The key that made something may be gone: its project's others still reach it.
func TestHomeOfARemovedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		atlas := w.add(2, ImportOptions{Project: "atlas"})
		if err := w.Remove(t.Context(), atlas[0].ID); err != nil {
			t.Fatal(err)
		}
		if l := w.lease(Want{Home: atlas[0].ID}); l.KeyID != atlas[1].ID {
			t.Errorf("leased key %d, want %d", l.KeyID, atlas[1].ID)
		}
		if err := w.Remove(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if f := w.refused(Want{Home: 1}); f.Code != "no_available_key" {
			t.Errorf("for a removed key of its own: %v", f)
		}
	})
}

// Who waits for a key's project goes on waiting when that project becomes known.
func TestHomeMovesWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, limited(flash, 1, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 60 })
		out := w.lease(Want{Home: 1})
		time.Sleep(time.Second)
		got := make(chan *Lease, 1)
		go func() {
			l, err := w.Lease(t.Context(), Want{Model: flash, Home: 1})
			if err != nil {
				t.Errorf("not served: %v", err)
			}
			got <- l
		}()
		synctest.Wait()
		w.SetProjects(map[int64]string{1: "atlas"})
		started := time.Now()
		out.Return()
		if l := <-got; l == nil || l.KeyID != 1 || l.Project != "atlas" || time.Since(started) != 0 {
			t.Errorf("leased %+v after %s", l, time.Since(started))
		}
	})
}

// A batch of texts counts as so many requests, and is let in while one place is free: it could be more than the limit ever leaves.
func TestCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 10, -1, 100))
		w.lease(Want{Count: 9}).Report(Outcome{Verdict: OK, Status: 200})
		returned := w.lease(Want{Count: 50})
		if f := w.refused(Want{}); f.Code != "rate_limit_exceeded" {
			t.Errorf("beyond the limit: %v", f)
		}
		returned.Return()
		if projects, _ := w.Projects(1); projects[0].Models[0].RPD.Used != 9 {
			t.Errorf("%+v: want 9 requests of the day", projects[0].Models)
		}
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		if f := w.refused(Want{}); f.Code != "rate_limit_exceeded" {
			t.Errorf("at the limit: %v", f)
		}
	})
}
