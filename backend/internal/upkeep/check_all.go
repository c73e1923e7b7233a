package upkeep

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/pool"
)

// checkParallel is how many keys are checked at once when an operator asks for all: he waits for it.
const checkParallel = 8

// errStopping ends long work when the server stops.
var errStopping = errors.New("the server stops")

// CheckAll checks keys, some at a time, tells the pool what was found, and gives it to each, one call at a time. It calls begin first,
// unless another check of all is under way: that is a fault.Conflict. When ctx ends it stops and gives its cause; keys that went
// meanwhile are passed over.
func (p *Prober) CheckAll(ctx context.Context, keyIDs []int64, begin func(), each func(keyID int64, found pool.Outcome)) error {
	if !p.checking.TryLock() {
		return fault.New(fault.Conflict, "a check of all keys is under way")
	}
	defer p.checking.Unlock()
	begin()
	var telling sync.Mutex
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(checkParallel)
	stopping := false
	for _, id := range keyIDs {
		if stopping = p.stopping(); stopping || running.Err() != nil {
			break
		}
		group.Go(func() error {
			found, err := p.Check(running, id)
			if fault.Is(err, fault.NotFound) {
				return nil // it was removed meanwhile
			}
			if err != nil {
				return err
			}
			p.pool.Checked(id, found)
			telling.Lock()
			defer telling.Unlock()
			each(id, found)
			return nil
		})
	}
	err := group.Wait()
	switch {
	case err != nil:
	case stopping:
		err = errStopping
	default:
		err = context.Cause(ctx)
	}
	if err != nil {
		return fault.Wrap(fault.Canceled, err, "the check was stopped")
	}
	return nil
}

// stopping reports whether Close was called.
func (p *Prober) stopping() bool {
	select {
	case <-p.closing:
		return true
	default:
		return false
	}
}
