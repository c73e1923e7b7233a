package pool

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// google is what really limits projects: a sliding minute of requests and input tokens, and a day. It shares nothing with the
// ledger, and refused calls are not counted.
type google struct {
	mu       sync.Mutex
	projects map[int64]*truth // by key
}

type truth struct {
	limits
	calls   []call // that were accepted in the last minute
	coming  int    // calls that were leased and are on their way
	today   int64
	refused int       // calls, those that were refused together counted once
	told    time.Time // when a call was refused last
}

type call struct {
	at     time.Time
	tokens int64
}

// settle drops what is older than a minute.
func (p *truth) settle(now time.Time) {
	p.calls = slices.DeleteFunc(p.calls, func(c call) bool { return now.Sub(c.at) >= time.Minute })
}

// opening gives when the project will take a call of so many tokens, with so many more on their way.
func (p *truth) opening(now time.Time, tokens int64, coming int) time.Time {
	p.settle(now)
	left := slices.Clone(p.calls)
	for range coming {
		left = append(left, call{at: now})
	}
	at := now
	for len(left) > 0 && !p.fits(left, tokens) {
		at = left[0].at.Add(time.Minute)
		left = left[1:]
	}
	return at
}

func (p *truth) fits(calls []call, tokens int64) bool {
	var sum int64
	for _, c := range calls {
		sum += c.tokens
	}
	return (p.rpm < 0 || int64(len(calls)) < p.rpm) && (p.tpm < 0 || sum+tokens <= p.tpm)
}

// refuse counts a refused call, unless it was on its way when the one before was refused.
func (p *truth) refuse(now time.Time) {
	if now.Sub(p.told) > 200*time.Millisecond {
		p.refused++
	}
	p.told = now
}

// call answers one call, and counts it if it is accepted.
func (p *truth) call(now time.Time, tokens int64) Outcome {
	if p.rpd >= 0 && p.today >= p.rpd {
		p.refuse(now)
		return Outcome{Verdict: DayQuota, Status: 429, RetryDelay: 38 * time.Second, Quota: []gemini.Violation{violation(perDay, p.rpd)}}
	}
	if opens := p.opening(now, tokens, 0); opens.After(now) {
		p.refuse(now)
		o := Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: opens.Sub(now), Quota: []gemini.Violation{violation(perMinute, p.rpm)}}
		if p.rpm < 0 || int64(len(p.calls)) < p.rpm {
			o.Quota[0] = violation(tokensAMinute, p.tpm)
		}
		return o
	}
	p.calls = append(p.calls, call{now, tokens})
	p.today++
	return Outcome{Verdict: OK, Status: 200, PromptTokens: int(tokens)}
}

// traffic is a run of requests at random moments (Poisson), each with real latencies and failover.
type traffic struct {
	perMinute float64
	length    time.Duration
	tokens    int64 // the most a request has; its estimate is off by up to a fifth
	patient   *patient
}

// patient is an all-knowing gateway with a queue, in which who came first goes first: nobody can refuse fewer. It keeps our distance between a
// minute's end and the next request.
type patient struct {
	room    int // requests a minute, of all projects together
	wait    time.Duration
	began   []time.Time
	refused int
}

func (p *patient) ask(now time.Time) {
	at := now
	if full := len(p.began) - p.room; full >= 0 && p.began[full].Add(span).After(at) {
		at = p.began[full].Add(span)
	}
	if at.Sub(now) > p.wait {
		p.refused++
		return
	}
	p.began = append(p.began, at)
}

// result is what came of a run.
type result struct {
	mu                               sync.Mutex
	requests, served, refused, calls int
	wasted                           int // calls that were answered with 429
	untrue                           int // refusals whose Retry-After was off by more than a second
	oracle                           int // what an all-knowing gateway without a queue would have served
}

func (tr traffic) run(t *testing.T, w *world, g *google) *result {
	rng := rand.New(rand.NewPCG(11, 12))
	knowing, apart := &google{projects: map[int64]*truth{}}, map[*truth]*truth{}
	for id, p := range g.projects { // keys that share a project share its truth
		if apart[p] == nil {
			apart[p] = &truth{limits: p.limits}
		}
		knowing.projects[id] = apart[p]
	}
	r := &result{}
	var wg sync.WaitGroup
	for end := time.Now().Add(tr.length); time.Now().Before(end); {
		time.Sleep(time.Duration(rng.ExpFloat64() * float64(time.Minute) / tr.perMinute))
		tokens := 1 + rng.Int64N(max(tr.tokens, 1))
		estimate := int(float64(tokens) * (0.8 + 0.4*rng.Float64()))
		there, back := jitter(rng, 20, 60), jitter(rng, 500, 2500)
		r.requests++
		if knowing.serves(tokens) {
			r.oracle++
		}
		if tr.patient != nil {
			tr.patient.ask(time.Now())
		}
		wg.Go(func() { r.request(t, w, g, tokens, estimate, there, back) })
	}
	wg.Wait()
	return r
}

func jitter(rng *rand.Rand, least, more int64) time.Duration {
	return time.Duration(least+rng.Int64N(more)) * time.Millisecond
}

// serves places a call wherever there is room at this moment.
func (g *google) serves(tokens int64) bool {
	for _, p := range g.projects {
		if p.call(time.Now(), tokens).Verdict == OK {
			return true
		}
	}
	return false
}

// request is one request as the relay makes it: other keys are tried after a 429.
func (r *result) request(t *testing.T, w *world, g *google, tokens int64, estimate int, there, back time.Duration) {
	var avoid []int64
	for range 5 {
		l, err := w.Lease(t.Context(), Want{Model: flash, Tokens: estimate, Avoid: avoid})
		if err != nil {
			r.refuse(g, fault.Of(err), tokens, avoid)
			return
		}
		o := g.send(l.KeyID, tokens, there)
		r.mu.Lock()
		r.calls++
		if o.Verdict == OK {
			r.served++
		} else {
			r.wasted++
		}
		r.mu.Unlock()
		if o.Verdict == OK {
			time.Sleep(back)
			o.Took = back
			l.Report(o)
			return
		}
		time.Sleep(there)
		l.Report(o)
		avoid = append(avoid, l.KeyID)
	}
}

// send is a call that takes a while to get there.
func (g *google) send(key, tokens int64, there time.Duration) Outcome {
	g.mu.Lock()
	g.projects[key].coming++
	g.mu.Unlock()
	time.Sleep(there)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.projects[key].coming--
	return g.projects[key].call(time.Now(), tokens)
}

// refuse compares what a refusal says with the truth.
func (r *result) refuse(g *google, f *fault.Error, tokens int64, avoid []int64) {
	now := time.Now()
	g.mu.Lock()
	earliest := now.Add(24 * time.Hour)
	for id, p := range g.projects {
		if opens := p.opening(now, tokens, p.coming); !slices.Contains(avoid, id) && (p.rpd < 0 || p.today < p.rpd) && opens.Before(earliest) {
			earliest = opens
		}
	}
	g.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused++
	if off := f.RetryAfter - earliest.Sub(now); off < -time.Second || off > time.Second {
		r.untrue++
	}
}

func (r *result) log(t *testing.T) {
	t.Logf("%d requests: served %d (all-knowing %d), refused %d (%d untrue), %d of %d calls wasted",
		r.requests, r.served, r.oracle, r.refused, r.untrue, r.wasted, r.calls)
}

func eachStrategy(t *testing.T, test func(t *testing.T, strategy string)) {
	for _, strategy := range []string{settings.Adaptive, settings.LeastUsed, settings.RoundRobin} {
		t.Run(strategy, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { test(t, strategy) }) })
	}
}

// alike gives n projects with the same limits, known to the pool.
func alike(t *testing.T, n int, l limits, strategy string) (*world, *google) {
	w := newWorld(t, n, limited(flash, l.rpm, l.tpm, l.rpd))
	w.set(func(s *settings.Settings) { s.Strategy = strategy })
	g := &google{projects: map[int64]*truth{}}
	for id := range int64(n) {
		g.projects[id+1] = &truth{limits: l}
	}
	return w, g
}

// At four fifths of what the projects can do nobody is refused, and hardly a call is wasted.
func TestTrafficBelowCapacity(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		w, g := alike(t, 40, limits{10, -1, -1}, strategy)
		r := traffic{perMinute: 0.8 * 400, length: 20 * time.Minute}.run(t, w, g)
		r.log(t)
		if r.refused > 0 || r.served != r.requests || r.wasted*200 > r.calls {
			t.Error("want no refusals and less than 1 in 200 wasted")
		}
	})
}

// The same where tokens are what is scarce, which are only estimated until Google has counted them.
func TestTrafficLimitedByTokens(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		w, g := alike(t, 30, limits{-1, 100_000, -1}, strategy)
		r := traffic{perMinute: 0.8 * 30 * 100_000 / 5_000, length: 10 * time.Minute, tokens: 10_000}.run(t, w, g)
		r.log(t)
		if r.refused > 0 || r.served != r.requests || r.wasted*200 > r.calls {
			t.Error("want no refusals and less than 1 in 200 wasted")
		}
	})
}

// At half as much again as the projects can do, what can be served is, and refusals tell the truth.
func TestTrafficOverCapacity(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		w, g := alike(t, 40, limits{10, -1, -1}, strategy)
		best := &patient{room: 400, wait: seconds(w.now().QueueWait)}
		r := traffic{perMinute: 1.5 * 400, length: 20 * time.Minute, patient: best}.run(t, w, g)
		r.log(t)
		if float64(r.served) < 0.99*float64(len(best.began)) {
			t.Errorf("an all-knowing gateway with a queue serves %d", len(best.began))
		}
		if float64(r.served) < 0.99*float64(r.oracle) || r.wasted*50 > r.calls || r.untrue > 0 || r.refused == 0 {
			t.Error("want 99 in 100 of what could be served, true refusals, and less than 2 in 100 wasted")
		}
	})
}

// The same where tokens are scarce. How true refusals are depends on the estimates there.
func TestTrafficOverCapacityInTokens(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		w, g := alike(t, 30, limits{-1, 100_000, -1}, strategy)
		r := traffic{perMinute: 1.5 * 30 * 100_000 / 5_000, length: 10 * time.Minute, tokens: 10_000}.run(t, w, g)
		r.log(t)
		if r.served < r.oracle || r.wasted*50 > r.calls {
			t.Error("want all that could be served, and less than 2 in 100 wasted")
		}
	})
}

// Projects whose limits are other than the model's row says cost at most two calls each until they are known: one for the
// minute, one for the day.
func TestTrafficLearnsLimits(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		w, g := alike(t, 30, limits{12, -1, 150}, strategy)
		rng := rand.New(rand.NewPCG(21, 22))
		capacity := 0.0
		for _, id := range slices.Sorted(func(yield func(int64) bool) {
			for id := range g.projects {
				if !yield(id) {
					return
				}
			}
		}) {
			p := g.projects[id]
			p.rpm, p.rpd = 3+rng.Int64N(12), 40+rng.Int64N(160)
			capacity += float64(p.rpm)
		}
		r := traffic{perMinute: 1.2 * capacity, length: 25 * time.Minute}.run(t, w, g)
		r.log(t)
		for id, p := range g.projects {
			if p.refused > 2 {
				t.Errorf("%d calls with key %d were wasted on learning %+v", p.refused, id, p.limits)
			}
		}
		if float64(r.served) < 0.95*float64(r.oracle) {
			t.Errorf("served %d of %d", r.served, r.oracle)
		}
	})
}

// unequal gives four projects of 5, 10, 30 and 15 requests a minute, three keys in the first and two in the second, known to share them,
// behind limits that are wrong for each.
func unequal(t *testing.T, strategy string, rows ModelRecord) (*world, *google) {
	w := newWorld(t, 7, rows)
	w.set(func(s *settings.Settings) { s.Strategy = strategy })
	g := &google{projects: map[int64]*truth{}}
	id := int64(0)
	var groups [][]int64
	for _, p := range []struct{ rpm, keys int64 }{{5, 3}, {10, 2}, {30, 1}, {15, 1}} {
		shared, group := &truth{limits: limits{p.rpm, -1, -1}}, []int64{}
		for range p.keys {
			id++
			g.projects[id] = shared
			group = append(group, id)
		}
		groups = append(groups, group)
	}
	w.SetGroups(groups)
	return w, g
}

// Limits that came with the program are a guess. Too high or too low, at four fifths of what the projects really can do no client sees an
// error that one with a queue could be spared, and at most two calls per key are wasted until the truth is known, none later.
func TestTrafficBehindWrongLimits(t *testing.T) {
	for name, guess := range map[string]int64{"too high": 60, "in between": 12, "too low": 4} {
		for _, wait := range []float64{settings.Default().QueueWait, 30} {
			t.Run(fmt.Sprint(name, ", waiting ", wait), func(t *testing.T) {
				eachStrategy(t, func(t *testing.T, strategy string) { behindWrongLimits(t, strategy, guess, wait) })
			})
		}
	}
}

func behindWrongLimits(t *testing.T, strategy string, guess int64, wait float64) {
	row := limited(flash, guess, -1, -1)
	row.Seeded = true
	w, g := unequal(t, strategy, row)
	w.set(func(s *settings.Settings) { s.Strategy, s.QueueWait = strategy, wait })
	best := &patient{room: 60, wait: seconds(wait)}
	run := traffic{perMinute: 0.8 * 60, length: 20 * time.Minute, patient: best}
	first := run.run(t, w, g)
	first.log(t)
	wasted := 0
	seen := map[*truth]bool{}
	for _, p := range g.projects {
		if !seen[p] {
			wasted += p.refused
		}
		seen[p] = true
	}
	if first.refused > best.refused || first.served != first.requests-first.refused || wasted > 2*7 {
		t.Errorf("%d refused, of need %d; %d of %d served, %d calls wasted on learning", first.refused, best.refused, first.served, first.requests, wasted)
	}
	again := run.run(t, w, g)
	again.log(t)
	if first.refused+again.refused > best.refused || again.wasted*200 > again.calls {
		t.Errorf("later: %d refused, of need %d in all, %d of %d calls wasted", again.refused, best.refused, again.wasted, again.calls)
	}
	if wait >= 30 && first.refused+again.refused > 0 {
		t.Error("somebody was refused who could wait long enough")
	}
}

// What the operator has set is never passed, nor what Google has told.
func TestOnlyGuessesArePassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, limited(flash, 2, -1, -1))
		w.set(func(s *settings.Settings) { s.QueueWait = 0 })
		for range 2 {
			w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
		}
		w.noRoom(Want{}) // the operator's
		row := limited(flash, 2, -1, -1)
		row.Seeded = true
		w.SetModels([]ModelRecord{row})
		beyond := w.lease(Want{})
		w.noRoom(Want{}) // one at a time
		beyond.Report(Outcome{Verdict: MinuteQuota, Status: 429, RetryDelay: time.Second, Quota: []gemini.Violation{violation(perMinute, 2)}})
		time.Sleep(2 * time.Second)
		w.noRoom(Want{}) // Google's
		time.Sleep(time.Minute)
		w.lease(Want{}).Report(Outcome{Verdict: OK, Status: 200})
	})
}
