// Package upkeep does what goes by the clock: it probes keys that failed or rest, and deletes records past their keeping.
package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/relay"
)

// probeLimit bounds one probe.
const probeLimit = 10 * time.Second

// Prober asks Gemini whether keys are good, by a call that costs no generation quota.
type Prober struct {
	client *gemini.Client
	pool   *pool.Pool
	log    *slog.Logger

	checking sync.Mutex    // held while all keys are checked
	closing  chan struct{} // closed when the server stops
	close    sync.Once
}

// NewProber makes a prober of the pool's keys.
func NewProber(client *gemini.Client, keys *pool.Pool, log *slog.Logger) *Prober {
	return &Prober{client: client, pool: keys, log: log, closing: make(chan struct{})}
}

// Close ends a check of all keys: the server stops and waits for its requests.
func (p *Prober) Close() { p.close.Do(func() { close(p.closing) }) }

// Check probes one key and gives what came of it; the caller tells the pool. The error is a fault.NotFound for a key that is not in
// the pool, or the context's.
func (p *Prober) Check(ctx context.Context, keyID int64) (pool.Outcome, error) {
	secret, _, err := p.pool.Secret(keyID)
	if err != nil {
		return pool.Outcome{}, err
	}
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	started := time.Now()
	err = p.client.Probe(limited, secret, "")
	if ctx.Err() != nil {
		return pool.Outcome{}, context.Cause(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return pool.Outcome{Verdict: pool.Timeout, Message: "no answer to the probe in time", Took: time.Since(started)}, nil
	}
	outcome := relay.Judge(ctx, err)
	outcome.Took = time.Since(started)
	return outcome, nil
}
