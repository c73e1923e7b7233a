package relay

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/pool"
)

// Embed gives the embeddings of a call whose body is an EmbedRequest's with so many texts, or a *fault.Error. An answer that lacks one of
// them counts as empty, and is tried again.
func (r *Relay) Embed(ctx context.Context, call Call, texts int) (*gemini.Embeddings, error) {
	var answer *gemini.Embeddings
	call.Count = texts
	err := r.attempts(ctx, call, func(lease *pool.Lease, body *jsonio.Body, started time.Time) error {
		limited, cancel := context.WithTimeoutCause(ctx, seconds(r.settings().RequestTimeout), errSilence)
		defer cancel()
		got, err := r.client.BatchEmbed(limited, lease.Secret, call.Model, body)
		if err == nil {
			err = weighEmbeddings(got, texts)
		}
		if err != nil {
			return err
		}
		answer = got
		call.Trace.answered(&gemini.Response{Usage: got.Usage, HasUsage: got.HasUsage}, time.Since(started))
		r.end(ctx, call, lease, nil, started, got.Usage)
		return nil
	})
	return answer, err
}

// weighEmbeddings gives the fault in an answer, if any.
func weighEmbeddings(got *gemini.Embeddings, texts int) error {
	if got.Error != nil {
		return got.Error
	}
	if len(got.Vectors) != texts {
		return errEmpty
	}
	for _, vector := range got.Vectors {
		if len(vector) == 0 {
			return errEmpty
		}
	}
	return nil
}
