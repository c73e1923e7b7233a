package relay

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/pool"
)

// RawCall is one request to be passed on as its client made it.
type RawCall struct {
	RequestID string
	Quota     string // what it counts against: the model's name, or a name of its own for what Google counts apart
	Upstream  gemini.RawCall
	Expect    Expect
	Events    bool   // of a stream: server-sent events; otherwise a JSON array
	Home      int64  // Call.Home
	Once      bool   // Call.Once
	Tokens    int    // the prompt's estimated tokens
	Count     int    // Call.Count
	Trace     *Trace // filled in as attempts end

	// Watch, if not nil, is shown each document of a stream before it is passed on, and the id of the key it came with. A document is good
	// during the call alone. One that is not an object is passed on unseen.
	Watch func(keyID int64, document []byte)
}

// Expect says what an answer must hold to be a good one.
type Expect int

// What answers hold.
const (
	ExpectAny     Expect = iota // a JSON object that is no error
	ExpectContent               // generateContent's, by the same rules as Generate and Stream
	ExpectField                 // a field at the top, such as embedContent's "embedding"
)

// call is the request as attempts know it. Its body is the upstream call's.
func (c *RawCall) call() Call {
	return Call{RequestID: c.RequestID, Model: c.Quota, Body: c.Upstream.Body, Tokens: c.Tokens, Count: c.Count, Trace: c.Trace, Home: c.Home, Prefer: c.Home, Once: c.Once}
}

// Do gives a whole answer as Gemini sent it and the id of the key that got it, or a *fault.Error. The fault of a request that Gemini refused carries Gemini's own answer, a
// *gemini.RawError.
func (r *Relay) Do(ctx context.Context, raw RawCall) (answer *gemini.RawAnswer, keyID int64, err error) {
	call := raw.call()
	err = r.attempts(ctx, call, func(lease *pool.Lease, body *jsonio.Body, started time.Time) error {
		upstream := raw.Upstream
		upstream.Body = body
		limited, cancel := context.WithTimeoutCause(ctx, seconds(r.settings().RequestTimeout)+sendingTime(body), errSilence)
		defer cancel()
		got, err := r.client.Raw(limited, lease.Secret, upstream)
		if err != nil {
			return err
		}
		shape, filled, err := gemini.DecodeShape(got.Data)
		if err == nil {
			err = weighRaw(shape, filled, raw.Expect)
		}
		if err != nil {
			return err
		}
		answer, keyID = got, lease.KeyID
		call.Trace.answered(shape, time.Since(started))
		r.end(ctx, call, lease, nil, started, shape.Usage)
		return nil
	})
	return answer, keyID, err
}

// weighRaw gives the fault in an answer, if any.
func weighRaw(shape *gemini.Response, filled bool, expect Expect) error {
	switch {
	case expect == ExpectContent:
		return weigh(shape)
	case shape.Error != nil:
		return shape.Error
	case expect == ExpectField && !filled:
		return errEmpty
	}
	return nil
}
