// Package intake reads the bodies of clients' requests into memory: bounded each and bounded all together, in memory that serves again.
package intake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/semaphore"

	"gemini-proxy/backend/internal/fault"
)

// The limits of request bodies, in bytes.
const (
	maxBody        = 64 << 20  // one request: 48 MB of media as base64
	maxBodiesTotal = 192 << 20 // all bodies of a MiB and more that are being worked on
	largeBody      = 1 << 20
)

// bodyLimit is how long a client may take to send a body.
const bodyLimit = 5 * time.Minute

// bodyWait is how long a large body waits for memory before it is turned away.
const bodyWait = 10 * time.Second

// Intake is the memory that the bodies of all requests share. It is safe for concurrent use.
type Intake struct {
	memory  *semaphore.Weighted // bytes of large bodies being worked on
	buffers buffers
}

// New makes an intake. A server has one: the bound on all bodies together is its.
func New() *Intake { return &Intake{memory: semaphore.NewWeighted(maxBodiesTotal)} }

// Read reads the whole body of a request. Call release when neither the bytes nor anything that shares them is used any more: their memory
// serves the next request. The errors are faults: TooLarge for a body over the limit, Unavailable when there is no memory for it now,
// Timeout and Invalid for one that did not arrive whole, Canceled.
func (in *Intake) Read(w http.ResponseWriter, r *http.Request) (data []byte, release func(), err error) {
	length := r.ContentLength
	if length > maxBody {
		return nil, nil, errBodyTooLarge()
	}
	reserved := int64(0)
	if length < 0 || length >= largeBody {
		if reserved = length; length < 0 {
			reserved = maxBody
		}
		if err := in.reserve(r.Context(), reserved); err != nil {
			return nil, nil, err
		}
	}
	buffer := in.buffers.take(length)
	release = func() {
		in.buffers.give(buffer)
		if reserved > 0 {
			in.memory.Release(reserved)
		}
	}
	control := http.NewResponseController(w)
	err = control.SetReadDeadline(time.Now().Add(bodyLimit))
	if err == nil {
		data, err = readUpTo(w, r, buffer)
	}
	if err == nil {
		err = control.SetReadDeadline(time.Time{}) // left in place it would end a long answer: the server reads on to see the client leave
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return data, release, nil
}

func (in *Intake) reserve(ctx context.Context, n int64) error {
	if in.memory.TryAcquire(n) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, bodyWait)
	defer cancel()
	if err := in.memory.Acquire(waiting, n); err != nil {
		if ctx.Err() != nil {
			return fault.Wrap(fault.Canceled, err, "the client closed the request")
		}
		f := fault.Wrap(fault.Unavailable, err, "too many large requests at once; try again shortly").WithCode("overloaded")
		f.RetryAfter = time.Second
		return f
	}
	return nil
}

// readUpTo reads the body into buffer when its length was announced, and otherwise into memory that grows up to the limit.
func readUpTo(w http.ResponseWriter, r *http.Request, buffer []byte) ([]byte, error) {
	if n := r.ContentLength; n >= 0 {
		data := buffer[:n]
		if _, err := io.ReadFull(r.Body, data); err != nil {
			return nil, bodyFault(r, err)
		}
		return data, nil
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, bodyFault(r, err)
	}
	return data, nil
}

func bodyFault(r *http.Request, err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errBodyTooLarge()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		f := fault.Wrap(fault.Timeout, err, "the request's body did not arrive within %d minutes", int(bodyLimit.Minutes())).WithCode("body_timeout")
		f.Status = http.StatusRequestTimeout
		return f
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || r.Context().Err() == nil { // net/http ends the context on every read that fails
		return fault.Wrap(fault.Invalid, err, "the request's body ended before its announced length").WithCode("incomplete_body")
	}
	return fault.Wrap(fault.Canceled, err, "the client closed the request")
}

func errBodyTooLarge() *fault.Error {
	return fault.New(fault.TooLarge, "the request's body is larger than the limit of %d MiB", maxBody>>20).WithCode("request_too_large")
}
