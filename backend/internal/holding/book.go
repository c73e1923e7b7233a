package holding

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"gemini-proxy/backend/internal/fault"
)

const (
	maxKnown   = 10_000 // records in memory, some 3 MB; the rest are read when asked for
	maxUnsaved = 10_000
	saveLimit  = 2 * time.Second // that a client waits for its new thing to be noted
	findLimit  = 5 * time.Second
)

// Book is the records. What was used lately is in memory; a request for anything else reads it from the store. It is safe for concurrent use.
type Book struct {
	store Store
	log   *slog.Logger

	saving  sync.Mutex // one writer to the store at a time
	mu      sync.Mutex // guards all below
	known   map[identity]Record
	unsaved map[identity]Record // the store was away when they were made
}

type identity struct {
	userKeyID int64
	name      string
}

// NewBook makes a book of what its store keeps.
func NewBook(store Store, log *slog.Logger) *Book {
	return &Book{store: store, log: log, known: map[identity]Record{}, unsaved: map[identity]Record{}}
}

// Keep notes things that were made, before their maker is told of them. While the store is away they are kept in memory, and written later.
func (b *Book) Keep(ctx context.Context, records ...Record) {
	b.mu.Lock()
	for i := range records {
		r := records[i]
		if r.Name == "" || len(r.Name) > maxName {
			continue
		}
		r.MadeAt, r.ExpiresAt = r.MadeAt.UTC().Truncate(time.Microsecond), r.ExpiresAt.UTC().Truncate(time.Microsecond)
		id := identity{r.UserKeyID, r.Name}
		if old, found := b.known[id]; found && old.KeyID == r.KeyID && old.ExpiresAt.Equal(r.ExpiresAt) {
			continue // noted before
		}
		b.remember(id, r)
		if len(b.unsaved) < maxUnsaved {
			b.unsaved[id] = r
		}
	}
	b.mu.Unlock()
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit) // it was made, whether the client stays or not
	defer cancel()
	if err := b.save(limited); err != nil {
		b.log.WarnContext(ctx, "what Google holds not noted yet", "error", err)
	}
}

// remember takes a record into memory and lets go of any where there is no room.
func (b *Book) remember(id identity, r Record) {
	for other := range b.known {
		if len(b.known) < maxKnown {
			break
		}
		delete(b.known, other)
	}
	b.known[id] = r
}

// save writes what is not written yet.
func (b *Book) save(ctx context.Context) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.mu.Lock()
	records := make([]Record, 0, len(b.unsaved))
	for _, r := range b.unsaved {
		records = append(records, r)
	}
	b.mu.Unlock()
	if len(records) == 0 {
		return nil
	}
	if err := b.store.SaveHoldings(ctx, records); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range records {
		if id := (identity{r.UserKeyID, r.Name}); b.unsaved[id] == r {
			delete(b.unsaved, id)
		}
	}
	return nil
}

// Find gives the record of a thing that a user key made; a fault.NotFound when it made none of the name, or it has expired.
func (b *Book) Find(ctx context.Context, userKeyID int64, name string) (Record, error) {
	absent := fault.New(fault.NotFound, "%s does not exist, or was not made with this key", name).WithCode("not_found")
	if name == "" || len(name) > maxName {
		return Record{}, absent
	}
	now, id := time.Now(), identity{userKeyID, name}
	b.mu.Lock()
	r, found := b.unsaved[id]
	if !found {
		r, found = b.known[id]
	}
	b.mu.Unlock()
	if !found {
		limited, cancel := context.WithTimeout(ctx, findLimit)
		defer cancel()
		kept, err := b.store.FindHolding(limited, userKeyID, name)
		if fault.Is(err, fault.NotFound) {
			return Record{}, absent
		}
		if err != nil {
			return Record{}, err
		}
		r = *kept
		b.mu.Lock()
		b.remember(id, r)
		b.mu.Unlock()
	}
	if r.expired(now) {
		return Record{}, absent
	}
	return r, nil
}

// List gives up to most of what a user key made under a prefix such as "batches/", after a name, in the order of names.
func (b *Book) List(ctx context.Context, userKeyID int64, prefix, after string, most int) ([]Record, error) {
	limited, cancel := context.WithTimeout(ctx, findLimit)
	defer cancel()
	now := time.Now()
	records, err := b.store.ListHoldings(limited, userKeyID, now, prefix, after, most)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	for id, r := range b.unsaved {
		if id.userKeyID == userKeyID && !r.expired(now) && strings.HasPrefix(r.Name, prefix) && r.Name > after {
			records = append(records, r)
		}
	}
	b.mu.Unlock()
	slices.SortFunc(records, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	records = slices.CompactFunc(records, func(a, b Record) bool { return a.Name == b.Name })
	return records[:min(len(records), most)], nil
}

// Drop forgets a thing that was deleted. One that cannot be deleted from the store now expires there.
func (b *Book) Drop(ctx context.Context, userKeyID int64, name string) {
	id := identity{userKeyID, name}
	b.saving.Lock() // or it could be written after it is deleted
	defer b.saving.Unlock()
	b.mu.Lock()
	delete(b.known, id)
	delete(b.unsaved, id)
	b.mu.Unlock()
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	if err := b.store.DeleteHolding(limited, userKeyID, name); err != nil {
		b.log.WarnContext(ctx, "what Google holds no more not forgotten", "error", err)
	}
}
