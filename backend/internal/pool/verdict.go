package pool

import (
	"net/http"
	"time"

	"gemini-proxy/backend/internal/gemini"
)

// Verdict says what an upstream outcome tells of the key, the project or model, the exit, or the request. The words are used in
// APIs and records.
type Verdict string

// The verdicts. Whom each blames and how long it rests follows what Google's errors mean; see rest.go.
const (
	OK               Verdict = "ok"
	DeadKey          Verdict = "dead_key"          // invalid, expired, deleted, leaked, suspended: the key is out until checked again
	Unauthenticated  Verdict = "unauthenticated"   // 401: dead when it comes three times in a row, since a new AQ. key answers so until it is known everywhere
	MisconfiguredKey Verdict = "misconfigured_key" // the API is blocked or not enabled for it: an hour and more
	Exit             Verdict = "exit"              // our location is refused: the way out is at fault, not the key
	Tier             Verdict = "tier"              // limit 0: the project may not use the model
	DayQuota         Verdict = "day_quota"         // until the next Pacific midnight
	MinuteQuota      Verdict = "minute_quota"      // seconds
	Bare429          Verdict = "bare_429"          // refused without saying which quota
	Transient        Verdict = "transient"         // 5xx or a broken connection
	Timeout          Verdict = "timeout"           // no answer within our patience
	Empty            Verdict = "empty"             // a success with nothing in it
	Malformed        Verdict = "malformed"         // an answer that cannot be used, such as a malformed function call
	Request          Verdict = "request"           // the request's own fault
	ClientGone       Verdict = "client_gone"       // the client went away
)

// Outcome is what came of one upstream call.
type Outcome struct {
	Verdict      Verdict
	Status       int    // upstream's HTTP status; 0 when none came
	Message      string // redacted
	RetryDelay   time.Duration
	Quota        []gemini.Violation
	Consumer     string        // "projects/123456", when an error named it
	PromptTokens int           // upstream's count; 0 is unknown and keeps the estimate
	OutputTokens int           // kept for the day's sum; Google's minute counts input alone
	Took         time.Duration // to the first part
}

// counted reports whether Google has likely counted the call against the quota. What is refused before it reaches the model is
// not; for what broke midway nobody says, and the careful answer is yes.
func (o *Outcome) counted() bool {
	switch o.Verdict {
	case DeadKey, Unauthenticated, MisconfiguredKey, Exit, Tier, DayQuota, MinuteQuota, Bare429, Request:
		return false
	default:
		return true
	}
}

// Uncertain reports whether the call may have been carried out although it failed: no answer said otherwise.
func (o *Outcome) Uncertain() bool {
	switch o.Verdict {
	case Timeout, Empty, Malformed:
		return true
	case Transient:
		return o.Status != http.StatusServiceUnavailable
	default:
		return false
	}
}

// blamesKey reports whether the outcome counts towards failure_threshold. An overloaded model (503) blames nobody.
func (o *Outcome) blamesKey() bool {
	switch o.Verdict {
	case DeadKey, Unauthenticated, MisconfiguredKey, Timeout:
		return true
	case Transient:
		return o.Status != http.StatusServiceUnavailable
	default:
		return false
	}
}

// lowersSuccess reports whether the outcome counts as a failure in the moving average.
func (o *Outcome) lowersSuccess() bool {
	return o.blamesKey() || o.Verdict == Empty || o.Verdict == Malformed
}

// faulty reports whether the outcome is shown as the key's last error.
func (o *Outcome) faulty() bool {
	return o.Verdict != OK && o.Verdict != Request && o.Verdict != ClientGone
}

// passedExit reports whether the outcome proves that Google answers us from where we are.
func (o *Outcome) passedExit() bool {
	switch o.Verdict {
	case Exit, ClientGone, Timeout, Transient:
		return false
	default:
		return o.Status != 0 || o.Verdict == OK
	}
}
