package auth

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// Bounds of password hashing: each takes 32 MiB, and a free host has 512 MB in all.
const (
	hashesAtOnce = 1
	hashesInLine = 8               // waiting for their turn; more are sent away
	hashWait     = 5 * time.Second // the longest one waits for its turn
	hashQuiet    = 2 * time.Second // without a hash before its memory is given back
	busyRetry    = 2 * time.Second // what those sent away are told
)

// hasher bounds how many passwords are hashed at once.
type hasher struct {
	slots chan struct{}
	line  chan struct{}
	used  chan struct{} // holds a token when there is memory to give back
}

func newHasher() *hasher {
	return &hasher{
		slots: make(chan struct{}, hashesAtOnce),
		line:  make(chan struct{}, hashesAtOnce+hashesInLine),
		used:  make(chan struct{}, 1),
	}
}

// do runs work when its turn comes. A fault.Limited says that too many wait.
func (h *hasher) do(ctx context.Context, work func()) error {
	select {
	case h.line <- struct{}{}:
		defer func() { <-h.line }()
	default:
		return busy()
	}
	patience := time.NewTimer(hashWait)
	defer patience.Stop()
	select {
	case h.slots <- struct{}{}:
	case <-patience.C:
		return busy()
	case <-ctx.Done():
		return fault.Wrap(fault.Canceled, context.Cause(ctx), "the request ended before its turn")
	}
	defer func() {
		<-h.slots
		select {
		case h.used <- struct{}{}:
		default: // it is known already
		}
	}()
	work()
	return nil
}

func busy() error {
	f := fault.New(fault.Limited, "too many log-ins at once, try again in a moment").WithCode("too_many_attempts")
	f.RetryAfter = busyRetry
	return f
}
