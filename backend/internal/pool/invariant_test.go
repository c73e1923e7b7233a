package pool

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// consistent fails when the pool's books disagree with one another.
func (w *world) consistent(t interface {
	Helper()
	Fatalf(string, ...any)
}, out []*Lease) {
	t.Helper()
	w.Pool.mu.Lock()
	defer w.Pool.mu.Unlock()
	now := w.Pool.now()
	flying, byKey := map[*cell]int32{}, map[*key]int32{}
	for _, l := range out {
		flying[l.cell.current()]++
		byKey[l.key]++
	}
	alive := 0
	for _, k := range w.order {
		if k.inFlight != byKey[k] {
			t.Fatalf("key %d has %d in flight, want %d", k.id, k.inFlight, byKey[k])
		}
		if k.project.keys[k.seat] != k || k.tier != k.tierAt(now) {
			t.Fatalf("key %d has tier %d, want %d", k.id, k.tier, k.tierAt(now))
		}
		for tier := healthy; tier <= failing; tier++ {
			if k.project.rings[tier].has(k.seat, 0) != (k.tier == tier) {
				t.Fatalf("key %d of tier %d is in the wrong ring", k.id, k.tier)
			}
		}
		if k.alive(now) {
			alive++
		}
	}
	if alive != w.alive {
		t.Fatalf("%d keys are alive, counted %d", alive, w.alive)
	}
	for _, l := range w.lanes {
		for i, c := range l.cells {
			if c.place != i || c.project.cell(l) != c || c.inFlight != flying[c] {
				t.Fatalf("ledger of %s: place %d of %d, %d in flight, want %d", c.project.scope, c.place, i, c.inFlight, flying[c])
			}
			if c.requests < 0 || c.window.requests < 0 || c.window.tokens < 0 {
				t.Fatalf("negative counts in %s: %d, %d, %d", c.project.scope, c.requests, c.window.requests, c.window.tokens)
			}
		}
		if !l.open {
			continue
		}
		for _, pr := range w.projects {
			if pr != nil && l.normal.has(pr.slot, 0) && l.spare.has(pr.slot, 0) {
				t.Fatalf("%s sits in both brackets", pr.scope)
			}
		}
	}
}

// inBubble runs one check in fake time, and hands on what ends it: rapid waits for that outside.
func inBubble(t *testing.T, check func(t *testing.T)) {
	var ended any
	synctest.Test(t, func(t *testing.T) {
		defer func() { ended = recover() }()
		check(t)
	})
	if ended != nil {
		panic(ended)
	}
}

// Whatever happens to a pool: no lease goes to a key that rests for the model, is disabled, removed or avoided, no known limit is
// overdrawn, and the books agree.
func TestInvariants(t *testing.T) {
	models := []string{flash, anotherModel, "unlimited"}
	rules := map[string]limits{flash: {3, 1000, 12}, anotherModel: {5, -1, -1}, "unlimited": noLimits()}
	verdicts := []Verdict{OK, OK, OK, DeadKey, Unauthenticated, MisconfiguredKey, Exit, Tier, DayQuota, MinuteQuota, Bare429, Transient, Timeout, Empty, Malformed, Request, ClientGone}
	rapid.Check(t, func(r *rapid.T) {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, 4, limited(flash, 3, 1000, 12), limited(anotherModel, 5, -1, -1))
			w.add(3, ImportOptions{Project: "atlas", Weight: 3})
			w.set(func(s *settings.Settings) { s.QueueWait = 0 })
			var out []*Lease
			on := map[int64]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true}
			id := rapid.Int64Range(1, 7)
			lease := func(r *rapid.T) {
				want := Want{Model: rapid.SampledFrom(models).Draw(r, "model"), Tokens: rapid.IntRange(0, 1500).Draw(r, "tokens")}
				want.Avoid = rapid.SliceOfN(id, 0, 4).Draw(r, "avoid")
				if rapid.Bool().Draw(r, "prefers") {
					want.Prefer = id.Draw(r, "prefer")
				}
				if rapid.IntRange(0, 3).Draw(r, "pin") == 0 {
					want.Project = "atlas"
				}
				l, err := w.Lease(t.Context(), want)
				if err != nil {
					if f := fault.Of(err); f.Kind != fault.NoKey && (f.Kind != fault.Limited || f.RetryAfter <= 0) {
						r.Fatalf("refused with %+v", f)
					}
					return
				}
				out = append(out, l)
				k := w.key(l.KeyID)
				if !on[l.KeyID] || slices.Contains(want.Avoid, l.KeyID) || want.Project != "" && l.Project != want.Project {
					r.Fatalf("leased key %d for %+v", l.KeyID, want)
				}
				for _, rest := range k.Rests {
					if rest.Model == "" || rest.Model == l.Model {
						r.Fatalf("leased key %d, which rests: %+v", l.KeyID, rest)
					}
				}
				c, rule := l.cell.current(), rules[l.Model].over(l.cell.current().learnt)
				if rule.rpm >= 0 && c.window.requests > rule.rpm || rule.rpd >= 0 && c.requests > rule.rpd ||
					rule.tpm >= 0 && c.window.tokens > rule.tpm && c.window.tokens > l.tokens {
					r.Fatalf("overdrawn: %d requests and %d tokens a minute, %d a day of %+v", c.window.requests, c.window.tokens, c.requests, rule)
				}
			}
			report := func(r *rapid.T) {
				if len(out) == 0 {
					return
				}
				i := rapid.IntRange(0, len(out)-1).Draw(r, "which")
				o := Outcome{Verdict: rapid.SampledFrom(verdicts).Draw(r, "verdict"), Status: rapid.SampledFrom([]int{0, 200, 429, 503}).Draw(r, "status")}
				o.PromptTokens = rapid.IntRange(0, 400).Draw(r, "prompt")
				if o.Verdict == MinuteQuota {
					o.Quota = []gemini.Violation{violation(perMinute, rapid.Int64Range(-1, 6).Draw(r, "quota"))}
				}
				if rapid.IntRange(0, 5).Draw(r, "told") == 0 {
					o.Consumer = fmt.Sprint("projects/", rapid.IntRange(1, 2).Draw(r, "consumer"))
				}
				out[i].Report(o)
				out[i].Return()
				out = slices.Delete(out, i, i+1)
			}
			r.Repeat(map[string]func(*rapid.T){
				"":      func(r *rapid.T) { w.consistent(r, out) },
				"lease": lease, "lease again": lease, "lease once more": lease,
				"report": report, "report again": report,
				"sleep": func(r *rapid.T) {
					time.Sleep(rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Second, time.Minute, time.Hour, 13 * time.Hour}).Draw(r, "pause"))
					w.Pool.mu.Lock()
					w.tick(w.Pool.now())
					w.Pool.mu.Unlock()
				},
				"operate": func(r *rapid.T) {
					k := id.Draw(r, "key")
					switch rapid.IntRange(0, 7).Draw(r, "what") {
					case 0:
						enabled := rapid.Bool().Draw(r, "enabled")
						if _, err := w.Update(t.Context(), k, Patch{Enabled: &enabled}); err == nil {
							on[k] = enabled
						}
					case 1:
						if err := w.Remove(t.Context(), k); err != nil {
							r.Fatal(err)
						}
						on[k] = false
					case 2:
						got, err := w.Restore(t.Context(), k)
						if err != nil {
							r.Fatal(err)
						}
						on[k] = got.Enabled
					case 3:
						if _, err := w.Wake(k); err != nil {
							r.Fatal(err)
						}
					case 4:
						w.SetProjects(map[int64]string{k: rapid.SampledFrom([]string{"m-1", "m-2"}).Draw(r, "marker")})
					case 5:
						project := rapid.SampledFrom([]string{"", "atlas", "m-1"}).Draw(r, "project")
						if _, err := w.Update(t.Context(), k, Patch{Project: &project}); err != nil && fault.KindOf(err) != fault.Conflict {
							r.Fatal(err)
						}
					case 6:
						w.Checked(k, Outcome{Verdict: rapid.SampledFrom(verdicts).Draw(r, "found"), Status: 200})
					case 7:
						w.SetGroups([][]int64{rapid.SliceOfN(id, 1, 4).Draw(r, "group")})
					}
				},
				"settings": func(r *rapid.T) {
					strategy := rapid.SampledFrom([]string{settings.Adaptive, settings.RoundRobin, settings.LeastUsed}).Draw(r, "strategy")
					w.set(func(s *settings.Settings) { s.Strategy = strategy })
				},
				"sweep": func(*rapid.T) { w.sweep() },
				"flush": func(r *rapid.T) {
					if err := w.Flush(t.Context()); err != nil {
						r.Fatal(err)
					}
				},
				"explain": func(r *rapid.T) {
					w.Explain(flash)
					w.Models()
					w.Projects(3)
				},
			})
			for _, l := range out {
				l.Report(Outcome{Verdict: OK, Status: 200})
			}
			w.consistent(r, nil)
		})
	})
}

// Many pickers at once, with an operator, probes and write-behind among them; the race detector watches, and the books must agree.
func TestManyPickers(t *testing.T) {
	w := newWorld(t, 40, limited(flash, 50, -1, -1))
	w.add(10, ImportOptions{Project: "atlas"})
	w.set(func(s *settings.Settings) { s.QueueWait = 0.05 })
	ctx, stop := context.WithCancel(t.Context())
	var background, pickers sync.WaitGroup
	background.Go(func() {
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	background.Go(func() {
		rng := rand.New(rand.NewPCG(3, 4))
		for i := 0; ctx.Err() == nil; i++ {
			id := 1 + rng.Int64N(50)
			enabled := i%3 != 0
			if _, err := w.Update(ctx, id, Patch{Enabled: &enabled}); err != nil {
				t.Error(err)
			}
			if _, err := w.Wake(id); err != nil {
				t.Error(err)
			}
			w.SetProjects(map[int64]string{id: fmt.Sprint("m-", id%7)})
			w.Checked(id, Outcome{Verdict: OK, Status: 200})
			w.DueForProbe(5)
			w.Counts()
			w.Explain(flash)
			if err := w.Flush(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	for n := range 16 {
		pickers.Go(func() {
			rng := rand.New(rand.NewPCG(5, uint64(n)))
			for range 400 {
				waiting, cancel := context.WithTimeout(ctx, time.Duration(1+rng.Int64N(20))*time.Millisecond)
				l, err := w.Lease(waiting, Want{Model: []string{flash, anotherModel}[rng.IntN(2)], Tokens: 10, Avoid: []int64{1 + rng.Int64N(50)}})
				cancel()
				if err != nil {
					continue
				}
				o := Outcome{Verdict: []Verdict{OK, OK, OK, Bare429, Transient, Exit, Timeout}[rng.IntN(7)], Status: 200, RetryDelay: time.Millisecond}
				l.Report(o)
				l.Report(o)
			}
		})
	}
	pickers.Wait()
	stop()
	background.Wait()
	w.tickNow()
	w.consistent(t, nil)
	w.nobodyWaits(t)
}

func (w *world) tickNow() {
	w.Pool.mu.Lock()
	defer w.Pool.unlock()
	w.tick(w.Pool.now())
}
