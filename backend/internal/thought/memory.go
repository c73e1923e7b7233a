package thought

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Memory is the signatures in memory. It is safe for concurrent use.
type Memory struct {
	store  Store
	log    *slog.Logger
	hits   atomic.Int64
	misses atomic.Int64

	mu      sync.Mutex // guards all below
	entries map[name]*entry
	oldest  *entry // of a list in the order of minting
	newest  *entry
	bytes   int
	unsaved []Record
}

// name is what a signature is found by.
type name struct {
	userKeyID int64
	callID    string
}

type entry struct {
	Record
	older, newer *entry
}

// New makes a memory of what its store keeps.
func New(ctx context.Context, store Store, log *slog.Logger) (*Memory, error) {
	m := &Memory{store: store, log: log, entries: map[name]*entry{}}
	records, err := store.LoadThoughts(ctx, time.Now().Add(-Lifetime), maxEntries, maxBytes)
	if err != nil {
		return nil, fmt.Errorf("load the thought signatures: %w", err)
	}
	for i := len(records) - 1; i >= 0; i-- {
		m.put(records[i])
	}
	return m, nil
}

// Keep remembers the signatures of a user key's calls, by call id, and which Gemini key minted them.
func (m *Memory) Keep(userKeyID, keyID int64, signatures map[string]string) {
	if len(signatures) == 0 {
		return
	}
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, signature := range signatures {
		if id == "" || signature == "" || len(id) > maxCallID || len(signature) > maxSignature {
			continue
		}
		r := Record{UserKeyID: userKeyID, CallID: id, Signature: signature, KeyID: keyID, MintedAt: now}
		m.put(r)
		if len(m.unsaved) < maxUnsaved {
			m.unsaved = append(m.unsaved, r)
		}
	}
}

// Find gives the signatures that are kept of the calls, by call id, and the Gemini key that minted the last of them, 0 when there is none.
func (m *Memory) Find(userKeyID int64, callIDs []string) (signatures map[string]string, keyID int64) {
	since := time.Now().Add(-Lifetime)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range callIDs {
		e := m.entries[name{userKeyID, id}]
		if e == nil || e.MintedAt.Before(since) {
			continue
		}
		if signatures == nil {
			signatures = make(map[string]string, len(callIDs))
		}
		signatures[id], keyID = e.Signature, e.KeyID
	}
	return signatures, keyID
}

// Count notes how many signatures a request was given from here, and for how many calls a stand-in had to be sent.
func (m *Memory) Count(hits, misses int) {
	m.hits.Add(int64(hits))
	m.misses.Add(int64(misses))
}

// Stats is how well the memory serves.
type Stats struct {
	Entries int
	Bytes   int
	Hits    int64 // signatures given back since the start
	Misses  int64 // calls for which none was kept
}

// Stats gives the counts of now.
func (m *Memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Stats{Entries: len(m.entries), Bytes: m.bytes, Hits: m.hits.Load(), Misses: m.misses.Load()}
}

// put takes a record in as the newest, and lets the oldest go where there is no room.
func (m *Memory) put(r Record) {
	key := name{r.UserKeyID, r.CallID}
	if known := m.entries[key]; known != nil {
		m.drop(known)
	}
	e := &entry{Record: r, older: m.newest}
	if m.newest != nil {
		m.newest.newer = e
	} else {
		m.oldest = e
	}
	m.newest, m.entries[key] = e, e
	m.bytes += r.size()
	for len(m.entries) > maxEntries || m.bytes > maxBytes {
		m.drop(m.oldest)
	}
}

func (m *Memory) drop(e *entry) {
	delete(m.entries, name{e.UserKeyID, e.CallID})
	m.bytes -= e.size()
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		m.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		m.newest = e.older
	}
}

// expire lets go of what was minted before a time.
func (m *Memory) expire(before time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.oldest != nil && m.oldest.MintedAt.Before(before) {
		m.drop(m.oldest)
	}
}
