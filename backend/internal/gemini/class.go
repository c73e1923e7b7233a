package gemini

import (
	"net/http"
	"strings"
)

// The predicates below are the only readers of upstream texts. Where Google gives a machine-readable reason it decides; the
// texts are those seen in reports up to November 2026.

// KeyRejected reports a key that Google does not take at all: invalid, expired, deleted, leaked, suspended, its project banned.
func (e *Error) KeyRejected() bool {
	switch e.Reason {
	case "API_KEY_INVALID", "CONSUMER_SUSPENDED":
		return true
	}
	return e.StatusCode == http.StatusForbidden && (e.says("reported as leaked") || e.says("has been suspended") || e.says("denied access"))
}

// KeyUnauthenticated reports a 401: a bad "AQ." key, or a new one that Google does not know everywhere yet.
func (e *Error) KeyUnauthenticated() bool {
	return e.StatusCode == http.StatusUnauthorized || e.Reason == "ACCESS_TOKEN_TYPE_UNSUPPORTED"
}

// KeyMisconfigured reports a key that is good but may not call this API: restricted, or the API is off in its project.
func (e *Error) KeyMisconfigured() bool {
	return e.StatusCode == http.StatusForbidden && !e.FileRefused() && !e.ResourceRefused() && !e.KeyRejected()
}

// LocationRefused reports that Google does not serve the address we call from. It says nothing of the key.
func (e *Error) LocationRefused() bool { return e.says("location is not supported") }

// FileRefused reports a file that is not there, has expired or is another project's; Google does not tell which.
func (e *Error) FileRefused() bool {
	return e.StatusCode == http.StatusForbidden && e.says("permission to access the file")
}

// ResourceRefused reports anything else that a request names by its name, such as a cached content, and that is not there, has expired or is
// another project's.
func (e *Error) ResourceRefused() bool {
	return e.StatusCode == http.StatusForbidden && e.Reason == "" && (e.says("not found (or permission denied)") || e.says("or it may not exist"))
}

// FileNotReady reports a file that Gemini still processes.
func (e *Error) FileNotReady() bool { return e.says("not in an active state") }

// QuotaExceeded reports a 429 of any sort.
func (e *Error) QuotaExceeded() bool {
	return e.StatusCode == http.StatusTooManyRequests || e.Status == "RESOURCE_EXHAUSTED"
}

// NotInTier reports a 429 whose every quota is 0: the model is not in the project's tier.
func (e *Error) NotInTier() bool {
	for _, v := range e.Quota {
		if v.Value != 0 {
			return false
		}
	}
	return len(e.Quota) > 0
}

// DayExceeded reports a 429 that lasts until the next Pacific midnight. Its RetryDelay misleads.
func (e *Error) DayExceeded() bool {
	for _, v := range e.Quota {
		if v.PerDay() {
			return true
		}
	}
	return false
}

// MinuteExceeded reports a 429 that names a quota, none of them a day's.
func (e *Error) MinuteExceeded() bool { return len(e.Quota) > 0 && !e.DayExceeded() }

// ModelClosedToProject reports a model that other projects may still use: it is closed to new users.
func (e *Error) ModelClosedToProject() bool {
	return e.StatusCode == http.StatusNotFound && e.says("no longer available to new users")
}

// ContextTooLong reports a prompt over the model's limit.
func (e *Error) ContextTooLong() bool {
	return e.StatusCode == http.StatusBadRequest && e.says("exceeds the maximum number of tokens")
}

// BadSignature reports a thought signature that this project does not take.
func (e *Error) BadSignature() bool {
	return e.StatusCode == http.StatusBadRequest && (e.says("invalid thought signature") || e.says("corrupted thought signature") || e.says("missing a thought_signature"))
}

// Transient reports a fault of Gemini's side that may be gone at the next call.
func (e *Error) Transient() bool {
	switch e.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return true
	}
	return e.StatusCode > 500
}

func (e *Error) says(text string) bool { return strings.Contains(strings.ToLower(e.Message), text) }
