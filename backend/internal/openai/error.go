package openai

import (
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
)

const (
	statusTooManyRequests = 429
	statusServerFault     = 500 // and above
)

// errorType gives the type of an error, by the status it is answered with: OpenAI's SDKs choose the class by the status, people read the
// type.
func errorType(f *fault.Error) string {
	switch status := f.HTTPStatus(); {
	case f.Kind == fault.Limited && f.NoRetry:
		return "insufficient_quota"
	case status == statusTooManyRequests:
		return "rate_limit_error"
	case status >= statusServerFault || f.Kind == fault.Canceled:
		return "server_error"
	}
	return "invalid_request_error"
}

// errorCode gives the fault's own code, else its kind's, else "".
func errorCode(f *fault.Error) string {
	if f.Code != "" {
		return f.Code
	}
	switch f.Kind {
	case fault.Unauthorized:
		return "invalid_api_key"
	case fault.Limited:
		return "rate_limit_exceeded"
	case fault.NoKey:
		return "no_available_key"
	case fault.Blocked:
		return "content_filter"
	default:
		return ""
	}
}

// AppendError writes the fault as the body of an OpenAI error. All four fields are there; param and code may be null. The cause is not
// shown.
func AppendError(dst []byte, f *fault.Error) []byte {
	dst = jsonio.AppendString(append(dst, `{"error":{"message":`...), f.Message)
	dst = append(append(append(dst, `,"type":"`...), errorType(f)...), `","param":`...)
	dst = appendOrNull(dst, f.Field)
	dst = appendOrNull(append(dst, `,"code":`...), errorCode(f))
	return append(dst, `}}`...)
}

func appendOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, `null`...)
	}
	return jsonio.AppendString(dst, s)
}

// ErrorEvent writes the fault as the last event of a stream that has begun. No [DONE] follows: the SDKs raise the error.
func ErrorEvent(dst []byte, f *fault.Error) []byte {
	return append(AppendError(append(dst, eventStart...), f), eventEnd...)
}
