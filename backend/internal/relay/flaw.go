package relay

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// GenerateUnlessFlawed is Generate for an answer that must hold more than anything at all, such as an image. flaw says in a few words what
// an answer lacks, or "": a flawed one counts as malformed, and is tried again. An answer that Gemini refused to give for its content is
// not to be called flawed: another attempt would be refused as well.
func (r *Relay) GenerateUnlessFlawed(ctx context.Context, call Call, flaw func(*gemini.Response) string) (*gemini.Response, error) {
	var answer *gemini.Response
	err := r.attempts(ctx, call, func(lease *pool.Lease, started time.Time) error {
		limited, cancel := context.WithTimeoutCause(ctx, seconds(r.settings().RequestTimeout), errSilence)
		defer cancel()
		resp, err := r.client.Generate(limited, lease.Secret, call.Model, call.Body)
		if err == nil {
			err = weigh(resp)
		}
		if err != nil {
			return err
		}
		if what := flaw(resp); what != "" {
			return &malformedError{reason: what}
		}
		answer = resp
		call.Trace.answered(resp, time.Since(started))
		r.end(ctx, call, lease, nil, started, resp.Usage)
		return nil
	})
	return answer, err
}
