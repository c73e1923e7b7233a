package replica

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// book is a roll in memory, with the clock of the test.
type book struct {
	mu    sync.Mutex
	rows  []Replica
	signs int
	away  error
}

func (b *book) SignRoll(_ context.Context, r Replica, gone time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away != nil {
		return b.away
	}
	b.signs++
	b.rows = slices.DeleteFunc(b.rows, func(one Replica) bool { return one.ID == r.ID || time.Since(one.SeenAt) > gone })
	r.SeenAt = time.Now()
	b.rows = append(b.rows, r)
	return nil
}

func (b *book) LeaveRoll(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = slices.DeleteFunc(b.rows, func(one Replica) bool { return one.ID == id })
	return b.away
}

func (b *book) Roll(_ context.Context, within time.Duration, _ int) ([]Replica, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var there []Replica
	for _, one := range b.rows {
		if time.Since(one.SeenAt) < within {
			there = append(there, one)
		}
	}
	return there, b.away
}

// size tells how many rows there are, and how often it was signed.
func (b *book) size() (rows, signs int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.rows), b.signs
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestRollByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{rows: []Replica{{ID: "killed", SeenAt: time.Now()}}}
		r := NewRoll(b, "1.2.3", time.Now(), quiet())
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		expect := func(signs int, ids ...string) {
			t.Helper()
			synctest.Wait()
			there, err := r.Present(ctx)
			var got []string
			for _, one := range there {
				got = append(got, one.ID)
			}
			slices.Sort(got)
			slices.Sort(ids)
			_, signed := b.size()
			if err != nil || signed != signs || !slices.Equal(got, ids) {
				t.Errorf("after %d signings there are %v (%v), want %d and %v", signed, got, err, signs, ids)
			}
		}
		expect(1, "killed", r.Self())
		time.Sleep(59 * time.Second)
		expect(1, "killed", r.Self())
		time.Sleep(2 * time.Minute)
		expect(3, r.Self()) // it missed two beats
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if rows, _ := b.size(); rows != 1 {
			t.Errorf("the roll still has %d", rows)
		}
		stop()
		err := <-ended
		if rows, _ := b.size(); err != nil || rows != 0 {
			t.Errorf("after the end the roll has %d: %v", rows, err)
		}
	})
}

func TestRollWhileTheDatabaseIsAway(t *testing.T) {
	away := errors.New("away")
	b := &book{away: away}
	r := NewRoll(b, "1.2.3", time.Now(), quiet())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := r.Run(ctx); err != nil {
		t.Errorf("it does not end well: %v", err)
	}
	if there, err := r.Present(t.Context()); !errors.Is(err, away) || there != nil {
		t.Errorf("there are %+v: %v", there, err)
	}
	b.away = nil // it is back, and nothing was signed yet
	if there, err := r.Present(t.Context()); err != nil || len(there) != 1 || there[0].ID != r.Self() {
		t.Errorf("there are %+v: %v", there, err)
	}
}

func TestRollOfOneAlone(t *testing.T) {
	started := time.Now()
	r := NewRoll(nil, "1.2.3", started, quiet())
	if err := r.Run(t.Context()); err != nil {
		t.Error(err)
	}
	there, err := r.Present(t.Context())
	if err != nil || len(there) != 1 || there[0].ID != r.Self() || there[0].Version != "1.2.3" || !there[0].StartedAt.Equal(started) || there[0].SeenAt.IsZero() {
		t.Errorf("there are %+v: %v", there, err)
	}
}
