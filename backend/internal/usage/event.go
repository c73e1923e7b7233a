// Package usage takes a note of every request and writes the notes in batches, so that no request waits for the database.
package usage

import (
	"context"
	"time"
)

// Event is what is kept of one request. Prompts and answers are not.
type Event struct {
	RequestID    string
	Time         time.Time // when the request came in
	UserKeyID    int64
	API          string // "chat", "models" …
	Model        string // Gemini's name
	Stream       bool
	Status       int    // the HTTP status the client got; 499 when it went away
	Outcome      string // "ok", or the word of the verdict or fault that ended it
	FinishReason string // Gemini's
	InputTokens  int
	OutputTokens int // thoughts included
	Thoughts     int
	Cached       int
	FirstByte    time.Duration // to the first part sent; zero when none was
	Total        time.Duration
	Attempts     []Attempt
	TraceParent  string // the caller's traceparent header, as it came; it is not kept
}

// Failed reports whether the request ended in a fault that was not the client's own: its going away, or its bad input.
func (e *Event) Failed() bool { return e.Status >= 500 || e.Status == 429 }

// Attempt is one upstream call of a request.
type Attempt struct {
	KeyID     int64         `json:"key_id"`
	Project   string        `json:"project,omitempty"`
	Verdict   string        `json:"verdict"`
	Status    int           `json:"status,omitempty"`  // upstream's HTTP status; 0 when none came
	Message   string        `json:"message,omitempty"` // redacted
	Waited    time.Duration `json:"waited_ns"`         // in the queue, before this call
	Took      time.Duration `json:"took_ns"`
	RestUntil time.Time     `json:"rest_until,omitzero"` // when this outcome put the key or project to rest
	Began     time.Time     `json:"-"`                   // when the call went out; it is not kept
	Passed    []Passed      `json:"passed,omitempty"`    // why other keys were passed over for it
}

// Passed is why a number of keys were passed over for an attempt.
type Passed struct {
	Reason string    `json:"reason"` // a verdict, a state, the limit that is reached, "tried" or "protected"
	Keys   int       `json:"keys"`
	Until  time.Time `json:"until,omitzero"` // when the first of them may serve again
}

// Store keeps the notes and answers questions about them.
type Store interface {
	// SaveEvents keeps events and adds them to the hourly sums, in one transaction.
	SaveEvents(ctx context.Context, events []Event) error
}
