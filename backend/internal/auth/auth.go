// Package auth knows who may come in: operators, who log in to the admin API with a name and password, and clients, who bring a
// user key. User keys are answered from memory; passwords, refresh tokens and user keys are kept as hashes alone.
package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// minKeyBytes is the least an HS256 key may have (RFC 7518 §3.2).
const minKeyBytes = 32

// Config is what Auth is built from. All of it is required.
type Config struct {
	Store Store
	Key   []byte // signs access tokens; at least 32 bytes, the same for all replicas
	Log   *slog.Logger
}

// Auth admits operators and clients. Its methods are safe for concurrent use.
type Auth struct {
	store    Store
	log      *slog.Logger
	tokens   tokens
	hasher   *hasher
	logins   attempts // at a name and password
	changes  attempts // at the current password, by those who are in
	sessions sessions

	// giving is held for reading while refresh tokens are given out and for writing while they are revoked, so that none slips
	// through between the two.
	giving sync.RWMutex

	keys       atomic.Pointer[keyring]
	changeKeys sync.Mutex // held by whoever makes the next keyring
}

// New makes an Auth and loads the user keys.
func New(ctx context.Context, c Config) (*Auth, error) {
	if c.Store == nil || c.Log == nil {
		return nil, errors.New("auth: a store and a log are needed")
	}
	if len(c.Key) < minKeyBytes {
		return nil, fmt.Errorf("auth: the signing key has %d bytes, at least %d are needed", len(c.Key), minKeyBytes)
	}
	a := &Auth{
		store:    c.Store,
		log:      c.Log,
		tokens:   newTokens(c.Key),
		hasher:   newHasher(),
		logins:   newAttempts(),
		changes:  newAttempts(),
		sessions: newSessions(time.Now()),
	}
	if err := a.loadKeys(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// How often the work behind is done.
const (
	touchEvery  = 30 * time.Second // writing when user keys were last used
	forgetEvery = time.Minute      // what is in memory and has run out
	sweepEvery  = time.Hour        // refresh tokens that have run out
	flushLimit  = 5 * time.Second  // for the last write
)

// Run does the work behind until ctx ends: it writes when user keys were last used, deletes refresh tokens that have run out,
// forgets old attempts and sessions, and gives back the memory of password hashing. At the end it writes once more.
func (a *Auth) Run(ctx context.Context) error {
	touch, forget, sweep := time.NewTicker(touchEvery), time.NewTicker(forgetEvery), time.NewTicker(sweepEvery)
	defer touch.Stop()
	defer forget.Stop()
	defer sweep.Stop()
	quiet := time.NewTimer(hashQuiet)
	defer quiet.Stop()
	a.sweep(ctx)
	for {
		select {
		case <-touch.C:
			if err := a.touchKeys(ctx); err != nil {
				a.log.WarnContext(ctx, "last use of user keys not written, trying again", "error", err)
			}
		case now := <-forget.C:
			a.logins.forget(now)
			a.changes.forget(now)
			a.sessions.forget(now)
		case <-sweep.C:
			a.sweep(ctx)
		case <-a.hasher.used:
			quiet.Reset(hashQuiet)
		case <-quiet.C:
			// The collector alone would keep the memory for minutes, since nothing else here allocates as much.
			debug.FreeOSMemory()
		case <-ctx.Done():
			return a.flush(ctx)
		}
	}
}

// flush writes a last time. ctx has ended, so it needs a life of its own.
func (a *Auth) flush(ctx context.Context) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushLimit)
	defer cancel()
	return a.touchKeys(last)
}

// sweep deletes refresh tokens that have run out. A fault is logged: the next sweep does it.
func (a *Auth) sweep(ctx context.Context) {
	n, err := a.store.DeleteExpiredRefresh(ctx, time.Now())
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.log.WarnContext(ctx, "old refresh tokens not deleted", "error", err)
	case n > 0:
		a.log.DebugContext(ctx, "old refresh tokens deleted", "count", n)
	}
}
