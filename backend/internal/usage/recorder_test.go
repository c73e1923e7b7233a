package usage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// memory keeps events as a database would, and refuses as it is told. The real store is on a floor above.
type memory struct {
	mu      sync.Mutex
	answer  func(ctx context.Context, events []Event) error // nil is always well
	kept    []string                                        // request ids
	batches []int
	calls   []time.Time
}

func (m *memory) SaveEvents(ctx context.Context, events []Event) error {
	m.mu.Lock()
	m.calls = append(m.calls, time.Now())
	answer := m.answer
	m.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, events); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches = append(m.batches, len(events))
	for _, e := range events {
		m.kept = append(m.kept, e.RequestID)
	}
	return nil
}

func (m *memory) set(answer func(context.Context, []Event) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = answer
}

func away(context.Context, []Event) error {
	return fault.New(fault.Unavailable, "the database is away").WithCode("database_unavailable")
}

// run starts a recorder and gives how to stop it, which gives what Run gave.
func run(store Store) (*Recorder, *bytes.Buffer, func() error) {
	var text bytes.Buffer
	r := NewRecorder(store, slog.New(slog.NewTextHandler(&text, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return r, &text, func() error {
		cancel()
		return <-ended
	}
}

func record(r *Recorder, from, to int) {
	for i := from; i < to; i++ {
		r.Record(Event{RequestID: fmt.Sprint(i), Status: 200})
	}
}

// complete fails unless exactly the events from 0 to n but skipped were kept, in order.
func (m *memory) complete(t *testing.T, n int, skipped ...int) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	var want []string
	for i := range n {
		if len(skipped) > 0 && skipped[0] == i {
			skipped = skipped[1:]
			continue
		}
		want = append(want, fmt.Sprint(i))
	}
	if strings.Join(want, " ") != strings.Join(m.kept, " ") {
		t.Errorf("kept %d events, want %d: %.200v", len(m.kept), len(want), m.kept)
	}
}

func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		r, _, stop := run(store)
		begin := time.Now()
		record(r, 0, 3)
		time.Sleep(batchWait - time.Millisecond)
		record(r, 3, 5)
		synctest.Wait()
		store.complete(t, 0) // still waiting for company
		time.Sleep(time.Millisecond)
		synctest.Wait()
		store.complete(t, 5)
		if waited := store.calls[0].Sub(begin); waited != batchWait {
			t.Errorf("written after %v", waited)
		}
		record(r, 5, 1205)
		synctest.Wait() // full batches do not wait
		store.complete(t, 1005)
		if err := stop(); err != nil {
			t.Error(err)
		}
		store.complete(t, 1205)
		if got := fmt.Sprint(store.batches); got != "[5 500 500 200]" {
			t.Errorf("batches %s", got)
		}
		if r.Queued() != 0 || r.Dropped() != 0 {
			t.Errorf("queued %d, dropped %d", r.Queued(), r.Dropped())
		}
	})
}

func TestFullQueueDrops(t *testing.T) {
	r := NewRecorder(&memory{}, slog.New(slog.DiscardHandler))
	record(r, 0, queueSize+10)
	if r.Queued() != queueSize || r.Dropped() != 10 {
		t.Errorf("queued %d, dropped %d", r.Queued(), r.Dropped())
	}
	if got := r.Counts().Requests; got != queueSize+10 {
		t.Errorf("counted %d requests", got)
	}
}

func TestStoreAwayLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{answer: away}
		r, log, stop := run(store)
		record(r, 0, 1)
		time.Sleep(5 * time.Minute)
		record(r, 1, 2000)
		store.set(nil)
		time.Sleep(longestRetry)
		synctest.Wait()
		store.complete(t, 2000)
		tries := len(store.calls)
		if tries < 12 || tries > 35 { // half a second doubling to thirty, jittered down to half
			t.Errorf("%d tries in five minutes", tries)
		}
		for i := 1; i < tries-4; i++ {
			if pause := store.calls[i].Sub(store.calls[i-1]); pause < firstRetry/2 || pause > longestRetry {
				t.Errorf("pause %d is %v", i, pause)
			}
		}
		if !strings.Contains(log.String(), "trying again") || r.Dropped() != 0 {
			t.Errorf("dropped %d, logged %s", r.Dropped(), log)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRefusedNoteCostsItselfAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		store.set(func(_ context.Context, events []Event) error {
			for _, e := range events {
				if e.RequestID == "7" || e.RequestID == "8" || e.RequestID == "499" {
					return errors.New("constraint violated")
				}
			}
			return nil
		})
		r, log, stop := run(store)
		record(r, 0, 700)
		time.Sleep(2 * batchWait)
		synctest.Wait()
		store.complete(t, 700, 7, 8, 499)
		if r.Dropped() != 3 || strings.Count(log.String(), "refused") != 3 || !strings.Contains(log.String(), "request_id=499") {
			t.Errorf("dropped %d, logged %s", r.Dropped(), log)
		}
		if n := len(store.calls); n > 60 {
			t.Errorf("%d writes to find three", n)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestAwayInTheMiddleOfHalvingWritesNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		calls := 0
		store.set(func(ctx context.Context, events []Event) error {
			calls++
			switch {
			case calls%3 == 0:
				return away(ctx, events)
			case len(events) > 10:
				return errors.New("too many for me")
			}
			return nil
		})
		r, _, stop := run(store)
		record(r, 0, 100)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		store.complete(t, 100)
		if err := stop(); err != nil || r.Dropped() != 0 {
			t.Errorf("dropped %d, %v", r.Dropped(), err)
		}
	})
}

func TestEndWritesWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		store.set(func(ctx context.Context, _ []Event) error {
			select { // slow, and not to be broken off by the end of Run's context
			case <-time.After(2 * time.Second):
				return nil
			case <-ctx.Done():
				return fault.Wrap(fault.Unavailable, ctx.Err(), "too slow")
			}
		})
		r, _, stop := run(store)
		record(r, 0, 1200)
		synctest.Wait() // the first batch is being written
		begin := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		store.complete(t, 1200)
		if len(store.calls) != 3 {
			t.Errorf("%d writes for three batches: one was broken off", len(store.calls))
		}
		if took := time.Since(begin); took > 7*time.Second {
			t.Errorf("the end took %v", took)
		}
	})
}

func TestEndIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, answer := range map[string]func(context.Context, []Event) error{
			"away": away,
			"hangs": func(ctx context.Context, _ []Event) error {
				<-ctx.Done()
				return ctx.Err()
			},
		} {
			store := &memory{answer: answer}
			r, _, stop := run(store)
			record(r, 0, 600)
			time.Sleep(time.Minute)
			begin := time.Now()
			err := stop()
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "600 usage notes") || r.Dropped() != 600 {
				t.Errorf("%s: dropped %d, %v", name, r.Dropped(), err)
			}
			if took := time.Since(begin); took > saveLimit+flushLimit {
				t.Errorf("%s: the end took %v", name, took)
			}
		}
	})
}

func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRecorder(&memory{}, slog.New(slog.DiscardHandler))
		for _, e := range []Event{
			{Status: 200, InputTokens: 10, OutputTokens: 5},
			{Status: 400, InputTokens: 1}, {Status: 499}, {Status: 429}, {Status: 502},
		} {
			r.Record(e)
		}
		want := Counts{Since: time.Now(), Requests: 5, Failures: 2, InputTokens: 11, OutputTokens: 5}
		if got := r.Counts(); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// TestRecordFromMany has many requests end at once while batches are written.
func TestRecordFromMany(t *testing.T) {
	store := &memory{}
	r, _, stop := run(store)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() { record(r, i*200, (i+1)*200) })
	}
	all.Wait()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if len(store.kept) != 3200 || r.Dropped() != 0 {
		t.Errorf("kept %d, dropped %d", len(store.kept), r.Dropped())
	}
}

func BenchmarkRecord(b *testing.B) {
	r := NewRecorder(&memory{}, slog.New(slog.DiscardHandler))
	event := Event{RequestID: "01H", Model: "gemini-flash-latest", Status: 200, InputTokens: 10, Attempts: make([]Attempt, 1)}
	b.ReportAllocs()
	for b.Loop() {
		r.Record(event)
		if r.Queued() == queueSize { // emptied here, else what is measured is dropping
			b.StopTimer()
			for range queueSize {
				<-r.queue
			}
			b.StartTimer()
		}
	}
	if r.Dropped() > 0 {
		b.Errorf("dropped %d", r.Dropped())
	}
}
