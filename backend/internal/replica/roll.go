package replica

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"slices"
	"time"
)

const (
	beat    = time.Minute     // from one signing to the next
	present = 5 * beat / 2    // one that missed two beats is not counted
	gone    = 10 * beat       // and is struck out after some more
	most    = 100             // are named
	limit   = 3 * time.Second // for a signing: a stop does not wait longer for a database that is away
)

// Roll signs for this process and tells who else is there. It is safe for concurrent use.
type Roll struct {
	store Store
	self  Replica
	log   *slog.Logger
}

// NewRoll makes a roll. Without a store, for a database that no other process can share, this process is alone and nothing is written.
func NewRoll(store Store, version string, started time.Time, log *slog.Logger) *Roll {
	host, err := os.Hostname()
	if err != nil {
		log.Warn("this machine's name is not known", "error", err)
	}
	return &Roll{store: store, self: Replica{ID: rand.Text(), Host: host, Version: version, StartedAt: started}, log: log}
}

// Self gives the id of this process.
func (r *Roll) Self() string { return r.self.ID }

// Present gives the processes at work, this one among them, the longest running first.
func (r *Roll) Present(ctx context.Context) ([]Replica, error) {
	self := r.self
	self.SeenAt = time.Now()
	if r.store == nil {
		return []Replica{self}, nil
	}
	all, err := r.store.Roll(ctx, present, most)
	if err != nil {
		return nil, err
	}
	// It has not signed yet, or could not for a while: it is here all the same.
	if !slices.ContainsFunc(all, func(one Replica) bool { return one.ID == self.ID }) {
		all = append(all, self)
	}
	return all, nil
}

// Run signs at once and then with every beat until ctx ends, and strikes this process out then.
func (r *Roll) Run(ctx context.Context) error {
	if r.store == nil {
		return nil
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		r.sign(ctx)
		select {
		case <-ctx.Done():
			r.leave(ctx)
			return nil
		case <-tick.C:
		}
	}
}

func (r *Roll) sign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := r.store.SignRoll(ctx, r.self, gone); err != nil {
		r.log.WarnContext(ctx, "the roll of replicas was not signed", "error", err)
	}
}

func (r *Roll) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if err := r.store.LeaveRoll(ctx, r.self.ID); err != nil {
		r.log.WarnContext(ctx, "this replica was not struck out of the roll", "error", err)
	}
}
