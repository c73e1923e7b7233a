package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store/storetest"
)

// account is a project: the requests a minute that the simulator lets it make, and how many keys it has.
type account struct{ perMinute, keys int }

func alike() []account { return slices.Repeat([]account{{10, 1}}, 40) }

// trip is how long one call is under way to Gemini, and how long Gemini thinks about it.
type trip struct{ there, back time.Duration }

type tripKey struct{}

// way leads to the simulated Gemini without sockets, so that a bubble's clock can go on. It keeps what the simulator took.
type way struct {
	sim     *geminisim.Sim
	room    int // requests a minute, of all projects together
	mu      sync.Mutex
	taken   []time.Time // the calls of the last minute that were not refused, in order
	coming  int         // calls that have not arrived yet
	calls   int
	wasted  int // calls that were answered with 429
	strange int // answers that are neither 200 nor 429
}

func (w *way) RoundTrip(r *http.Request) (*http.Response, error) {
	took, _ := r.Context().Value(tripKey{}).(trip)
	w.mu.Lock()
	w.coming++
	w.mu.Unlock()
	time.Sleep(took.there)
	answer := httptest.NewRecorder()
	w.mu.Lock()
	w.coming--
	w.sim.ServeHTTP(answer, r)
	w.calls++
	after := took.back
	switch answer.Code {
	case http.StatusOK:
		w.taken = append(w.taken, time.Now())
	case http.StatusTooManyRequests:
		w.wasted++
		after = took.there
	default:
		w.strange++
	}
	w.mu.Unlock()
	time.Sleep(after)
	_ = r.Body.Close() // it is in memory
	return answer.Result(), nil
}

// opens gives how long it is until the first project has room. None ever makes more than it may, so one has room when all together have.
func (w *way) opens() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.taken = slices.DeleteFunc(w.taken, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if full := len(w.taken) + w.coming - w.room; full >= 0 && full < len(w.taken) {
		return w.taken[full].Add(time.Minute).Sub(now)
	}
	return 0
}

// traffic is a run of requests at random moments (Poisson) through the whole gateway to the simulator.
type traffic struct {
	bench   *bench
	way     *way
	knowing *geminisim.Sim // one project with all the room there is: what an all-knowing gateway without a queue sees

	mu                      sync.Mutex
	requests, served        int
	refused, untrue, oracle int
}

// newTraffic gives projects that the simulator limits, and a pool that takes the row for their limits and knows which keys share a project.
func newTraffic(t *testing.T, strategy string, accounts []account, row pool.ModelRecord) *traffic {
	t.Helper()
	b := &bench{settings: settings.Default()}
	b.settings.Strategy = strategy
	config := geminisim.Config{Seed: 1}
	var secrets []gemini.Secret
	room := 0
	for i, a := range accounts {
		project := geminisim.Project{Number: fmt.Sprint(1000 + i), Limits: map[string]geminisim.Limits{"": {RPM: a.perMinute}}}
		for range a.keys {
			key := fakeKey(len(secrets))
			secrets = append(secrets, gemini.Secret(key))
			project.Keys = append(project.Keys, geminisim.Key{Value: key})
		}
		config.Projects = append(config.Projects, project)
		room += a.perMinute
	}
	b.sim = geminisim.New(config)
	tr := &traffic{bench: b, way: &way{sim: b.sim, room: room}, knowing: geminisim.New(geminisim.Config{Projects: []geminisim.Project{
		{Number: "1", Keys: []geminisim.Key{{Value: fakeKey(0)}}, Limits: map[string]geminisim.Limits{"": {RPM: room}}},
	}})}
	client := gemini.NewClient(&url.URL{Scheme: "http", Host: "simulated.invalid"}, "relay-test").Over(tr.way)
	log := slog.New(slog.DiscardHandler)
	var err error
	b.pool, err = pool.New(t.Context(), pool.Config{Store: storetest.SQLite(t), Settings: func() settings.Settings { return b.settings }, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	imported, err := b.pool.Import(t.Context(), secrets, pool.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var groups [][]int64
	for _, a := range accounts {
		var group []int64
		for range a.keys {
			group, imported.Added = append(group, imported.Added[0].ID), imported.Added[1:]
		}
		groups = append(groups, group)
	}
	b.pool.SetGroups(groups)
	b.pool.SetModels([]pool.ModelRecord{row})
	b.relay = relay.New(client, b.pool, func() settings.Settings { return b.settings }, log)
	return tr
}

// run sends requests at a share of what all projects take together.
func (tr *traffic) run(t *testing.T, share float64, length time.Duration) {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 12))
	var wg sync.WaitGroup
	for end := time.Now().Add(length); time.Now().Before(end); {
		time.Sleep(time.Duration(rng.ExpFloat64() * float64(time.Minute) / (share * float64(tr.way.room))))
		tr.requests++
		if tr.couldServe() {
			tr.oracle++
		}
		number := tr.requests
		took := trip{there: milliseconds(rng, 20, 80), back: milliseconds(rng, 500, 3000)}
		wg.Go(func() { tr.request(t, number, took) })
	}
	wg.Wait()
	t.Logf("%d requests: served %d (all-knowing %d), refused %d (%d untrue), %d of %d calls wasted",
		tr.requests, tr.served, tr.oracle, tr.refused, tr.untrue, tr.way.wasted, tr.way.calls)
	if tr.way.strange > 0 {
		t.Errorf("%d answers were neither 200 nor 429", tr.way.strange)
	}
}

func milliseconds(rng *rand.Rand, least, most int64) time.Duration {
	return time.Duration(least+rng.Int64N(most-least)) * time.Millisecond
}

// couldServe places a call of this very moment wherever there is room.
func (tr *traffic) couldServe() bool {
	r := httptest.NewRequest(http.MethodPost, "/v1beta/models/"+model+":generateContent", strings.NewReader(`{"contents":[{"parts":[{"text":"hello"}]}]}`))
	r.Header.Set("x-goog-api-key", fakeKey(0))
	answer := httptest.NewRecorder()
	tr.knowing.ServeHTTP(answer, r)
	return answer.Code == http.StatusOK
}

func (tr *traffic) request(t *testing.T, number int, took trip) {
	c, want := asking(number)
	text, err := tr.bench.ask(context.WithValue(t.Context(), tripKey{}, took), c, number%2 == 0)
	opens := tr.way.opens()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if err == nil {
		tr.served++
		if text != want {
			t.Errorf("request %d was answered with %q", number, text)
		}
		return
	}
	f := fault.Of(err)
	if f.Kind != fault.Limited {
		t.Errorf("request %d: %v", number, err)
		return
	}
	tr.refused++
	if off := f.RetryAfter - opens; off < -time.Second || off > time.Second {
		tr.untrue++
		t.Logf("says %v, in truth %v", f.RetryAfter, opens)
	}
}

func eachStrategy(t *testing.T, test func(t *testing.T, strategy string)) {
	for _, strategy := range []string{settings.Adaptive, settings.LeastUsed, settings.RoundRobin} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, strategy) })
		})
	}
}

// limited is the model's row.
func limited(perMinute int64, seeded bool) pool.ModelRecord {
	return pool.ModelRecord{Name: model, Enabled: true, RPM: &perMinute, Seeded: seeded}
}

// At four fifths of what the simulated projects take, no client is refused, and hardly a call is wasted.
func TestSimulatedTrafficBelowCapacity(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		tr := newTraffic(t, strategy, alike(), limited(10, false))
		tr.run(t, 0.8, 3*time.Minute)
		if tr.refused > 0 || tr.served != tr.requests || tr.way.wasted*200 >= tr.way.calls {
			t.Error("want no refusals and fewer than 1 in 200 calls wasted")
		}
	})
}

// At half as much again as they take, what can be served is, and refusals tell the truth.
func TestSimulatedTrafficOverCapacity(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		tr := newTraffic(t, strategy, alike(), limited(10, false))
		tr.run(t, 1.5, 3*time.Minute)
		if float64(tr.served) < 0.99*float64(tr.oracle) || tr.untrue > 0 || tr.refused == 0 || tr.way.wasted*50 >= tr.way.calls {
			t.Error("want 99 in 100 of what could be served, true refusals, and fewer than 2 in 100 calls wasted")
		}
	})
}

// Unequal projects, some of which have several keys, behind limits that are a wrong guess for each: no client sees an error that a queue
// can spare it, at most two calls per key are wasted until the truth is known, and none later.
func TestSimulatedTrafficBehindWrongLimits(t *testing.T) {
	for name, guess := range map[string]int64{"too high": 60, "in between": 12, "too low": 4} {
		t.Run(name, func(t *testing.T) {
			eachStrategy(t, func(t *testing.T, strategy string) {
				tr := newTraffic(t, strategy, []account{{5, 3}, {10, 2}, {30, 1}, {15, 1}}, limited(guess, true))
				tr.run(t, 0.8, 3*time.Minute)
				learning := tr.way.wasted
				tr.run(t, 0.8, 6*time.Minute)
				if tr.refused > 0 || tr.served != tr.requests || learning > 2*7 || tr.way.wasted > learning {
					t.Errorf("%d refused, %d calls wasted on learning and %d later", tr.refused, learning, tr.way.wasted-learning)
				}
			})
		})
	}
}
