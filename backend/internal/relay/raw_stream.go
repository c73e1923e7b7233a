package relay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/pool"
)

// RawStream is an answer in chunks, passed on as it comes, that has begun: its first meaningful part is here, so its key and status are
// fixed and nothing will be sent again. It is for one goroutine.
type RawStream struct {
	relay    *Relay
	ctx      context.Context //nolint:containedctx // the request's own: judging an error asks whether the client left
	cancel   context.CancelCauseFunc
	call     Call
	expect   Expect
	lease    *pool.Lease
	started  time.Time
	upstream *gemini.RawStream
	held     []byte // what came before the piece with the first meaningful part
	first    []byte // that piece
	told     *Trace // what the chunks have told: the call's own trace once the stream has begun
	silence  *silence
	finished bool // a finish reason was seen
	closed   bool
	err      error
}

// StreamRaw gives an answer at its first meaningful part, or a *fault.Error as Do's. The caller closes it.
func (r *Relay) StreamRaw(ctx context.Context, raw RawCall) (*RawStream, error) {
	var stream *RawStream
	err := r.attempts(ctx, raw.call(), func(lease *pool.Lease, body *jsonio.Body, started time.Time) error {
		bound := raw
		bound.Upstream.Body = body
		s, err := r.openRaw(ctx, bound, lease, started)
		stream = s
		return err
	})
	if err != nil {
		return nil, err
	}
	return stream, nil
}

// openRaw makes one attempt at a stream and reads up to its first meaningful part.
func (r *Relay) openRaw(ctx context.Context, raw RawCall, lease *pool.Lease, started time.Time) (*RawStream, error) {
	now := r.settings()
	limited, cancel := context.WithCancelCause(ctx)
	s := &RawStream{relay: r, ctx: ctx, cancel: cancel, call: raw.call(), expect: raw.Expect, lease: lease, started: started, told: &Trace{}}
	s.silence = watchSilence(cancel, seconds(now.FirstByteTimeout)+sendingTime(raw.Upstream.Body), seconds(now.RequestTimeout))
	err := s.begin(limited, raw)
	if err == nil {
		s.silence.begun()
		raw.Trace.Usage, raw.Trace.Finish, raw.Trace.First = s.told.Usage, s.told.Finish, time.Since(started)
		s.told = raw.Trace
		return s, nil
	}
	s.silence.stop()
	if s.upstream != nil {
		_ = s.upstream.Close() // the attempt is over, and its error is known
	}
	cancel(nil)
	return nil, err
}

func (s *RawStream) begin(ctx context.Context, raw RawCall) error {
	upstream, err := s.relay.client.RawStream(ctx, s.lease.Secret, raw.Upstream, raw.Events)
	if err != nil {
		return err
	}
	if raw.Watch != nil {
		keyID := s.lease.KeyID
		upstream.Watch = func(document []byte) { raw.Watch(keyID, document) }
	}
	s.upstream = upstream
	for range maxHeld {
		piece, chunk, err := upstream.Next()
		if errors.Is(err, io.EOF) || err == nil && chunk == nil {
			return errEmpty
		}
		if err != nil {
			return err
		}
		s.note(chunk)
		if s.decides(chunk) {
			s.first = piece
			return weighRaw(chunk, true, s.expect)
		}
		s.held = append(s.held, piece...)
	}
	return errEmpty
}

// decides reports whether a chunk settles what the answer is: it says something, or that there is nothing to say.
func (s *RawStream) decides(chunk *gemini.Response) bool {
	if s.expect != ExpectContent || chunk.Meaningful() || chunk.BlockReason != "" || chunk.Error != nil {
		return true
	}
	return len(chunk.Candidates) > 0 && chunk.Candidates[0].FinishReason != ""
}

// note takes from a chunk what the record and the end need.
func (s *RawStream) note(chunk *gemini.Response) {
	s.told.answered(chunk, 0)
	s.finished = s.finished || chunk.BlockReason != ""
	for i := range chunk.Candidates {
		s.finished = s.finished || chunk.Candidates[i].FinishReason != ""
	}
}

// Header gives the headers of Gemini's answer.
func (s *RawStream) Header() http.Header { return s.upstream.Header }

// Next gives the next bytes to pass on, good until the next call; io.EOF after a whole answer; a *fault.Error when the answer broke off,
// to be told with AppendLast. Bytes are given only up to the end of a chunk, so that an error has its place after them.
func (s *RawStream) Next() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	if begun := s.beginning(); begun != nil {
		return begun, nil
	}
	piece, err := s.next()
	if err == nil {
		return piece, nil
	}
	over := errors.Is(err, io.EOF)
	if whole := s.finished || over && s.expect != ExpectContent; whole && s.ctx.Err() == nil {
		s.end(io.EOF) // whatever comes after the finish reason changes nothing of the answer
		if missing := s.upstream.AppendEnd(nil); len(missing) > 0 {
			return missing, nil
		}
		return nil, s.err
	}
	if over {
		err = errCut
	}
	s.end(err)
	return nil, s.err
}

// beginning gives what was read to open the stream, once.
func (s *RawStream) beginning() []byte {
	begun := s.held
	if len(begun) == 0 {
		begun, s.first = s.first, nil
	}
	s.held = nil
	return begun
}

func (s *RawStream) next() ([]byte, error) {
	s.silence.heard()
	piece, chunk, err := s.upstream.Next()
	s.silence.heard()
	if err != nil {
		return nil, err
	}
	if chunk == nil {
		if s.expect == ExpectContent && !s.finished {
			return nil, io.EOF // what closes the answer is not passed on before an error
		}
		return piece, nil
	}
	if chunk.Error != nil {
		return nil, chunk.Error
	}
	s.note(chunk)
	return piece, nil
}

// Ready reports whether the next bytes are at hand already, so that the ones before them need not be flushed alone.
func (s *RawStream) Ready() bool {
	return len(s.held) > 0 || len(s.first) > 0 || s.err == nil && s.upstream.Ready()
}

// AppendLast appends an error document to what was passed on of a stream that broke off, in the form of the stream, and the stream's end.
func (s *RawStream) AppendLast(dst, document []byte) []byte {
	return s.upstream.AppendLast(dst, bytes.TrimSpace(document))
}

// Close ends the upstream call, if it has not ended by itself, and reports the lease.
func (s *RawStream) Close() {
	if s.err == nil {
		if s.finished {
			s.end(io.EOF)
		} else {
			s.end(errAbandoned)
		}
	}
}

// end closes the upstream call and reports the lease, once.
func (s *RawStream) end(err error) {
	if s.closed {
		return
	}
	s.closed = true
	s.silence.stop()
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
