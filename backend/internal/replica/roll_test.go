package replica

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// book is a roll in memory, with the clock of the test.
type book struct {
	rows  []Replica
	signs int
	away  error
}

func (b *book) SignRoll(_ context.Context, r Replica, gone time.Duration) error {
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
	b.rows = slices.DeleteFunc(b.rows, func(one Replica) bool { return one.ID == id })
	return b.away
}

func (b *book) Roll(_ context.Context, within time.Duration, _ int) ([]Replica, error) {
	var there []Replica
	for _, one := range b.rows {
		if time.Since(one.SeenAt) < within {
			there = append(there, one)
		}
	}
	return there, b.away
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
			if err != nil || b.signs != signs || !slices.Equal(got, ids) {
				t.Errorf("after %d signings there are %v (%v), want %d and %v", b.signs, got, err, signs, ids)
			}
		}
		expect(1, "killed", r.Self())
		time.Sleep(59 * time.Second)
		expect(1, "killed", r.Self())
		time.Sleep(2 * time.Minute)
		expect(3, r.Self()) // it missed two beats
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(b.rows) != 1 {
			t.Errorf("the roll still has %+v", b.rows)
		}
		stop()
		if err := <-ended; err != nil || len(b.rows) != 0 {
			t.Errorf("after the end the roll has %+v: %v", b.rows, err)
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
