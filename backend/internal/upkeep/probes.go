package upkeep

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/pool"
)

const (
	probeEvery    = time.Second // how often the pool is asked which keys are due
	probeBatch    = 16          // keys probed per round
	probeParallel = 4           // probes at once: they share the exit with the requests
)

// RunProbes probes the keys that are due, until ctx ends. A healthy key that is used is never probed: its use tells of it.
func (p *Prober) RunProbes(ctx context.Context) error {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			p.probeDue(ctx)
		}
	}
}

func (p *Prober) probeDue(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(probeParallel)
	for _, id := range p.pool.DueForProbe(probeBatch) {
		group.Go(func() error {
			outcome, err := p.Check(ctx, id)
			if err != nil {
				return nil // the key was removed meanwhile, or the server stops
			}
			p.pool.Checked(id, outcome)
			level := slog.LevelInfo
			if outcome.Verdict == pool.OK {
				level = slog.LevelDebug
			}
			p.log.Log(ctx, level, "key probed", "key_id", id, "verdict", string(outcome.Verdict), "status", outcome.Status)
			return nil
		})
	}
	_ = group.Wait() // the probes give no errors
}
