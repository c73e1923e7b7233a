package openaiapi

import (
	"net/http"
	"testing"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// A refusal of the pool says when there is room, in every form clients read; what the user key's own limits said stays.
func TestRetryHeaders(t *testing.T) {
	full := fault.New(fault.Limited, "no room").WithCode("rate_limit_exceeded")
	full.RetryAfter = 1500 * time.Millisecond
	h := http.Header{}
	retryHeaders(h, full)
	for name, want := range map[string]string{
		"Retry-After": "2", "Retry-After-Ms": "1500", "X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Requests": "1.5s", "X-Should-Retry": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	h = http.Header{"X-Ratelimit-Remaining-Requests": {"7"}}
	full.NoRetry = true
	retryHeaders(h, full)
	if h.Get("X-Ratelimit-Remaining-Requests") != "7" || h.Get("X-Ratelimit-Reset-Requests") != "" || h.Get("X-Should-Retry") != "false" {
		t.Errorf("headers %v", h)
	}
	h = http.Header{}
	retryHeaders(h, fault.New(fault.Invalid, "bad"))
	if len(h) != 0 {
		t.Errorf("a bad request gets %v", h)
	}
}
