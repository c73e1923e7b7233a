package relay

import (
	"context"
	"errors"
	"time"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

// The bounds of following an answer that stops to be continued (finish reason CONTINUATION; Gemini 4).
const (
	maxHops     = 8
	maxIdleHops = 3 // in a row that brought nothing, as Google's Go SDK has it
)

// errOtherKey is a lease of a key that cannot go on with the answer: whether a token holds for another project nobody says.
var errOtherKey = errors.New("the key that began the answer has no room to go on with it")

// errHops is an answer that was followed for as long as may be.
var errHops = errors.New("the answer was continued too often")

// hops is how far an answer has been followed. The token goes on with it; it is empty while the answer runs.
type hops struct {
	token string
	taken int
	idle  int
}

// next reports whether one more hop may be tried, and counts it.
func (h *hops) next() bool {
	if h.taken >= maxHops || h.idle >= maxIdleHops {
		return false
	}
	h.taken++
	h.idle++ // until it brings something
	return true
}

// note looks in a chunk for the end of a hop, and takes it out: to the client the answer goes on. Tokens without a finish reason are
// checkpoints, and are not used.
func (h *hops) note(call *Call, chunk *gemini.Response) bool {
	if h.taken > 0 && chunk.Meaningful() {
		h.idle = 0
	}
	if !call.goesOn(chunk) {
		return false
	}
	h.token = chunk.Candidates[0].ContinuationToken
	chunk.Candidates[0].FinishReason = ""
	call.Trace.answered(chunk, 0)
	return true
}

// goesOn reports whether an answer stopped to be continued, and can be.
func (c *Call) goesOn(resp *gemini.Response) bool {
	if c.Rebuild == nil || len(resp.Candidates) != 1 || resp.BlockReason != "" {
		return false
	}
	only := &resp.Candidates[0]
	return only.FinishReason == gemini.FinishContinuation && only.ContinuationToken != ""
}

// goOn is the change that goes on with an answer.
func (c *Call) goOn(token string) Change { return Change{Unsigned: c.change.Unsigned, Token: token} }

// leaseAgain leases the key of an earlier lease, or another of its project.
func (r *Relay) leaseAgain(ctx context.Context, call Call, before *pool.Lease) (*pool.Lease, error) {
	lease, err := r.pool.Lease(ctx, pool.Want{Model: call.Model, Tokens: call.Tokens, Project: before.Project, Prefer: before.KeyID})
	if err != nil {
		return nil, err
	}
	if lease.KeyID != before.KeyID && (before.Project == "" || lease.Project != before.Project) {
		lease.Return()
		return nil, errOtherKey
	}
	return lease, nil
}

// tryAgain reports whether a hop that failed may be asked for once more: a token stays good.
func tryAgain(ctx context.Context, err error) bool {
	if errors.Is(err, errOtherKey) {
		return false
	}
	switch outcome, _ := judge(ctx, err); outcome.Verdict {
	case pool.Transient, pool.Timeout, pool.Empty:
		return ctx.Err() == nil
	default:
		return false
	}
}

// follow goes on with a whole answer until its end, and adds to it. When it can be followed no further, what there is of it stands, with
// the finish reason CONTINUATION; if there is nothing yet, it is a fault.
func (r *Relay) follow(ctx context.Context, call Call, lease *pool.Lease, answer *gemini.Response) error {
	h := hops{token: answer.Candidates[0].ContinuationToken}
	for h.token != "" {
		if !h.next() {
			return unlessSpoken(ctx, answer, errHops)
		}
		next, err := r.hop(ctx, call, &lease, h.token)
		switch {
		case err == nil:
			h.token = join(answer, next, &call)
			if next.Meaningful() {
				h.idle = 0
			}
			call.Trace.answered(answer, 0)
		case !tryAgain(ctx, err):
			return unlessSpoken(ctx, answer, err)
		}
	}
	return nil
}

// unlessSpoken gives the fault of an answer that holds nothing, and of one that nobody waits for.
func unlessSpoken(ctx context.Context, answer *gemini.Response, err error) error {
	if answer.Meaningful() && ctx.Err() == nil {
		return nil
	}
	return faultOf(ctx, err)
}

// hop makes one call that goes on with a whole answer, and gives the lease it used.
func (r *Relay) hop(ctx context.Context, call Call, used **pool.Lease, token string) (*gemini.Response, error) {
	lease, err := r.leaseAgain(ctx, call, *used)
	if err != nil {
		return nil, err
	}
	*used = lease
	body, err := r.bind(ctx, lease, call.Rebuild(call.goOn(token)))
	started := time.Now()
	var resp *gemini.Response
	if err == nil {
		resp, err = r.generate(ctx, call, lease, body)
	}
	if err != nil {
		r.end(ctx, call, lease, err, started, gemini.Usage{})
		return nil, err
	}
	r.end(ctx, call, lease, nil, started, resp.Usage)
	return resp, nil
}

// join adds the next hop to an answer, and gives the token that goes on from it, "" at the end.
func join(answer, next *gemini.Response, call *Call) string {
	answer.Usage.Add(&next.Usage)
	answer.HasUsage = answer.HasUsage || next.HasUsage
	into := &answer.Candidates[0]
	if len(next.Candidates) == 0 { // the prompt was refused midway: never resumed
		into.FinishReason, into.ContinuationToken = gemini.FinishProhibitedContent, ""
		return ""
	}
	from := &next.Candidates[0]
	into.Content.Parts = append(into.Content.Parts, from.Content.Parts...)
	into.FinishReason, into.FinishMessage, into.ContinuationToken = from.FinishReason, from.FinishMessage, from.ContinuationToken
	keepMetadata(into, from)
	if call.goesOn(next) {
		return from.ContinuationToken
	}
	return ""
}
