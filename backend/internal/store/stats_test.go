package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

// day0 is when the events of these tests begin: long ago, so that nothing depends on the day of the run.
func day0() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }

// fakeEvents gives n events at random times of a stretch, the same for the same seed.
func fakeEvents(seed uint64, n int, over time.Duration, keys int) []usage.Event {
	random := rand.New(rand.NewPCG(seed, 1))
	events := make([]usage.Event, n)
	for i := range events {
		e := usage.Event{
			RequestID: fmt.Sprint("r", i), Time: day0().Add(time.Duration(random.Int64N(int64(over)))).Truncate(time.Microsecond),
			UserKeyID: 1 + random.Int64N(5), API: "chat", Model: fmt.Sprint("model-", random.IntN(4)), Status: 200, Outcome: "ok",
			InputTokens: random.IntN(1000), OutputTokens: random.IntN(1000), Thoughts: 3, Cached: 2,
			FirstByte: time.Second, Total: time.Duration(1+random.IntN(20_000)) * time.Millisecond,
		}
		for range random.IntN(3) {
			e.Attempts = append(e.Attempts, usage.Attempt{KeyID: 1 + random.Int64N(int64(keys)), Verdict: "ok", Status: 200})
		}
		switch random.IntN(10) {
		case 0:
			e.Status, e.Outcome = 502, "transient"
		case 1:
			e.Status, e.Outcome = 400, "invalid"
		}
		events[i] = e
	}
	return events
}

func saveEvents(t testing.TB, s *store.Store, events []usage.Event) {
	t.Helper()
	for len(events) > 0 {
		n := min(5000, len(events))
		if err := s.SaveEvents(t.Context(), events[:n]); err != nil {
			t.Fatalf("SaveEvents: %v", err)
		}
		events = events[n:]
	}
}

// sumOf sums up the events of a stretch that a condition takes, as the store should.
func sumOf(events []usage.Event, from, to time.Time, takes func(*usage.Event) bool) usage.Sums {
	var sums usage.Sums
	for i := range events {
		e := &events[i]
		if e.Time.Before(from) || !e.Time.Before(to) || !takes(e) {
			continue
		}
		sums.Requests++
		if e.Failed() {
			sums.Failures++
		}
		sums.InputTokens += int64(e.InputTokens)
		sums.OutputTokens += int64(e.OutputTokens)
	}
	return sums
}

func all(*usage.Event) bool { return true }

func lastKey(e *usage.Event) int64 {
	if len(e.Attempts) == 0 {
		return 0
	}
	return e.Attempts[len(e.Attempts)-1].KeyID
}

// stretches are times in zones that lie whole, half and quarter hours off, and odd ones.
func stretches() map[string][2]time.Time {
	d := day0()
	return map[string][2]time.Time{
		"a day in UTC":           {d.AddDate(0, 0, 1), d.AddDate(0, 0, 2)},
		"a day in India":         {d.Add(18*time.Hour + 30*time.Minute), d.Add(42*time.Hour + 30*time.Minute)},
		"a day in Nepal":         {d.Add(18*time.Hour + 15*time.Minute), d.Add(42*time.Hour + 15*time.Minute)},
		"inside one hour":        {d.Add(10*time.Hour + 5*time.Minute), d.Add(10*time.Hour + 50*time.Minute)},
		"to the end of an hour":  {d.Add(10*time.Hour + 5*time.Minute), d.Add(11 * time.Hour)},
		"from the start of one":  {d.Add(10 * time.Hour), d.Add(10*time.Hour + time.Minute)},
		"across one border":      {d.Add(10*time.Hour + 5*time.Minute), d.Add(11*time.Hour + 5*time.Minute)},
		"to a microsecond":       {d.Add(time.Hour + 1234567*time.Microsecond), d.Add(50*time.Hour + 7654321*time.Microsecond)},
		"before all":             {d.AddDate(0, 0, -9), d.AddDate(0, 0, -8)},
		"everything":             {d.AddDate(-1, 0, 0), d.AddDate(1, 0, 0)},
		"nothing, the wrong way": {d.AddDate(0, 0, 2), d.AddDate(0, 0, 1)},
	}
}

func TestSumsAreRightInEveryZone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		events := fakeEvents(1, 4000, 72*time.Hour, 9)
		saveEvents(t, s, events)
		for name, part := range stretches() {
			t.Run(name, func(t *testing.T) {
				from, to := part[0], part[1]
				if !from.Before(to) || to.Sub(from) > 1000*time.Hour {
					checkSums(t, s, events, from, to)
					return
				}
				checkSums(t, s, events, from, to, time.Hour, 2*time.Hour, 47*time.Minute)
			})
		}
	})
}

func checkSums(t *testing.T, s *store.Store, events []usage.Event, from, to time.Time, steps ...time.Duration) {
	t.Helper()
	ctx := t.Context()
	totals, err := s.Totals(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	want := sumOf(events, from, to, all)
	if totals.Sums != want {
		t.Errorf("Totals = %+v, want %+v", totals.Sums, want)
	}
	if totals.HasLatency && (totals.P50 <= 0 || totals.P50 > totals.P95 || totals.P95 > totals.P99) {
		t.Errorf("percentiles %v, %v, %v are not in order", totals.P50, totals.P95, totals.P99)
	}
	models, err := s.ByModel(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		if want := sumOf(events, from, to, func(e *usage.Event) bool { return e.Model == m.Model }); m.Sums != want {
			t.Errorf("ByModel %s = %+v, want %+v", m.Model, m.Sums, want)
		}
		want.Requests -= m.Requests
	}
	users, err := s.ByUserKey(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	byUser := int64(0)
	for _, u := range users {
		if want := sumOf(events, from, to, func(e *usage.Event) bool { return e.UserKeyID == u.UserKeyID }); u.Sums != want {
			t.Errorf("ByUserKey %d = %+v, want %+v", u.UserKeyID, u.Sums, want)
		}
		byUser += u.Requests
	}
	if want.Requests != 0 || byUser != totals.Requests {
		t.Errorf("the models leave out %d requests, the user keys %d", want.Requests, totals.Requests-byUser)
	}
	checkKeys(t, s, events, from, to)
	for _, step := range steps {
		checkSeries(t, s, events, from, to, step)
	}
}

func checkKeys(t *testing.T, s *store.Store, events []usage.Event, from, to time.Time) {
	t.Helper()
	items, rest, err := s.ByGeminiKey(t.Context(), from, to, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) > 3 {
		t.Fatalf("ByGeminiKey gave %d keys, more than 3", len(items))
	}
	sum := rest
	for i, k := range items {
		if want := sumOf(events, from, to, func(e *usage.Event) bool { return lastKey(e) == k.KeyID }); k.Sums != want || k.KeyID == 0 {
			t.Errorf("ByGeminiKey %d = %+v, want %+v", k.KeyID, k.Sums, want)
		}
		if i > 0 && k.Requests > items[i-1].Requests {
			t.Error("ByGeminiKey is not sorted")
		}
		sum = usage.Sums{
			Requests: sum.Requests + k.Requests, Failures: sum.Failures + k.Failures,
			InputTokens: sum.InputTokens + k.InputTokens, OutputTokens: sum.OutputTokens + k.OutputTokens,
		}
	}
	if want := sumOf(events, from, to, func(e *usage.Event) bool { return lastKey(e) != 0 }); sum != want {
		t.Errorf("ByGeminiKey with its rest = %+v, want %+v", sum, want)
	}
}

func checkSeries(t *testing.T, s *store.Store, events []usage.Event, from, to time.Time, step time.Duration) {
	t.Helper()
	points, err := s.Series(t.Context(), usage.Part{}, from, to, step)
	if err != nil {
		t.Fatal(err)
	}
	start := from
	for _, p := range points {
		end := start.Add(step)
		if end.After(to) {
			end = to
		}
		if !p.Time.Equal(start) {
			t.Fatalf("step %v: a point at %v, want %v", step, p.Time, start)
		}
		if want := sumOf(events, start, end, all); p.Sums != want {
			t.Errorf("step %v: the point at %v = %+v, want %+v", step, start, p.Sums, want)
		}
		start = end
	}
	if !start.Equal(to) {
		t.Errorf("step %v: the series ends at %v, want %v", step, start, to)
	}
}

func TestSeriesOfAPart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		events := fakeEvents(7, 1500, 48*time.Hour, 5)
		saveEvents(t, s, events)
		one := &events[700]
		parts := map[usage.Part]func(*usage.Event) bool{
			{Model: one.Model}:           func(e *usage.Event) bool { return e.Model == one.Model },
			{UserKeyID: one.UserKeyID}:   func(e *usage.Event) bool { return e.UserKeyID == one.UserKeyID },
			{GeminiKeyID: 3}:             func(e *usage.Event) bool { return lastKey(e) == 3 },
			{Model: "gemini-never-used"}: func(*usage.Event) bool { return false },
		}
		for part, belongs := range parts {
			for _, step := range []time.Duration{2 * time.Hour, time.Hour, 20 * time.Minute} {
				points, err := s.Series(t.Context(), part, day0(), day0().Add(48*time.Hour), step)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range points {
					if want := sumOf(events, p.Time, p.Time.Add(step), belongs); p.Sums != want {
						t.Errorf("%+v by %v: the point at %v = %+v, want %+v", part, step, p.Time, p.Sums, want)
					}
				}
			}
			// Where steps do not begin with an hour of UTC, an hour counts where it begins; nothing is lost or counted twice.
			from, to := day0().Add(3*time.Hour+15*time.Minute), day0().Add(27*time.Hour+15*time.Minute)
			points, err := s.Series(t.Context(), part, from, to, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			var sum int64
			for _, p := range points {
				sum += p.Requests
			}
			if want := sumOf(events, from, to, belongs).Requests; sum != want {
				t.Errorf("%+v off the hour: %d requests, want %d", part, sum, want)
			}
		}
	})
}

func TestSeriesBounds(t *testing.T) {
	s := storetest.SQLite(t)
	d := day0()
	for name, call := range map[string]struct {
		to   time.Time
		step time.Duration
	}{
		"a step under a minute": {d.Add(time.Hour), time.Second},
		"too many points":       {d.AddDate(1, 0, 0), time.Minute},
		"an empty stretch":      {d, time.Hour},
	} {
		if _, err := s.Series(t.Context(), usage.Part{}, d, call.to, call.step); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want an Invalid", name, err)
		}
	}
}

func TestPercentilesAreRightWithinATenth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var events []usage.Event
		for i := range 1000 { // 10 ms, 20 ms … 10 s
			events = append(events, usage.Event{Time: day0().Add(time.Minute), Status: 200, Total: time.Duration(i+1) * 10 * time.Millisecond})
		}
		events = append(events, usage.Event{Time: day0(), Status: 502, Total: time.Hour}, usage.Event{Time: day0(), Status: 499, Total: time.Hour})
		saveEvents(t, s, events)
		for name, to := range map[string]time.Time{"hours": day0().Add(time.Hour), "requests": day0().Add(2 * time.Minute)} {
			got, err := s.Totals(t.Context(), day0(), to)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []struct{ got, want time.Duration }{{got.P50, 5 * time.Second}, {got.P95, 9500 * time.Millisecond}, {got.P99, 9900 * time.Millisecond}} {
				if off := float64(p.got)/float64(p.want) - 1; off < -0.1 || off > 0.1 {
					t.Errorf("from %s: %v, want %v within a tenth", name, p.got, p.want)
				}
			}
		}
		got, err := s.Totals(t.Context(), day0().Add(time.Hour), day0().Add(2*time.Hour))
		if err != nil || got.HasLatency {
			t.Errorf("an empty hour: %+v, %v; want no latency", got, err)
		}
	})
}

func TestRecentFailures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := day0().Add(time.Hour)
		saveEvents(t, s, []usage.Event{
			{Time: at, Status: 200, Outcome: "ok"},
			{Time: at.Add(2 * time.Second), Status: 429, Outcome: "day_quota", Model: "m", UserKeyID: 3, RequestID: "r", Total: 1500 * time.Millisecond,
				Attempts: []usage.Attempt{{KeyID: 1}, {KeyID: 2}}},
			{Time: at.Add(time.Second), Status: 500, Outcome: "internal"},
			{Time: at, Status: 503, Outcome: "no_key"},
			{Time: at.Add(3 * time.Second), Status: 400, Outcome: "invalid"},
		})
		got, err := s.RecentFailures(t.Context(), 2)
		if err != nil || len(got) != 2 {
			t.Fatalf("RecentFailures gave %d (%v), want 2", len(got), err)
		}
		want := usage.Failure{
			ID: got[0].ID, RequestID: "r", Time: at.Add(2 * time.Second), Model: "m", UserKeyID: 3, KeyID: 2, Status: 429, Outcome: "day_quota", Attempts: 2,
			Total: 1500 * time.Millisecond,
		}
		if diff := cmp.Diff(want, got[0]); diff != "" || got[0].ID == 0 || got[1].Outcome != "internal" {
			t.Errorf("RecentFailures (-want +got):\n%s then %+v", diff, got[1])
		}
	})
}

func TestPruneKeepsTheSums(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		events := fakeEvents(2, 2000, 72*time.Hour, 5)
		saveEvents(t, s, events)
		border := day0().Add(30*time.Hour + 25*time.Minute)
		old := sumOf(events, day0(), day0().Add(30*time.Hour), all).Requests
		if n, err := s.Prune(ctx, border, day0(), 100); err != nil || n != old+30*4 {
			t.Fatalf("Prune deleted %d (%v), want the %d requests of before the hour, and their sums of 30 hours by the quarter", n, err, old)
		}
		// What is known of pruned hours is their sum: whole hours stay right, and those kept stay right to the microsecond.
		checkSums(t, s, events, day0(), day0().Add(72*time.Hour), time.Hour, 6*time.Hour)
		checkSums(t, s, events, day0().Add(30*time.Hour+7*time.Minute), day0().Add(60*time.Hour+11*time.Minute), 2*time.Hour, 20*time.Minute)
		checkSums(t, s, events, day0().Add(30*time.Hour+15*time.Minute), day0().Add(60*time.Hour+30*time.Minute), 2*time.Hour, 15*time.Minute)
		checkSums(t, s, events, day0().Add(40*time.Hour+45*time.Minute), day0().Add(60*time.Hour+11*time.Minute), 12*time.Hour, 45*time.Minute)
		from, to := day0().Add(10*time.Hour+30*time.Minute), day0().Add(20*time.Hour+30*time.Minute)
		totals, err := s.Totals(ctx, from, to)
		if want := sumOf(events, day0().Add(11*time.Hour), day0().Add(21*time.Hour), all); err != nil || totals.Sums != want {
			t.Errorf("Totals over pruned parts of hours = %+v, %v; want the hours that begin inside, %+v", totals.Sums, err, want)
		}
		for _, step := range []time.Duration{20 * time.Minute, 15 * time.Minute, 12 * time.Hour} {
			points, err := s.Series(ctx, usage.Part{}, from, to, step)
			if err != nil {
				t.Fatal(err)
			}
			var sum int64
			for _, p := range points {
				sum += p.Requests
			}
			if sum != totals.Requests {
				t.Errorf("the series by %v adds up to %d, the totals to %d", step, sum, totals.Requests)
			}
		}

		// Sums are not deleted while their requests are kept.
		if _, err := s.Prune(ctx, border, day0().AddDate(1, 0, 0), 100); err != nil {
			t.Fatal(err)
		}
		checkSums(t, s, events, day0().Add(30*time.Hour), day0().Add(72*time.Hour), time.Hour)
		totals, err = s.Totals(ctx, day0(), day0().Add(30*time.Hour))
		if err != nil || totals.Requests != 0 {
			t.Errorf("%d requests are left of pruned hours (%v)", totals.Requests, err)
		}
		ever, err := s.UserKeyTotals(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for id, got := range ever {
			if want := sumOf(events, day0(), day0().AddDate(1, 0, 0), func(e *usage.Event) bool { return e.UserKeyID == id }); got != want {
				t.Errorf("user key %d has used %+v, want %+v", id, got, want)
			}
		}
		if len(ever) != 5 {
			t.Errorf("totals of %d user keys, want 5", len(ever))
		}
	})
}

func TestOddEventsAreSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		odd := "nul\x00\xff" + string(make([]byte, 9000))
		event := usage.Event{Time: day0(), RequestID: odd, API: odd, Model: odd, Outcome: odd, FinishReason: odd, Status: 200,
			Attempts: []usage.Attempt{{KeyID: 1, Project: odd, Verdict: odd, Message: odd}}}
		if err := s.SaveEvents(t.Context(), []usage.Event{event, event}); err != nil {
			t.Fatalf("SaveEvents: %v", err)
		}
		if models, err := s.ByModel(t.Context(), day0(), day0().Add(time.Minute)); err != nil || len(models) != 1 || models[0].Requests != 2 {
			t.Errorf("ByModel = %+v, %v", models, err)
		}
		if err := s.SaveEvents(t.Context(), nil); err != nil {
			t.Errorf("saving nothing: %v", err)
		}
	})
}
