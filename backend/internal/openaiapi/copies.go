package openaiapi

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/fault"
)

// maxCopies bounds the memory of all recordings and images that come as they are and go to Gemini as base64: two of the largest recordings.
const maxCopies = 70 << 20

// copyWait is how long a request waits for that memory before it is turned away.
const copyWait = 10 * time.Second

// reserve waits for memory for a copy, in bytes; whoever has it releases it.
func (a *api) reserve(ctx context.Context, size int64) error {
	waiting, cancel := context.WithTimeout(ctx, copyWait)
	defer cancel()
	if err := a.copies.Acquire(waiting, size); err != nil {
		if ctx.Err() != nil {
			return fault.Wrap(fault.Canceled, err, "the client closed the request")
		}
		f := fault.Wrap(fault.Unavailable, err, "too many recordings and images at once; try again shortly").WithCode("overloaded")
		f.RetryAfter = time.Second
		return f
	}
	return nil
}
