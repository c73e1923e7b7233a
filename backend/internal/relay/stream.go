package relay

import (
	"context"
	"errors"
	"io"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
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
	body     *jsonio.Body // the call's, for the leased key
	lease    *pool.Lease
	started  time.Time
	upstream *gemini.Stream
	held     []*gemini.Response // the chunks up to the first meaningful one
	chunk    gemini.Response    // the one after those, in the same memory each time
	silence  *silence
	used     gemini.Usage // counted by this upstream call
	before   gemini.Usage // counted by the calls that this one goes on from
	hops     hops
	spoken   bool // something meaningful was given
	finished bool // a finish reason was seen
	closed   bool
	err      error
}

// Stream gives an answer at its first meaningful part, or a *fault.Error. The caller closes it. An answer that stops to be continued is
// followed to its end.
func (r *Relay) Stream(ctx context.Context, call Call) (*Stream, error) {
	var stream *Stream
	try := func(lease *pool.Lease, body *jsonio.Body, started time.Time) error {
		s, err := r.open(ctx, call, lease, body, started)
		stream = s
		return err
	}
	err := r.attempts(ctx, call, try)
	if call.mend(err) {
		err = r.attempts(ctx, call, try)
	}
	if err != nil {
		return nil, err
	}
	return stream, nil
}

// open makes one attempt at a stream and reads up to its first meaningful part.
func (r *Relay) open(ctx context.Context, call Call, lease *pool.Lease, body *jsonio.Body, started time.Time) (*Stream, error) {
	s := &Stream{relay: r, ctx: ctx, call: call, body: body, lease: lease, started: started}
	limited := s.watch(ctx)
	if err := s.begin(limited); err != nil {
		s.hangUp()
		return nil, err
	}
	call.Trace.First = time.Since(started)
	return s, nil
}

// watch gives the context of an upstream call, which ends when nothing is heard.
func (s *Stream) watch(ctx context.Context) context.Context {
	now := s.relay.settings()
	limited, cancel := context.WithCancelCause(ctx)
	s.cancel = cancel
	s.silence = watchSilence(cancel, seconds(now.FirstByteTimeout)+sendingTime(s.body), seconds(now.RequestTimeout))
	return limited
}

// hangUp ends the upstream call, whatever came of it is known.
func (s *Stream) hangUp() {
	s.silence.stop()
	if s.upstream != nil {
		_ = s.upstream.Close() // the call is over; a fault in closing it changes nothing
	}
	s.cancel(nil)
}

func (s *Stream) begin(ctx context.Context) error {
	upstream, err := s.relay.client.Stream(ctx, s.lease.Secret, s.call.Model, s.body)
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
			s.silence.begun()
			return nil
		}
		if done := len(chunk.Candidates) > 0 && chunk.Candidates[0].FinishReason != ""; done || chunk.Error != nil {
			if err := weigh(chunk); err != nil {
				return err
			}
			s.silence.begun()
			return nil
		}
	}
	return errEmpty
}

// Next gives the next chunk, good until the next call; io.EOF after a whole answer; a *fault.Error when the answer broke off.
func (s *Stream) Next() (*gemini.Response, error) {
	if s.err == nil && s.hops.token != "" {
		if err := s.goOn(); err != nil {
			return s.stopShort(err)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	chunk, err := s.next()
	if err == nil {
		s.note(chunk)
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
	s.silence.heard()
	return &s.chunk, err
}

// note takes from a chunk what the record and the end need. Tokens counted by earlier calls for the same answer are added.
func (s *Stream) note(chunk *gemini.Response) {
	if chunk.HasUsage {
		s.used = chunk.Usage
		if s.hops.taken > 0 {
			chunk.Usage.Add(&s.before)
		}
	}
	s.spoken = s.spoken || chunk.Meaningful()
	if s.hops.note(&s.call, chunk) {
		return
	}
	s.call.Trace.answered(chunk, 0)
	for i := range chunk.Candidates {
		s.finished = s.finished || chunk.Candidates[i].FinishReason != ""
	}
	s.finished = s.finished || chunk.BlockReason != ""
}

// Ready reports whether the next chunk is at hand already, so that the one before it need not be flushed alone.
func (s *Stream) Ready() bool {
	return len(s.held) > 0 || s.err == nil && s.hops.token == "" && s.upstream.Ready()
}

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
	var verdict error
	if !errors.Is(err, io.EOF) {
		verdict = err
	}
	s.relay.end(s.ctx, s.call, s.lease, verdict, s.started, s.used)
	if s.err = err; verdict != nil {
		s.err = faultOf(s.ctx, err)
	}
	s.hangUp()
}
