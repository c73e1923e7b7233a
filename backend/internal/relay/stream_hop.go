package relay

import (
	"io"
	"time"

	"gemini-proxy/backend/internal/gemini"
)

// goOn follows a stream that stopped to be continued: it ends the upstream call and makes the next, up to its first chunk.
func (s *Stream) goOn() error {
	s.relay.end(s.ctx, s.call, s.lease, nil, s.started, s.used)
	s.hangUp()
	s.closed = true // until a call is open again
	s.before.Add(&s.used)
	s.used = gemini.Usage{}
	for s.hops.next() {
		err := s.hop()
		if err == nil {
			s.closed, s.hops.token = false, ""
			return nil
		}
		if !tryAgain(s.ctx, err) {
			return err
		}
	}
	return errHops
}

// hop makes one call that goes on with the answer and reads its first chunk.
func (s *Stream) hop() error {
	lease, err := s.relay.leaseAgain(s.ctx, s.call, s.lease)
	if err != nil {
		return err
	}
	body, err := s.relay.bind(s.ctx, lease, s.call.Rebuild(s.call.goOn(s.hops.token)))
	s.lease, s.body, s.started, s.upstream = lease, body, time.Now(), nil
	limited := s.watch(s.ctx)
	if err == nil {
		s.upstream, err = s.relay.client.Stream(limited, lease.Secret, s.call.Model, body)
	}
	var first *gemini.Response
	if err == nil {
		if first, err = s.upstream.Next(); err == io.EOF { //nolint:errorlint // Next gives it bare
			err = errEmpty
		}
	}
	if err == nil && first.Error != nil {
		err = first.Error
	}
	if err != nil {
		s.hangUp()
		s.relay.end(s.ctx, s.call, lease, err, s.started, gemini.Usage{})
		return err
	}
	s.silence.begun()
	s.held = append(s.held[:0], first)
	return nil
}

// stopShort ends a stream that cannot be followed further. What was said so far stands, and ends as Gemini ended it; when nothing was, it
// is a fault.
func (s *Stream) stopShort(err error) (*gemini.Response, error) {
	s.hops.token = ""
	if !s.spoken || s.ctx.Err() != nil {
		s.err = faultOf(s.ctx, err)
		return nil, s.err
	}
	s.finished, s.err = true, io.EOF
	last := &gemini.Response{Candidates: []gemini.Candidate{{FinishReason: gemini.FinishContinuation}}}
	s.call.Trace.answered(last, 0)
	return last, nil
}
