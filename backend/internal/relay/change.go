package relay

import (
	"errors"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// Change says in what a request is to differ from how it was first sent.
type Change struct {
	Unsigned bool   // without its thought signatures, which Gemini did not take
	Token    string // gemini.Request.ContinuationToken
}

// Rebuild writes a request anew. Calls that share one may rebuild at the same time.
type Rebuild func(Change) *jsonio.Body

// mend changes a request that Gemini refused for its thought signatures, minted for another project or model, into one without them, and
// reports whether it is to be tried again: once, beginning with the key that refused it.
func (c *Call) mend(err error) bool {
	if err == nil || c.Rebuild == nil || c.change.Unsigned {
		return false
	}
	if refused, ok := errors.AsType[*gemini.Error](err); !ok || !refused.BadSignature() {
		return false
	}
	c.change.Unsigned = true
	c.Body = c.Rebuild(c.change)
	if n := len(c.Trace.Attempts); n > 0 {
		c.Prefer = c.Trace.Attempts[n-1].KeyID
	}
	return true
}
