// Package fault is the one error type that crosses floors: a kind, a message that is safe to show, and the cause for the log.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Kind says what sort of fault an error is. Each dialect (OpenAI, Gemini, admin) turns a kind into its own HTTP form in one place.
type Kind int

// The kinds, from the caller's faults to our own.
const (
	Internal            Kind = iota // ours: a bug or a broken part
	Invalid                         // the request is malformed or asks for what cannot be
	Unauthorized                    // no credential, or a wrong one
	Forbidden                       // a good credential that may not do this
	NotFound                        // no such thing
	Conflict                        // somebody else changed it first, or it exists already
	Precondition                    // the version named by the caller is not the current one
	TooLarge                        // a body, file or list over its limit
	Limited                         // a quota or rate is used up; RetryAfter says until when
	Unavailable                     // a part we depend on is away
	NoKey                           // the pool holds no Gemini key that could serve
	Upstream                        // Gemini answered with a fault that no other key could mend
	Timeout                         // no answer within the time allowed
	Blocked                         // Gemini refused the prompt or the answer for its content
	Canceled                        // the client went away
	Unsupported                     // understood, but this server does not do it
	InsufficientStorage             // the space set aside for files is full
)

// String gives the kind's word, as records and logs show it.
func (k Kind) String() string {
	switch k {
	case Internal:
		return "internal"
	case Invalid:
		return "invalid_request"
	case Unauthorized:
		return "unauthorized"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Precondition:
		return "precondition_failed"
	case TooLarge:
		return "too_large"
	case Limited:
		return "rate_limited"
	case Unavailable:
		return "unavailable"
	case NoKey:
		return "no_available_key"
	case Upstream:
		return "upstream_error"
	case Timeout:
		return "timeout"
	case Blocked:
		return "blocked"
	case Canceled:
		return "client_gone"
	case Unsupported:
		return "unsupported"
	case InsufficientStorage:
		return "insufficient_storage"
	}
	return "unknown"
}

// Error is a fault with everything a dialect needs to word it.
type Error struct {
	Kind       Kind
	Message    string        // safe to show to the caller
	Field      string        // the part of the input at fault, as the caller wrote it: "messages[2].role"
	Code       string        // a stable snake_case word, where a client may want to branch on it
	RetryAfter time.Duration // with Limited and Unavailable: when asking again can help; zero is unknown
	NoRetry    bool          // asking again cannot help before RetryAfter, however patient the client's backoff
	Status     int           // the HTTP status where it must differ from the kind's own (an upstream's 502 or 504)
	Err        error         // the cause, for the log alone
}

// Error gives the message with its field and cause, for logs; never send it to a client: send Message.
func (e *Error) Error() string {
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes a fault of a kind with a message that is safe to show.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid fault that names the field at fault.
func Field(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault of a kind around a cause that only the log will see.
func Wrap(kind Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Err: err}
}

// WithCode gives the fault a code and returns it.
func (e *Error) WithCode(code string) *Error {
	e.Code = code
	return e
}

// KindOf gives the kind of the first fault in the chain, or Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err carries a fault of the kind.
func Is(err error, kind Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == kind
}

// Of gives the first fault in the chain, or an Internal one around err that shows nothing of it.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Wrap(Internal, err, "internal error")
}

// HTTPStatus gives the status the fault is answered with: its own, else its kind's.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Kind.HTTPStatus()
}

// StatusClientClosedRequest is the status logged when the client went away (nginx's convention); nobody is there to read it.
const StatusClientClosedRequest = 499

// HTTPStatus gives the status a kind is answered with.
func (k Kind) HTTPStatus() int {
	switch k {
	case Invalid, Blocked, Unsupported:
		return http.StatusBadRequest
	case Unauthorized:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Precondition:
		return http.StatusPreconditionFailed
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case Limited:
		return http.StatusTooManyRequests
	case Unavailable, NoKey:
		return http.StatusServiceUnavailable
	case Upstream:
		return http.StatusBadGateway
	case Timeout:
		return http.StatusGatewayTimeout
	case Canceled:
		return StatusClientClosedRequest
	case InsufficientStorage:
		return http.StatusInsufficientStorage
	case Internal:
	}
	return http.StatusInternalServerError
}
