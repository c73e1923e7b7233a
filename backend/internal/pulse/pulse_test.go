package pulse

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store/storetest"
	"gemini-proxy/backend/internal/usage"
)

// patient is a pulse over a real pool of two keys. Time is the test's own.
type patient struct {
	*Pulse
	t        *testing.T
	pool     *pool.Pool
	recorder *usage.Recorder
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	log, database := slog.New(slog.DiscardHandler), storetest.SQLite(t)
	keys, err := pool.New(t.Context(), pool.Config{Store: database, Settings: settings.Default, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Import(t.Context(), []gemini.Secret{"AIzaSy-FAKE-1", "AIzaSy-FAKE-2"}, pool.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	recorder := usage.NewRecorder(database, log)
	return &patient{Pulse: New(Config{Pool: keys, Recorder: recorder}), t: t, pool: keys, recorder: recorder}
}

func (p *patient) watch(owner string) *Watcher {
	p.t.Helper()
	w, err := p.Watch(owner)
	if err != nil {
		p.t.Fatal(err)
	}
	return w
}

func (p *patient) next(w *Watcher) News {
	p.t.Helper()
	n, ok, err := w.Next(p.t.Context())
	if err != nil || !ok {
		p.t.Fatalf("no news: %v %v", ok, err)
	}
	return n
}

func (p *patient) record(requests int) {
	for range requests {
		p.recorder.Record(usage.Event{Status: 200, InputTokens: 10, OutputTokens: 3})
	}
}

// beatAfter lets a time pass in beats.
func (p *patient) beatAfter(passed time.Duration) {
	at := p.past[len(p.past)-1].at
	for end := at.Add(passed); at.Before(end); {
		at = at.Add(Beat)
		p.beat(at)
	}
}

func TestTheLastMinuteIsCounted(t *testing.T) {
	p := newPatient(t)
	w := p.watch("a")
	if first := p.next(w); first.Counters == nil || first.Counters.Keys.All != 2 || first.Counters.Minute.Requests != 0 {
		t.Fatalf("first news: %+v", first)
	}
	p.record(5)
	p.recorder.Record(usage.Event{Status: 503})
	p.beatAfter(Beat)
	got := p.next(w).Counters
	want := Traffic{Over: Beat, Requests: 6, Failures: 1, InputTokens: 50, OutputTokens: 15}
	if got.Minute != want || got.Latest != want {
		t.Errorf("after one beat: %+v and %+v, want %+v", got.Minute, got.Latest, want)
	}
	p.beatAfter(window - 2*Beat)
	p.record(1)
	p.beatAfter(Beat)
	got = p.next(w).Counters
	if got.Minute.Over != window || got.Minute.Requests != 7 || got.Latest.Requests != 1 || got.Latest.Over != Beat {
		t.Errorf("after a minute: %+v and %+v", got.Minute, got.Latest)
	}
	p.beatAfter(Beat)
	if got = p.next(w).Counters; got.Minute.Over != window || got.Minute.Requests != 1 {
		t.Errorf("what is older than a minute counts: %+v", got.Minute)
	}
	if len(p.past) != samples {
		t.Errorf("%d samples are kept", len(p.past))
	}
}

func TestChangesAreToldOnceEach(t *testing.T) {
	p := newPatient(t)
	w := p.watch("a")
	p.next(w)
	for range 1000 { // a watcher that does not listen holds no more than the kinds of change
		p.Changed(Keys)
		p.Changed(Settings)
	}
	if n := p.next(w); !slices.Equal(n.Changed, []string{Keys, Settings}) || n.Counters != nil {
		t.Errorf("told %+v", n)
	}
	lease, err := p.pool.Lease(t.Context(), pool.Want{Model: "gemini-3.8-flash"})
	if err != nil {
		t.Fatal(err)
	}
	p.beatAfter(Beat)
	if n := p.next(w); n.Counters.Load.InFlight != 1 || n.Changed != nil {
		t.Errorf("with a call under way: %+v", n)
	}
	lease.Report(pool.Outcome{Verdict: pool.DayQuota, Status: 429})
	p.beatAfter(Beat)
	if n := p.next(w); n.Counters.Load.InFlight != 0 || n.Counters.Keys.Resting != 1 || !slices.Equal(n.Changed, []string{Keys}) {
		t.Errorf("a key that rests by itself: %+v", n)
	}
}

func TestWatchersAreBounded(t *testing.T) {
	p := newPatient(t)
	var all []*Watcher
	for i := range maxWatchers / maxOfOne {
		for range maxOfOne {
			all = append(all, p.watch(string(rune('a'+i))))
		}
		if _, err := p.Watch(string(rune('a' + i))); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("one owner more: %v", err)
		}
	}
	if _, err := p.Watch("another"); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("one watcher more: %v", err)
	}
	all[0].End()
	all[0].End()
	p.watch("another").End()
	if len(p.watchers) != maxWatchers-1 {
		t.Errorf("%d watchers", len(p.watchers))
	}
}

func TestCloseEndsEveryWatch(t *testing.T) {
	p := newPatient(t)
	w := p.watch("a")
	p.Close()
	p.Close()
	if n, ok, err := w.Next(t.Context()); ok || err != nil {
		t.Errorf("news after the end: %+v %v", n, err)
	}
	if _, err := p.Watch("a"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a watch after the end: %v", err)
	}
	open := newPatient(t)
	w = open.watch("a")
	open.next(w)
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, _, err := w.Next(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that is gone: %v", err)
	}
}

func TestRunBeatsUntilItsEnd(t *testing.T) {
	p := newPatient(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		time.Sleep(3*Beat + Beat/2)
		synctest.Wait()
		if n := len(p.past); n != 4 {
			t.Errorf("%d samples after three beats", n)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
