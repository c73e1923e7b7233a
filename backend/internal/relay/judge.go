package relay

import (
	"context"
	"errors"
	"net/http"

	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// errFirstPart ends an attempt whose first part did not come in time.
var errFirstPart = errors.New("no first part within first_byte_timeout")

// errSilence ends an attempt that took too long, or a stream that fell silent.
var errSilence = errors.New("no answer within request_timeout")

// errEmpty is an answer with nothing in it: no candidates, no parts, a stream that ended before its first part.
var errEmpty = errors.New("empty answer")

// errCut is a stream that ended before its finish reason.
var errCut = errors.New("the stream was cut off before its end")

// malformedError is an answer in which the model failed to form what it meant to say.
type malformedError struct{ reason string }

func (e *malformedError) Error() string { return "the model gave no usable answer: " + e.reason }

// judge says what an attempt's error tells of the key, the project, the exit or the request, and whether another attempt can help
// while nothing has been sent to the client. It is the only reader of upstream errors. A nil error is a good answer.
func judge(ctx context.Context, err error) (outcome pool.Outcome, again bool) {
	if err == nil {
		return pool.Outcome{Verdict: pool.OK, Status: http.StatusOK}, false
	}
	if ours, ok := errors.AsType[*files.Error](err); ok {
		return judgeFiles(ctx, ours)
	}
	if upstream, ok := errors.AsType[*gemini.Error](err); ok {
		return judgeUpstream(upstream)
	}
	if malformed, ok := errors.AsType[*malformedError](err); ok {
		return pool.Outcome{Verdict: pool.Malformed, Status: http.StatusOK, Message: malformed.reason}, true
	}
	switch {
	case errors.Is(err, errFirstPart), errors.Is(err, errSilence):
		return pool.Outcome{Verdict: pool.Timeout, Message: err.Error()}, true
	case ctx.Err() != nil, errors.Is(err, errAbandoned):
		return pool.Outcome{Verdict: pool.ClientGone}, false
	case errors.Is(err, errEmpty):
		return pool.Outcome{Verdict: pool.Empty, Status: http.StatusOK, Message: err.Error()}, true
	case errors.Is(err, gemini.ErrMalformed):
		return pool.Outcome{Verdict: pool.Malformed, Status: http.StatusOK, Message: gemini.Redact(err.Error())}, true
	}
	return pool.Outcome{Verdict: pool.Transient, Message: gemini.Redact(err.Error())}, true
}

// judgeUpstream follows the table of errors: the first rule that fits decides.
func judgeUpstream(e *gemini.Error) (outcome pool.Outcome, again bool) {
	outcome = pool.Outcome{Status: e.StatusCode, Message: e.Message, RetryDelay: e.RetryDelay, Quota: e.Quota, Consumer: e.Consumer}
	switch {
	case e.LocationRefused():
		outcome.Verdict = pool.Exit
	case e.KeyRejected():
		outcome.Verdict = pool.DeadKey
	case e.KeyUnauthenticated():
		outcome.Verdict = pool.Unauthenticated
	case e.FileRefused(), e.ResourceRefused(), e.FileNotReady():
		outcome.Verdict = pool.Request
	case e.KeyMisconfigured():
		outcome.Verdict = pool.MisconfiguredKey
	case e.QuotaExceeded() && e.NotInTier(), e.ModelClosedToProject():
		outcome.Verdict = pool.Tier
	case e.QuotaExceeded() && e.DayExceeded():
		outcome.Verdict = pool.DayQuota
	case e.QuotaExceeded() && e.MinuteExceeded():
		outcome.Verdict = pool.MinuteQuota
	case e.QuotaExceeded():
		outcome.Verdict = pool.Bare429
	case e.StatusCode == statusCancelled:
		outcome.Verdict = pool.Transient
	case e.Transient():
		outcome.Verdict = pool.Transient
	default:
		outcome.Verdict = pool.Request
	}
	return outcome, outcome.Verdict != pool.Request
}

// statusCancelled is Google's CANCELLED when it was not we who cancelled.
const statusCancelled = 499

// weigh looks at a whole answer, or at the first chunks of a stream put together, and gives the fault in it, if any: an error
// inside a 200, nothing at all, or a malformed call. An answer that Gemini refused or cut short for a reason the client must see
// is good.
func weigh(resp *gemini.Response) error {
	if resp.Error != nil {
		return resp.Error
	}
	if resp.Meaningful() || resp.BlockReason != "" {
		return nil
	}
	if len(resp.Candidates) == 0 {
		return errEmpty
	}
	c := &resp.Candidates[0]
	switch c.FinishReason {
	case gemini.FinishMalformedFunctionCall, gemini.FinishMalformedResponse, gemini.FinishUnexpectedToolCall, gemini.FinishTooManyToolCalls,
		gemini.FinishMissingSignature:
		return &malformedError{reason: c.FinishReason}
	case "", gemini.FinishStop, gemini.FinishOther, gemini.FinishNoImage, gemini.FinishImageOther:
		return errEmpty
	}
	return nil
}

// Judge says what the error of a call outside a request, such as a probe, tells of the key. A nil error is a good answer.
func Judge(ctx context.Context, err error) pool.Outcome {
	outcome, _ := judge(ctx, err)
	return outcome
}
