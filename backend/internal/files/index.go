package files

import (
	"context"
	"sync"
	"time"

	"gemini-proxy/backend/internal/fault"
)

const (
	indexed  = 10_000          // files known in memory
	indexFor = 5 * time.Minute // until the database is asked again: another server may have deleted the file
)

// index is the files that requests named lately, with their copies, so that a request asks the database for bytes alone.
type index struct {
	mu     sync.Mutex
	byID   map[int64]*entry
	byName map[ownName]*entry
}

type ownName struct {
	owner int64
	name  string
}

// entry is a file in memory. The file does not change; copies are guarded by the index's mu.
type entry struct {
	file   File
	copies map[string]Copy // by scope
	readAt time.Time
}

func (x *index) find(owner int64, name string) *entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.byName[ownName{owner, name}]
}

func (x *index) findID(id int64) *entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.byID[id]
}

func (x *index) put(e *entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byID == nil {
		x.byID, x.byName = map[int64]*entry{}, map[ownName]*entry{}
	}
	for id, other := range x.byID { // any will do: it can be read again
		if len(x.byID) < indexed {
			break
		}
		delete(x.byID, id)
		delete(x.byName, ownName{other.file.Owner, other.file.Name})
	}
	x.byID[e.file.ID], x.byName[ownName{e.file.Owner, e.file.Name}] = e, e
}

func (x *index) forget(id int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.byID[id]; e != nil {
		delete(x.byID, id)
		delete(x.byName, ownName{e.file.Owner, e.file.Name})
	}
}

// entry gives an owner's file by its name, from memory or from the store.
func (f *Files) entry(ctx context.Context, owner int64, name string) (*entry, error) {
	known := f.index.find(owner, name)
	return f.fresh(ctx, known, name, func() (*Record, error) {
		if !GoodName(name) {
			return nil, noSuchFile(name)
		}
		return f.Store.FindFile(ctx, owner, name)
	})
}

// entryByID is entry for a file that was found before.
func (f *Files) entryByID(ctx context.Context, id int64) (*entry, error) {
	known := f.index.findID(id)
	name := ""
	if known != nil {
		name = known.file.Name
	}
	return f.fresh(ctx, known, name, func() (*Record, error) { return f.Store.FileByID(ctx, id) })
}

// fresh gives what is known when it is good still, and else reads it. While the database is away, what is known counts.
func (f *Files) fresh(ctx context.Context, known *entry, name string, read func() (*Record, error)) (*entry, error) {
	now := f.Now()
	if known != nil && now.Before(known.file.ExpiresAt) && now.Before(known.readAt.Add(indexFor)) {
		return known, nil
	}
	r, err := read()
	switch {
	case fault.Is(err, fault.NotFound), err == nil && (r.State != Ready || !now.Before(r.ExpiresAt)):
		if known != nil {
			f.index.forget(known.file.ID)
		}
		return nil, noSuchFile(name)
	case err != nil && known != nil && now.Before(known.file.ExpiresAt):
		return known, nil
	case err != nil:
		return nil, err
	}
	copies, err := f.Store.Copies(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	e := &entry{file: r.File, readAt: now, copies: make(map[string]Copy, len(copies))}
	for _, c := range copies {
		e.copies[c.Scope] = c
	}
	f.index.put(e)
	return e, nil
}
