package relay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/pool"
)

// RawBytes is an answer of any kind, such as a video, that has begun: what is read of it is passed on and never kept. It is for one goroutine.
type RawBytes struct {
	Status int // 200, or 206 of a part
	Header http.Header
	Length int64 // -1 when it was not announced

	ctx     context.Context //nolint:containedctx // the request's own: judging an error asks whether the client left
	cancel  context.CancelCauseFunc
	body    io.ReadCloser
	silence *silence
}

// Open gives an answer of any kind at its beginning, or a *fault.Error as Do's. The caller closes it. The lease ends here: what was asked has been
// granted, and a break later says nothing of the key.
func (r *Relay) Open(ctx context.Context, raw RawCall) (*RawBytes, error) {
	var opened *RawBytes
	call := raw.call()
	err := r.attempts(ctx, call, func(lease *pool.Lease, body *jsonio.Body, started time.Time) error {
		upstream := raw.Upstream
		upstream.Body = body
		now := r.settings()
		limited, cancel := context.WithCancelCause(ctx)
		silence := watchSilence(cancel, seconds(now.FirstByteTimeout)+sendingTime(body), seconds(now.RequestTimeout))
		answer, err := r.client.Open(limited, lease.Secret, upstream) //nolint:bodyclose // Close closes it
		if err != nil {
			silence.stop()
			cancel(nil)
			return err
		}
		silence.begun()
		opened = &RawBytes{Status: answer.StatusCode, Header: answer.Header, Length: answer.ContentLength, ctx: ctx, cancel: cancel, body: answer.Body, silence: silence}
		call.Trace.First = time.Since(started)
		r.end(ctx, call, lease, nil, started, gemini.Usage{})
		return nil
	})
	return opened, err
}

// Read gives the next bytes; io.EOF after the last; a *fault.Error when the answer broke off.
func (b *RawBytes) Read(p []byte) (int, error) {
	b.silence.heard()
	n, err := b.body.Read(p)
	b.silence.heard()
	if err != nil && !errors.Is(err, io.EOF) {
		if b.ctx.Err() != nil {
			return n, fault.Wrap(fault.Canceled, err, "the client closed the request")
		}
		return n, fault.Wrap(fault.Upstream, err, "Gemini's answer was cut off")
	}
	return n, err
}

// Close ends the upstream call.
func (b *RawBytes) Close() {
	b.silence.stop()
	_ = b.body.Close() // what was to be read has been; a fault in closing changes nothing
	b.cancel(nil)
}
