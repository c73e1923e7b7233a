package geminiapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// jsonType is the type Google gives its JSON.
const jsonType = "application/json; charset=UTF-8"

// respondFault answers with an error in Gemini's form, in an array where the answer would have been one, and gives the status sent. A
// request that Gemini itself refused is answered with Gemini's own words. A fault of ours goes to log, with its cause; log may be nil
// where nothing of ours can be at fault.
func respondFault(c *gin.Context, log *slog.Logger, err error) int {
	f := fault.Of(err)
	if f.Kind == fault.Internal && log != nil {
		log.ErrorContext(c.Request.Context(), "request failed", "request_id", requestID(c), "path", c.Request.URL.Path, "error", err)
	}
	defer c.Abort()
	if refused, ok := errors.AsType[*gemini.RawError](err); ok && refused.Body != nil && requestsOwn(f.Kind) {
		c.Data(refused.Cause.StatusCode, jsonType, refused.Body)
		return refused.Cause.StatusCode
	}
	if f.RetryAfter > 0 {
		c.Header("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
	document := errorDocument(f)
	if inArray(c.Request) {
		document = append(append([]byte{'['}, document...), ']')
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, document, "", "  ") == nil { // as Google's are
		document = append(pretty.Bytes(), '\n')
	}
	c.Data(f.HTTPStatus(), jsonType, document)
	return f.HTTPStatus()
}

// requestsOwn reports whether a fault that came of Gemini's answer says that the request was at fault, and neither a key nor Gemini.
func requestsOwn(k fault.Kind) bool {
	return k == fault.Invalid || k == fault.NotFound || k == fault.TooLarge
}

// inArray reports whether a request's answer is a JSON array, its errors included: a stream without alt=sse.
func inArray(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, ":"+streamMethod) && parameter(r.URL.Query(), "alt") != "sse"
}

// envelope is Google's error form (google.rpc.Status in JSON).
type envelope struct {
	Error status `json:"error"`
}

type status struct {
	Code    int      `json:"code"` // the HTTP status
	Message string   `json:"message"`
	Status  string   `json:"status"` // of google.rpc.Code
	Details []detail `json:"details,omitempty"`
}

// detail is the union of google.rpc.ErrorInfo, RetryInfo and BadRequest.
type detail struct {
	Type       string      `json:"@type"`
	Reason     string      `json:"reason,omitempty"`
	Domain     string      `json:"domain,omitempty"`
	RetryDelay string      `json:"retryDelay,omitempty"` // "10s", "0.5s"
	Violations []violation `json:"fieldViolations,omitempty"`
}

type violation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

const (
	typePrefix = "type.googleapis.com/google.rpc."
	domain     = "gemini-proxy" // of the reasons below, which are ours
)

// errorDocument is the one place where a fault becomes an error in Gemini's form. The cause is not shown.
func errorDocument(f *fault.Error) []byte {
	e := status{Code: f.HTTPStatus(), Message: f.Message, Status: statusName(f.HTTPStatus())}
	if reason := reasonOf(f); reason != "" {
		e.Details = append(e.Details, detail{Type: typePrefix + "ErrorInfo", Reason: reason, Domain: domain})
	}
	if f.Field != "" {
		e.Message = f.Field + ": " + f.Message
		e.Details = append(e.Details, detail{Type: typePrefix + "BadRequest", Violations: []violation{{Field: f.Field, Description: f.Message}}})
	}
	if f.RetryAfter > 0 {
		delay := strconv.FormatFloat(f.RetryAfter.Seconds(), 'f', -1, 64) + "s"
		e.Details = append(e.Details, detail{Type: typePrefix + "RetryInfo", RetryDelay: delay})
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(envelope{e}) != nil { // strings and numbers alone: it cannot fail
		return []byte(`{"error":{"code":500,"message":"internal error","status":"INTERNAL"}}`)
	}
	return bytes.TrimSpace(out.Bytes())
}

// reasonOf gives the fault's word as Google writes reasons; "" when there is none that says more than the status.
func reasonOf(f *fault.Error) string {
	if f.Kind == fault.Unauthorized {
		return "API_KEY_INVALID" // as Google's own, which clients look for
	}
	return strings.ToUpper(f.Code)
}

// statusName gives the google.rpc.Code that goes with an HTTP status (google/rpc/code.proto).
func statusName(code int) string {
	switch code {
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "PERMISSION_DENIED"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusConflict:
		return "ABORTED"
	case http.StatusPreconditionFailed:
		return "FAILED_PRECONDITION"
	case http.StatusTooManyRequests, http.StatusInsufficientStorage:
		return "RESOURCE_EXHAUSTED"
	case fault.StatusClientClosedRequest:
		return "CANCELLED"
	case http.StatusNotImplemented, http.StatusMethodNotAllowed:
		return "UNIMPLEMENTED"
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return "UNAVAILABLE"
	case http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return "DEADLINE_EXCEEDED"
	case http.StatusInternalServerError:
		return "INTERNAL"
	}
	return "INVALID_ARGUMENT"
}
