package relay

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// faultOf words an attempt's error for the client. What concerns our keys is never told: to the client it is our unavailability.
func faultOf(ctx context.Context, err error) *fault.Error {
	outcome, _ := judge(ctx, err)
	switch outcome.Verdict {
	case pool.Request:
		return requestFault(err)
	case pool.ClientGone:
		return fault.Wrap(fault.Canceled, err, "the client closed the request")
	case pool.Timeout:
		return fault.Wrap(fault.Timeout, err, "Gemini did not answer in time")
	case pool.Empty:
		return fault.Wrap(fault.Upstream, err, "Gemini gave an empty answer").WithCode("empty_answer")
	case pool.Malformed:
		return fault.Wrap(fault.Upstream, err, "Gemini gave an answer that cannot be used").WithCode("malformed_answer")
	case pool.Exit:
		return fault.Wrap(fault.Unavailable, err, "Gemini does not serve the location of this server").WithCode("location_not_supported")
	case pool.DayQuota, pool.MinuteQuota, pool.Bare429:
		f := fault.Wrap(fault.Limited, err, "the Gemini keys tried for this request are at their limit").WithCode("rate_limit_exceeded")
		f.RetryAfter = time.Second // other keys may have room: had there been none, the pool would have said until when
		return f
	case pool.DeadKey, pool.Unauthenticated, pool.MisconfiguredKey, pool.Tier:
		return fault.Wrap(fault.NoKey, err, "no Gemini key could serve this request").WithCode("no_available_key")
	case pool.Transient, pool.OK:
	}
	return transientFault(err)
}

func transientFault(err error) *fault.Error {
	f := fault.Wrap(fault.Upstream, err, "the connection to Gemini failed")
	upstream, ok := errors.AsType[*gemini.Error](err)
	if !ok {
		if errors.Is(err, errCut) {
			f.Message = "Gemini's answer was cut off"
		}
		return f
	}
	f.Message = upstream.Message
	switch upstream.StatusCode {
	case http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		f.Status = upstream.StatusCode
	}
	return f
}

// requestFault passes Gemini's word about the request on: it is the client's to mend.
func requestFault(err error) *fault.Error {
	if ours, ok := filesFault(err); ok {
		return ours
	}
	upstream, ok := errors.AsType[*gemini.Error](err)
	if !ok {
		return fault.Wrap(fault.Internal, err, "internal error")
	}
	f := &fault.Error{Kind: fault.Invalid, Message: upstream.Message, Err: err}
	if len(upstream.Fields) > 0 {
		f.Field = upstream.Fields[0]
	}
	switch {
	case upstream.ContextTooLong():
		f.Code = "context_length_exceeded"
	case upstream.FileRefused():
		f.Kind, f.Code, f.Message = fault.NotFound, "file_not_found", "a file named in the request does not exist or has expired"
	case upstream.ResourceRefused():
		f.Kind, f.Code = fault.NotFound, "not_found"
	case upstream.StatusCode == http.StatusNotFound:
		f.Kind, f.Code = fault.NotFound, "model_not_found"
	case upstream.StatusCode == http.StatusRequestEntityTooLarge:
		f.Kind = fault.TooLarge
	}
	return f
}
