// Package holding knows which Google project holds what clients have made there natively: cached contents, batches, operations, stored
// interactions and the like. Such a thing can be used with keys of its project alone, and is its maker's alone to see.
package holding

import (
	"context"
	"time"
)

// Record says that a thing is held. Identity: UserKeyID, Name.
type Record struct {
	UserKeyID int64
	Name      string    // "cachedContents/abc", "models/veo-3/operations/xyz"
	KeyID     int64     // of the Gemini key that made it: its project holds it
	MadeAt    time.Time // to the microsecond
	ExpiresAt time.Time // zero: not before it is deleted
}

// expired reports whether the thing is gone at a time.
func (r *Record) expired(now time.Time) bool {
	return !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt)
}

// maxName bounds the names that are kept, in bytes.
const maxName = 256

// Store keeps the records. The methods are safe for concurrent use and end when ctx does.
type Store interface {
	// SaveHoldings keeps records; one of the same identity is replaced.
	SaveHoldings(ctx context.Context, records []Record) error
	// FindHolding gives a record; a fault.NotFound when there is none.
	FindHolding(ctx context.Context, userKeyID int64, name string) (*Record, error)
	// ListHoldings gives up to most of a user key's records, of those not expired at a time, whose names begin with a prefix and are after a
	// name, in the order of names.
	ListHoldings(ctx context.Context, userKeyID int64, now time.Time, prefix, after string, most int) ([]Record, error)
	// DeleteHolding deletes a record; nothing when there is none.
	DeleteHolding(ctx context.Context, userKeyID int64, name string) error
	// PruneHoldings deletes up to most of the records that expired before a time, and gives their number.
	PruneHoldings(ctx context.Context, before time.Time, most int) (int64, error)
}
