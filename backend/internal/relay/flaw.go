package relay

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/pool"
)

// GenerateUnlessFlawed is Generate for an answer that must hold more than anything at all, such as an image. flaw says in a few words what
// an answer lacks, or "": a flawed one counts as malformed, and is tried again. An answer that Gemini refused to give for its content is
// not to be called flawed: another attempt would be refused as well.
func (r *Relay) GenerateUnlessFlawed(ctx context.Context, call Call, flaw func(*gemini.Response) string) (*gemini.Response, error) {
	var answer *gemini.Response
	var used *pool.Lease
	err := r.attempts(ctx, call, func(lease *pool.Lease, body *jsonio.Body, started time.Time) error {
		resp, err := r.generate(ctx, call, lease, body)
		if err != nil {
			return err
		}
		if !call.goesOn(resp) { // the rest may mend it
			if what := flaw(resp); what != "" {
				return &malformedError{reason: what}
			}
		}
		answer, used = resp, lease
		call.Trace.answered(resp, time.Since(started))
		r.end(ctx, call, lease, nil, started, resp.Usage)
		return nil
	})
	if err == nil && call.goesOn(answer) {
		err = r.follow(ctx, call, used, answer)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}
