package adminapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/settings"
)

// Problem is every error of this API (RFC 9457), sent as application/problem+json. Branch on code, show detail.
type Problem struct {
	Type   string `json:"type" example:"about:blank"`
	Title  string `json:"title" example:"Bad Request"`
	Status int    `json:"status" example:"400"`
	Detail string `json:"detail" example:"weight must be between 1 and 100"`
	Code   string `json:"code" example:"invalid_input" enums:"bad_credentials,too_many_attempts,token_missing,token_invalid,token_expired,refresh_invalid,refresh_reused,forbidden,not_found,method_not_allowed,invalid_input,body_too_large,unsupported_media_type,conflict,version_conflict,database_unavailable,unavailable,upstream,timeout,internal"`
	// the part of the input at fault, when it is one
	Field     string       `json:"field,omitempty" validate:"optional" example:"weight"`
	Errors    []FieldFault `json:"errors,omitempty" validate:"optional"` // every field at fault
	RequestID string       `json:"request_id" example:"3q2f7c5m1x9k4t8w"`
}

// FieldFault is what is wrong with one field of the input.
type FieldFault struct {
	Field   string `json:"field" example:"weight"`
	Message string `json:"message" example:"must be between 1 and 100"`
}

// fieldFaults is several faults of one request, all told at once.
type fieldFaults []FieldFault

// Error lists the fields, for logs.
func (f fieldFaults) Error() string {
	parts := make([]string, len(f))
	for i, one := range f {
		parts[i] = one.Field + " " + one.Message
	}
	return strings.Join(parts, "; ")
}

// The codes a fault may carry to the client as they are; any other is answered with its kind's own word.
func knownCode(code string) bool {
	switch code {
	case "bad_credentials", "too_many_attempts", "token_missing", "token_invalid", "token_expired", "refresh_invalid", "refresh_reused",
		"not_found", "method_not_allowed", "invalid_input", "body_too_large", "unsupported_media_type", "conflict", "version_conflict",
		"database_unavailable", "unavailable":
		return true
	}
	return false
}

// kindCode gives the code of a fault that has none of its own.
func kindCode(kind fault.Kind) string {
	switch kind {
	case fault.Invalid, fault.Unsupported, fault.Blocked:
		return "invalid_input"
	case fault.Unauthorized:
		return "token_invalid"
	case fault.Forbidden:
		return "forbidden"
	case fault.NotFound:
		return "not_found"
	case fault.Conflict:
		return "conflict"
	case fault.Precondition:
		return "version_conflict"
	case fault.TooLarge:
		return "body_too_large"
	case fault.Limited:
		return "too_many_attempts"
	case fault.Unavailable, fault.NoKey, fault.InsufficientStorage:
		return "unavailable"
	case fault.Upstream:
		return "upstream"
	case fault.Timeout, fault.Canceled:
		return "timeout"
	case fault.Internal:
	}
	return "internal"
}

// maxFields bounds the faults of one answer.
const maxFields = 50

// faultOf turns any error into the fault it is answered as, with the fields at fault. A cause never reaches the client.
func faultOf(err error) (*fault.Error, []FieldFault) {
	if fields, ok := errors.AsType[fieldFaults](err); ok {
		return manyFields(fields)
	}
	if many, ok := errors.AsType[settings.Faults](err); ok {
		fields := make(fieldFaults, len(many))
		for i, one := range many {
			fields[i] = FieldFault{Field: one.Field, Message: one.Message}
		}
		return manyFields(fields)
	}
	f := fault.Of(err)
	switch {
	case f.Kind == fault.Internal && errors.Is(err, context.DeadlineExceeded):
		f = fault.New(fault.Timeout, "no answer within the time allowed")
	case f.Kind == fault.Internal && errors.Is(err, context.Canceled):
		f = fault.New(fault.Canceled, "the client went away")
	case f.Kind == fault.Internal:
		f = fault.New(fault.Internal, "something went wrong here; the log has it under this request id")
	}
	if f.Field != "" {
		return f, []FieldFault{{Field: f.Field, Message: f.Message}}
	}
	return f, nil
}

// manyFields words a fault of one or more fields.
func manyFields(fields fieldFaults) (*fault.Error, []FieldFault) {
	if len(fields) == 1 {
		return fault.Field(fields[0].Field, "%s", fields[0].Message), fields
	}
	all := len(fields)
	fields = fields[:min(all, maxFields)]
	return fault.New(fault.Invalid, "%d fields are not right: %s", all, fields), fields
}

// respondProblem answers err and logs what is ours to mend.
func (a *api) respondProblem(c *gin.Context, err error) {
	p, f := a.problem(c, err)
	if f.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("a problem of plain strings does not encode: %v", err))
	}
	c.Data(p.Status, "application/problem+json", body)
	c.Abort()
}

// problem words an error for the client and logs what is ours to mend.
func (a *api) problem(c *gin.Context, err error) (Problem, *fault.Error) {
	f, fields := faultOf(err)
	status := f.HTTPStatus()
	if status >= http.StatusInternalServerError {
		level := slog.LevelError
		if f.Kind != fault.Internal {
			level = slog.LevelWarn // a part that is away, not a bug
		}
		a.Log.LogAttrs(c.Request.Context(), level, "admin request failed", slog.String("request_id", requestID(c)),
			slog.String("method", c.Request.Method), slog.String("path", c.Request.URL.Path), slog.Int("status", status), slog.Any("error", err))
	}
	code := kindCode(f.Kind)
	if f.Kind != fault.Internal && knownCode(f.Code) {
		code = f.Code
	}
	detail := f.Message
	if f.Field != "" && !strings.HasPrefix(detail, f.Field) {
		detail = f.Field + " " + detail
	}
	return Problem{Type: "about:blank", Title: title(status), Status: status, Detail: detail, Code: code,
		Field: f.Field, Errors: fields, RequestID: requestID(c)}, f
}

// title gives the status line's words, which RFC 9457 wants as the title of about:blank.
func title(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Client Closed Request"
}
