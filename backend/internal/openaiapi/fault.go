package openaiapi

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/openai"
)

// respondFault answers with an error in OpenAI's form. It is the one place where a kind of fault becomes an HTTP answer in this
// dialect. A fault of ours goes to log, with its cause; log may be nil where nothing of ours can be at fault.
func respondFault(c *gin.Context, log *slog.Logger, err error) {
	f := fault.Of(err)
	if f.Kind == fault.Internal && log != nil {
		log.ErrorContext(c.Request.Context(), "request failed", "request_id", requestID(c), "path", c.Request.URL.Path, "error", err)
	}
	retryHeaders(c.Writer.Header(), f)
	c.Data(f.HTTPStatus(), "application/json", openai.AppendError(nil, shown(f)))
	c.Abort()
}

// shown gives the fault as a client sees it: with the field at fault before the message, because the SDKs print the message alone.
func shown(f *fault.Error) *fault.Error {
	if f.Field == "" {
		return f
	}
	copied := *f
	copied.Message = f.Field + ": " + f.Message
	return &copied
}

// retryHeaders tells OpenAI's SDKs whether and when to try again: x-should-retry wins over the status, retry-after-ms over
// retry-after (openai-node client.ts, openai-go requestconfig.go).
func retryHeaders(h http.Header, f *fault.Error) {
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
		h.Set("Retry-After-Ms", strconv.FormatInt(int64((f.RetryAfter+time.Millisecond-1)/time.Millisecond), 10))
	}
	if f.NoRetry {
		h.Set("X-Should-Retry", "false")
	}
	// What the user key has left of its own limits was told already; else nothing is left until the pool has room.
	if f.Kind == fault.Limited && f.RetryAfter > 0 && h.Get("X-Ratelimit-Remaining-Requests") == "" {
		h.Set("X-Ratelimit-Remaining-Requests", "0")
		h.Set("X-Ratelimit-Reset-Requests", f.RetryAfter.Round(time.Millisecond).String())
	}
}
