// Package thought keeps the thought signatures of tool calls between requests. Gemini signs a call with the thinking behind it and wants the
// signature back with the call's result (ai.google.dev, thought signatures), but most clients of the OpenAI protocol drop what they do not
// know. So the server remembers: by the id under which the client saw the call, for each user key apart, for a day, in bounded memory, and
// written behind so that a restart forgets nothing. A signature is a cipher of Google's; neither prompts nor answers are kept.
package thought

import (
	"context"
	"time"
)

// The bounds of what is kept.
const (
	Lifetime     = 24 * time.Hour
	maxEntries   = 50_000
	maxBytes     = 32 << 20  // of ids and signatures together
	maxSignature = 256 << 10 // bytes of one; a longer one is not kept
	maxCallID    = 256       // bytes
)

// Record is one signature.
type Record struct {
	UserKeyID int64
	CallID    string // as the client knows it
	Signature string // base64, as Gemini gave it
	KeyID     int64  // the Gemini key that minted it; the signature may not hold for another project's
	MintedAt  time.Time
}

func (r *Record) size() int { return len(r.CallID) + len(r.Signature) }

// Store keeps the records across restarts.
type Store interface {
	// LoadThoughts gives the newest records minted since a time, newest first, until there are so many or their ids and signatures have so
	// many bytes.
	LoadThoughts(ctx context.Context, since time.Time, most, bytes int) ([]Record, error)
	// SaveThoughts keeps records; one of the same user key and call id is replaced.
	SaveThoughts(ctx context.Context, records []Record) error
	// DeleteThoughts deletes records minted before a time, and gives their number.
	DeleteThoughts(ctx context.Context, before time.Time) (int64, error)
}
