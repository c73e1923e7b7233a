package relay

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/pool"
)

// use is the key of a lease as files know it.
func use(lease *pool.Lease) files.Use {
	return files.Use{KeyID: lease.KeyID, Secret: lease.Secret, Project: lease.Project}
}

// bind fills a body's holes for the leased key. A body without any is given back as it is.
func (r *Relay) bind(ctx context.Context, lease *pool.Lease, body *jsonio.Body) (*jsonio.Body, error) {
	if body == nil || !body.HasHoles() {
		return body, nil
	}
	return r.files.Bind(ctx, body, use(lease))
}

// holder gives the key a call begins with: its own wish, else one whose project holds copies of what it names.
func (r *Relay) holder(ctx context.Context, call *Call) int64 {
	if call.Prefer != 0 || call.Body == nil || !call.Body.HasHoles() {
		return call.Prefer
	}
	return r.files.Holder(ctx, call.Body)
}

// maxRebinds is how often one request may find that copies of its files are gone.
const maxRebinds = 2

// rebinds reports whether a request that Gemini refused for a file may be tried again with new copies: what we took for a copy was deleted, has
// expired, or was never the project's. That is no fault of the key, which is tried again.
func (h *history) rebinds(ctx context.Context, r *Relay, lease *pool.Lease, body *jsonio.Body) bool {
	refused, ok := errors.AsType[*gemini.Error](h.last)
	if !ok || !refused.FileRefused() && !refused.FileNotReady() || body == nil || !body.HasHoles() || h.rebound == maxRebinds {
		return false
	}
	h.rebound++
	h.prefer = lease.KeyID
	r.files.Forget(ctx, body, use(lease))
	return true
}

// judgeFiles says what an error in giving a request its files tells. A key that Google does not take is as bad as in any other call; but the
// limits of the Files API are not the model's, and what else goes wrong there is no fault of the key.
func judgeFiles(ctx context.Context, err *files.Error) (outcome pool.Outcome, again bool) {
	if ctx.Err() != nil {
		return pool.Outcome{Verdict: pool.ClientGone}, false
	}
	if upstream, ok := errors.AsType[*gemini.Error](err); ok {
		outcome, again = judgeUpstream(upstream)
		switch outcome.Verdict {
		case pool.Exit, pool.DeadKey, pool.Unauthenticated, pool.MisconfiguredKey, pool.Transient:
			return outcome, again
		case pool.Request:
			if upstream.StatusCode == http.StatusBadRequest && !upstream.FileNotReady() {
				return outcome, again // of the file itself; an upload or a copy that is gone can be made anew
			}
		default:
		}
		return pool.Outcome{Verdict: pool.Transient, Status: upstream.StatusCode, Message: upstream.Message}, true
	}
	if ours, ok := errors.AsType[*fault.Error](err); ok {
		return pool.Outcome{Verdict: pool.Request, Message: ours.Message}, false
	}
	return pool.Outcome{Verdict: pool.Transient, Message: gemini.Redact(err.Error())}, true
}

// filesFault gives the fault of an error in giving a request its files, if it is one of ours.
func filesFault(err error) (*fault.Error, bool) {
	if wrong, ok := errors.AsType[*files.Error](err); ok {
		return errors.AsType[*fault.Error](wrong)
	}
	return nil, false
}

// sendingTime is how much longer than a short one a request may take that has much to send: Gemini cannot begin to answer before it is there.
func sendingTime(body *jsonio.Body) time.Duration {
	const pace = 512 << 10 // bytes a second
	if body == nil {
		return 0
	}
	return time.Duration(body.Len()/pace) * time.Second
}
