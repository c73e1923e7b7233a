package usage

import "time"

// Sums counts requests and their tokens. Failures are the requests of which Event.Failed is true.
type Sums struct {
	Requests     int64
	Failures     int64
	InputTokens  int64
	OutputTokens int64 // thoughts included
}

// Totals sums up a span of time. The percentiles are of the whole answer's time, of answers that did not fail; they are read from
// buckets that grow by a fifth, and so are right within a tenth.
type Totals struct {
	Sums
	P50, P95, P99 time.Duration
	HasLatency    bool // false when nothing was answered, and the percentiles mean nothing
}

// Latency is how long answers took, read from buckets as those of Totals are.
type Latency struct{ P50, P95 time.Duration }

// Point is one step of a series: the sums from Time until the next point.
type Point struct {
	Time time.Time
	Sums
}

// Part names whose requests a series counts: those of one model, of one user key, or those whose last attempt one Gemini key made. The zero
// Part is all requests; more than one field is not meant.
type Part struct {
	Model       string
	UserKeyID   int64
	GeminiKeyID int64
}

// ModelSums is one model's part of a span.
type ModelSums struct {
	Model string
	Sums
}

// KeySums is one Gemini key's part of a span: the requests whose last attempt it made. KeyID 0 stands for requests that reached none.
type KeySums struct {
	KeyID int64
	Sums
}

// UserKeySums is one user key's part of a span.
type UserKeySums struct {
	UserKeyID int64
	Sums
}

// VerdictSum is how many attempts came to a verdict.
type VerdictSum struct {
	Verdict  string
	Attempts int64
}

// OutcomeSum is how many requests failed with a word.
type OutcomeSum struct {
	Outcome  string
	Requests int64
}

// Failure is a request that failed, as the log shows it.
type Failure struct {
	ID        int64
	RequestID string
	Time      time.Time
	Model     string
	UserKeyID int64
	KeyID     int64 // of the last attempt; 0 when there was none
	Status    int
	Outcome   string
	Attempts  int
	Total     time.Duration
}
