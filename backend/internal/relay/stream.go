package relay

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// maxHeld bounds the chunks that may come before the first meaningful part.
const maxHeld = 256

// Stream is an answer that has begun: its first meaningful part is here, so its key and status are fixed and nothing will be sent
// again. It is for one goroutine.
type Stream struct {
	relay    *Relay
	ctx      context.Context //nolint:containedctx // the request's own: judging an error asks whether the client left
	cancel   context.CancelCauseFunc
	call     Call
	lease    *pool.Lease
	started  time.Time
	upstream *gemini.Stream
	held     []*gemini.Response // the chunks up to the first meaningful one
	chunk    gemini.Response    // the one after those, in the same memory each time
	silence  *time.Timer
	limit    time.Duration
	heard    atomic.Int64 // when the upstream was last heard of, in nanoseconds since started
	finished bool         // a finish reason was seen
	closed   bool
	err      error
}

// Stream gives an answer at its first meaningful part, or a *fault.Error. The caller closes it.
func (r *Relay) Stream(ctx context.Context, call Call) (*Stream, error) {
	var stream *Stream
	err := r.attempts(ctx, call, func(lease *pool.Lease, started time.Time) error {
		s, err := r.open(ctx, call, lease, started)
		stream = s
		return err
	})
	if err != nil {
		return nil, err
	}
	return stream, nil
}

// open makes one attempt at a stream and reads up to its first meaningful part.
func (r *Relay) open(ctx context.Context, call Call, lease *pool.Lease, started time.Time) (*Stream, error) {
	now := r.settings()
	limited, cancel := context.WithCancelCause(ctx)
	s := &Stream{relay: r, ctx: ctx, cancel: cancel, call: call, lease: lease, started: started, limit: seconds(now.RequestTimeout)}
	s.silence = time.AfterFunc(seconds(now.FirstByteTimeout), func() { cancel(errFirstPart) })
	err := s.begin(limited)
	if err == nil {
		call.Trace.First = time.Since(started)
		return s, nil
	}
	s.silence.Stop()
	if s.upstream != nil {
		_ = s.upstream.Close() // the attempt is over, and its error is known
	}
	cancel(nil)
	return nil, err
}

func (s *Stream) begin(ctx context.Context) error {
	upstream, err := s.relay.client.Stream(ctx, s.lease.Secret, s.call.Model, s.call.Body)
	if err != nil {
		return err
	}
	s.upstream = upstream
	for len(s.held) < maxHeld {
		chunk, err := upstream.Next()
		if errors.Is(err, io.EOF) {
			return errEmpty
		}
		if err != nil {
			return err
		}
		s.held = append(s.held, chunk)
		if chunk.Meaningful() || chunk.BlockReason != "" {
			s.keepWatch()
			return nil
		}
		if done := len(chunk.Candidates) > 0 && chunk.Candidates[0].FinishReason != ""; done || chunk.Error != nil {
			if err := weigh(chunk); err != nil {
				return err
			}
			s.keepWatch()
			return nil
		}
	}
	return errEmpty
}

// keepWatch turns the limit on the first part into one on silence.
func (s *Stream) keepWatch() {
	if !s.silence.Stop() {
		return // it has fired: the next read says so
	}
	s.heard.Store(int64(time.Since(s.started)))
	s.silence = time.AfterFunc(time.Hour, s.listen)
	s.silence.Reset(s.limit) // only now: listen uses the field
}

// listen ends the stream if nothing was heard for the limit, and otherwise looks again when that could be. The chunks themselves only
// note the time: setting a timer for each would cost more than reading it.
func (s *Stream) listen() {
	rest := s.limit - (time.Since(s.started) - time.Duration(s.heard.Load()))
	if rest <= 0 {
		s.cancel(errSilence)
		return
	}
	s.silence.Reset(rest)
}

// Next gives the next chunk, good until the next call; io.EOF after a whole answer; a *fault.Error when the answer broke off.
func (s *Stream) Next() (*gemini.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	chunk, err := s.next()
	if err == nil {
		s.call.Trace.answered(chunk, 0)
		for i := range chunk.Candidates {
			s.finished = s.finished || chunk.Candidates[i].FinishReason != ""
		}
		s.finished = s.finished || chunk.BlockReason != ""
		return chunk, nil
	}
	if s.finished && s.ctx.Err() == nil {
		err = io.EOF // whatever comes after the finish reason changes nothing of the answer
	} else if errors.Is(err, io.EOF) {
		err = errCut
	}
	s.end(err)
	return nil, s.err
}

func (s *Stream) next() (*gemini.Response, error) {
	if len(s.held) > 0 {
		chunk := s.held[0]
		s.held = s.held[1:]
		return chunk, nil
	}
	err := s.upstream.NextInto(&s.chunk)
	if err == nil && s.chunk.Error != nil {
		err = s.chunk.Error
	}
	s.heard.Store(int64(time.Since(s.started)))
	return &s.chunk, err
}

// Ready reports whether the next chunk is at hand already, so that the one before it need not be flushed alone.
func (s *Stream) Ready() bool { return len(s.held) > 0 || s.err == nil && s.upstream.Ready() }

// Trace gives what the stream has told so far.
func (s *Stream) Trace() *Trace { return s.call.Trace }

// Close ends the upstream call, if it has not ended by itself, and reports the lease.
func (s *Stream) Close() {
	if s.err == nil {
		if s.finished {
			s.end(io.EOF)
		} else {
			s.end(errAbandoned)
		}
	}
}

// errAbandoned is a stream that its client left before the end.
var errAbandoned = errors.New("the client left the stream")

// end closes the upstream call and reports the lease, once.
func (s *Stream) end(err error) {
	if s.closed {
		return
	}
	s.closed = true
	s.silence.Stop()
	var verdict error
	if !errors.Is(err, io.EOF) {
		verdict = err
	}
	s.relay.end(s.ctx, s.call, s.lease, verdict, s.started, s.call.Trace.Usage)
	if s.err = err; verdict != nil {
		s.err = faultOf(s.ctx, err)
	}
	_ = s.upstream.Close() // the answer is over; a fault in closing it changes nothing
	s.cancel(nil)
}
