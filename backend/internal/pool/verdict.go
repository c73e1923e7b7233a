package pool

import (
	"time"

	"gemini-proxy/backend/internal/gemini"
)

// Verdict says what the outcome of an upstream call tells of the key, its project, the exit, or the request alone.
type Verdict string

// The verdicts. The words appear in records, in the admin API and on the page.
const (
	OK               Verdict = "ok"
	DeadKey          Verdict = "dead_key"          // Google rejects the key: invalid, leaked, suspended, banned
	Unauthenticated  Verdict = "unauthenticated"   // a 401; new keys get them for a while, so only a few in a row make a key dead
	MisconfiguredKey Verdict = "misconfigured_key" // the key may not call this API
	Exit             Verdict = "exit"              // Google does not serve our address
	Tier             Verdict = "tier"              // the model is not in the project's tier
	DayQuota         Verdict = "day_quota"         // the project's day is used up for the model
	MinuteQuota      Verdict = "minute_quota"      // the project's minute is used up for the model
	Bare429          Verdict = "bare_429"          // a 429 that names no quota
	Transient        Verdict = "transient"         // Gemini's own fault, or the network's
	Timeout          Verdict = "timeout"           // no first part or no answer in time
	Empty            Verdict = "empty"             // a 200 with nothing in it
	Malformed        Verdict = "malformed"         // a 200 whose answer cannot be used
	Request          Verdict = "request"           // the request's own fault
	ClientGone       Verdict = "client_gone"
)

// Outcome is what an attempt reports of its lease.
type Outcome struct {
	Verdict      Verdict
	Status       int                // upstream's HTTP status; 0 when none came
	Message      string             // redacted
	RetryDelay   time.Duration      // RetryInfo's; zero when none
	Quota        []gemini.Violation // the quotas exceeded
	Consumer     string             // "projects/123", when an error named it
	PromptTokens int                // upstream's count of the prompt; 0 keeps the estimate
	OutputTokens int                // thoughts included
	Took         time.Duration      // to the first part, or to the answer
}

// Want says what a lease is for.
type Want struct {
	Model   string  // Gemini's name, without "models/"
	Tokens  int     // the prompt's estimated tokens
	Project string  // when set, only this project's keys ("project:atlas", or "key:7" for a key without one)
	Avoid   []int64 // keys this request must not get again
	Prefer  int64   // the key to take if it has room
}
