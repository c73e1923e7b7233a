package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// The form of a user key: "sk-" and 48 characters of base 62, about 285 random bits.
const (
	keyPrefix   = "sk-"
	keyRandom   = 48
	keyLength   = len(keyPrefix) + keyRandom
	shownPrefix = len(keyPrefix) + 4
	shownSuffix = 4
)

// Masked gives what may be shown of the key: "sk-ab12…wxyz".
func (k *UserKey) Masked() string { return k.Prefix + "…" + k.Suffix }

// keyring is every user key that is not deleted. It is never changed, only replaced, so that reading it takes no lock.
type keyring struct {
	byHash map[[sha256.Size]byte]*held
	byID   map[int64]*held
}

// held is one user key in memory.
type held struct {
	key UserKey // never changed; its LastUsedAt is the one loaded: lastUse knows better
	use *use    // shared by all the held of one id

	meter *meter // shared too; nil while nothing of the key is counted
}

// use is when a key was last used, in Unix nanoseconds; 0 is never.
type use struct {
	last  atomic.Int64
	saved atomic.Int64
}

// usePrecision is how exactly the last use is known. Within it nothing is written, so that the processors do not fight over it.
const usePrecision = int64(time.Second)

// UserKey finds the key that a client brought and notes its use: from memory, without a lock. What it gives is shared and must not be
// changed. A key that is missing, unknown, disabled or expired is a fault.Unauthorized with the code invalid_api_key.
func (a *Auth) UserKey(secret string) (*UserKey, error) {
	// The array lives on the stack, and what has another length cannot be one of ours.
	var text [keyLength]byte
	if copy(text[:], secret) != keyLength || len(secret) != keyLength {
		return nil, invalidKey(secret)
	}
	h := a.keys.Load().byHash[sha256.Sum256(text[:])]
	if h == nil {
		return nil, invalidKey(secret)
	}
	if !h.key.Enabled {
		return nil, fault.New(fault.Unauthorized, "this API key is disabled").WithCode("invalid_api_key")
	}
	at := time.Now()
	if h.key.expired(at) {
		return nil, expiredKey()
	}
	if now := at.UnixNano(); now-h.use.last.Load() >= usePrecision {
		h.use.last.Store(now)
	}
	return &h.key, nil
}

func invalidKey(secret string) error {
	message := "this API key is not valid"
	if secret == "" {
		message = "an API key is needed: send it as Authorization: Bearer sk-…, x-goog-api-key, x-api-key or ?key="
	}
	return fault.New(fault.Unauthorized, "%s", message).WithCode("invalid_api_key")
}

// lastUse gives the key with its last use as it is known now.
func (h *held) lastUse() UserKey {
	key := h.key
	if last := h.use.last.Load(); last != 0 {
		key.LastUsedAt = time.Unix(0, last).UTC()
	}
	return key
}

// with gives a keyring that holds the key too, in place of an older one with its id. A meter, if any, takes the place of its own.
func (r *keyring) with(key UserKey, meter *meter) (*keyring, error) {
	hash, err := decodeHash(key.Hash)
	if err != nil {
		return nil, err
	}
	h := &held{key: key, use: &use{}}
	next := r.without(key.ID)
	if old := r.byID[key.ID]; old != nil {
		h.use, h.meter = old.use, old.meter
	}
	if meter != nil {
		h.meter = meter
	}
	next.byHash[hash], next.byID[key.ID] = h, h
	return next, nil
}

// without gives a keyring that lacks a key.
func (r *keyring) without(id int64) *keyring {
	next := &keyring{byHash: maps.Clone(r.byHash), byID: maps.Clone(r.byID)}
	delete(next.byID, id)
	if old := r.byID[id]; old != nil {
		if hash, err := decodeHash(old.key.Hash); err == nil {
			delete(next.byHash, hash)
		}
	}
	return next
}

func decodeHash(text string) (hash [sha256.Size]byte, err error) {
	if n, err := hex.Decode(hash[:], []byte(cut(text, 2*len(hash)))); err != nil || n != len(hash) {
		return hash, fault.New(fault.Internal, "a user key's hash is not readable")
	}
	return hash, nil
}

// Reload reads every user key anew, after they were changed in the store by another hand. What is counted of them goes on.
func (a *Auth) Reload(ctx context.Context) error {
	a.changeKeys.Lock()
	defer a.changeKeys.Unlock()
	return a.loadKeys(ctx)
}

// loadKeys reads every user key. One that is not readable is logged and left out: the others must work.
func (a *Auth) loadKeys(ctx context.Context) error {
	kept, err := a.store.UserKeys(ctx)
	if err != nil {
		return fmt.Errorf("load user keys: %w", err)
	}
	var counted []int64
	for i := range kept {
		if kept[i].counted() {
			counted = append(counted, kept[i].ID)
		}
	}
	meters, err := a.newMeters(ctx, counted...)
	if err != nil {
		return err
	}
	before := a.keys.Load() // nil at the start
	ring := &keyring{byHash: make(map[[sha256.Size]byte]*held, len(kept)), byID: make(map[int64]*held, len(kept))}
	for _, key := range kept {
		hash, err := decodeHash(key.Hash)
		if err != nil {
			a.log.ErrorContext(ctx, "a user key is left out", "user_key_id", key.ID, "error", err)
			continue
		}
		h := &held{key: key, use: &use{}, meter: meters[key.ID]}
		if !key.LastUsedAt.IsZero() {
			h.use.last.Store(key.LastUsedAt.UnixNano())
			h.use.saved.Store(key.LastUsedAt.UnixNano())
		}
		if before != nil && before.byID[key.ID] != nil {
			old := before.byID[key.ID]
			h.use, h.meter = old.use, cmp.Or(old.meter, h.meter) // what was counted here goes on
		}
		ring.byHash[hash], ring.byID[key.ID] = h, h
	}
	a.keys.Store(ring)
	return nil
}

// touchKeys writes the last use of the keys that were used since the last time.
func (a *Auth) touchKeys(ctx context.Context) error {
	used, times := map[int64]time.Time{}, map[*use]int64{}
	for id, h := range a.keys.Load().byID {
		if last := h.use.last.Load(); last != h.use.saved.Load() {
			used[id], times[h.use] = time.Unix(0, last).UTC(), last
		}
	}
	if len(used) == 0 {
		return nil
	}
	if err := a.store.TouchUserKeys(ctx, used); err != nil {
		return fmt.Errorf("write last use of user keys: %w", err)
	}
	for u, last := range times {
		u.saved.Store(last)
	}
	return nil
}

// newUserKey makes a key and what is kept of it.
func newUserKey() (secret string, hash, prefix, suffix string) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var b strings.Builder
	b.WriteString(keyPrefix)
	var one [1]byte
	for b.Len() < keyLength {
		rand.Read(one[:])                                  // never fails, by its contract
		if int(one[0]) < 256/len(alphabet)*len(alphabet) { // the rest would favour the first characters
			b.WriteByte(alphabet[int(one[0])%len(alphabet)])
		}
	}
	secret = b.String()
	return secret, hashToken(secret), secret[:shownPrefix], secret[len(secret)-shownSuffix:]
}
