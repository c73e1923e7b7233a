package usage

import "time"

// Record is a request as it is kept.
type Record struct {
	Event
	ID           int64
	KeyID        int64 // the Gemini key of the last attempt; 0 when there was none
	AttemptCount int   // known also where Attempts are left out
}

// Cursor is a place in the list of records, the newest first: what follows it is older. The zero value is before the newest.
type Cursor struct {
	Time time.Time // in whole microseconds
	ID   int64
}

// RecordQuery chooses records. Zero values choose all.
type RecordQuery struct {
	From, To    time.Time // From and later, before To
	Model       string
	UserKeyID   int64
	KeyID       int64 // of the last attempt
	Outcome     string
	StatusClass int // 2 for 200–299, and so on
	Stream      *bool
	Retried     *bool  // whether it took more than one attempt
	RequestID   string // how the request's id begins
	After       Cursor // only what is older
	Limit       int    // at most; needed
}
