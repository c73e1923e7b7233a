// Package relay takes one request through the pool: it leases a key, calls Gemini, judges what came, and tries again with another
// key until one answers. Nothing is given to the caller before the first meaningful part, so that every attempt before it is unseen.
package relay

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/files"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/usage"
)

// Relay sends requests through a pool. It is safe for concurrent use.
type Relay struct {
	client   *gemini.Client
	pool     *pool.Pool
	settings func() settings.Settings
	log      *slog.Logger
	files    *files.Files // nil where no request names files of ours
}

// New makes a relay.
func New(client *gemini.Client, keys *pool.Pool, now func() settings.Settings, log *slog.Logger) *Relay {
	return &Relay{client: client, pool: keys, settings: now, log: log}
}

// WithFiles gives the relay the files that requests name, and gives it back.
func (r *Relay) WithFiles(held *files.Files) *Relay {
	r.files = held
	return r
}

// Call is one request to be answered.
type Call struct {
	RequestID string
	Model     string       // Gemini's name, without "models/"
	Body      *jsonio.Body // read again for every attempt; its holes are filled for each key
	Tokens    int          // the prompt's estimated tokens
	Trace     *Trace       // filled in as attempts end
	Count     int          // how many requests Google counts it as; 0 is one
	Prefer    int64        // the id of a key to begin with, if it has room; 0 is none
	Home      int64        // the id of the key to whose project alone the call may go; 0 is none
	Once      bool         // it makes something: not to be sent again when it may have been done
	Rebuild   Rebuild      // nil where Body is all there is
	change    Change       // what Body has been changed by
}

// Trace is what a request's attempts leave for its record. It is complete when Generate or Stream failed, when Generate returned,
// or when the stream was closed.
type Trace struct {
	Attempts []usage.Attempt
	Usage    gemini.Usage
	Finish   string        // Gemini's finish reason
	First    time.Duration // from the start of the call to the first part; zero when there was none
}

// maxExtra is how many attempts beyond max_key_attempts a transient fault may take on a key already tried.
const maxExtra = 2

// Generate gives a whole answer, or a *fault.Error. One that stops to be continued is followed to its end.
func (r *Relay) Generate(ctx context.Context, call Call) (*gemini.Response, error) {
	var answer *gemini.Response
	var used *pool.Lease
	try := func(lease *pool.Lease, body *jsonio.Body, started time.Time) error {
		resp, err := r.generate(ctx, call, lease, body)
		if err != nil {
			return err
		}
		answer, used = resp, lease
		call.Trace.answered(resp, time.Since(started))
		r.end(ctx, call, lease, nil, started, resp.Usage)
		return nil
	}
	err := r.attempts(ctx, call, try)
	if call.mend(err) {
		err = r.attempts(ctx, call, try)
	}
	if err == nil && call.goesOn(answer) {
		err = r.follow(ctx, call, used, answer)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// generate makes one call for a whole answer.
func (r *Relay) generate(ctx context.Context, call Call, lease *pool.Lease, body *jsonio.Body) (*gemini.Response, error) {
	limited, cancel := context.WithTimeoutCause(ctx, seconds(r.settings().RequestTimeout)+sendingTime(body), errSilence)
	defer cancel()
	resp, err := r.client.Generate(limited, lease.Secret, call.Model, body)
	if err == nil {
		err = weigh(resp)
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// attempts leases keys and tries until one attempt succeeds, no further attempt can help, or none is left. try reports the lease
// of an attempt that succeeds; the lease of one that fails is reported here.
func (r *Relay) attempts(ctx context.Context, call Call, try func(lease *pool.Lease, body *jsonio.Body, started time.Time) error) error {
	now := r.settings()
	history := history{limit: now.MaxKeyAttempts, prefer: r.holder(ctx, &call)}
	for {
		lease, err := r.pool.Lease(ctx, pool.Want{Model: call.Model, Tokens: call.Tokens, Count: call.Count, Home: call.Home, Avoid: history.avoid, Prefer: history.prefer,
			Why: history.attempts > 0})
		if err != nil {
			return history.give(ctx, err)
		}
		if !history.admits(lease.KeyID) {
			lease.Return() // it was never used
			return faultOf(ctx, history.last)
		}
		body, err := r.bind(ctx, lease, call.Body)
		started := time.Now() // how long files take says nothing of the key
		if err == nil {
			err = try(lease, body, started)
		}
		if err == nil {
			return nil
		}
		outcome, again := r.end(ctx, call, lease, err, started, gemini.Usage{})
		again = again && !(call.Once && outcome.Uncertain())
		if !history.add(lease.KeyID, err, outcome.Verdict, again) && !history.rebinds(ctx, r, lease, call.Body) {
			return faultOf(ctx, err)
		}
		if err := pause(ctx, history.backoff(now.FastFailover, outcome.Verdict)); err != nil {
			return faultOf(ctx, err)
		}
	}
}

// end reports an attempt's lease and notes the attempt.
func (r *Relay) end(ctx context.Context, call Call, lease *pool.Lease, err error, started time.Time, used gemini.Usage) (outcome pool.Outcome, again bool) {
	outcome, again = judge(ctx, err)
	outcome.PromptTokens = used.Prompt + used.ToolUsePrompt
	outcome.OutputTokens = used.Candidates + used.Thoughts
	if outcome.Took = call.Trace.First; outcome.Took == 0 {
		outcome.Took = time.Since(started)
	}
	until := lease.Report(outcome)
	call.Trace.Attempts = append(call.Trace.Attempts, usage.Attempt{
		KeyID: lease.KeyID, Project: lease.Project, Verdict: string(outcome.Verdict), Status: outcome.Status, Message: outcome.Message,
		Waited: lease.Waited, Took: time.Since(started), RestUntil: until, Began: started,
		Passed: passedOf(lease.Passed),
	})
	if err != nil {
		r.log.LogAttrs(ctx, slog.LevelInfo, "attempt failed", slog.String("request_id", call.RequestID), slog.Int64("key_id", lease.KeyID),
			slog.String("model", call.Model), slog.String("verdict", string(outcome.Verdict)), slog.Int("status", outcome.Status),
			slog.String("message", outcome.Message), slog.Bool("again", again))
	}
	return outcome, again
}

// passedOf gives why keys were passed over, as it is kept.
func passedOf(passed []pool.Passed) []usage.Passed {
	if len(passed) == 0 {
		return nil
	}
	kept := make([]usage.Passed, len(passed))
	for i, p := range passed {
		kept[i] = usage.Passed(p)
	}
	return kept
}

// Join adds what another call for the same request left.
func (t *Trace) Join(other *Trace) {
	t.Attempts = append(t.Attempts, other.Attempts...)
	t.Usage.Prompt += other.Usage.Prompt
	t.Usage.ToolUsePrompt += other.Usage.ToolUsePrompt
	t.Usage.Cached += other.Usage.Cached
	t.Usage.Candidates += other.Usage.Candidates
	t.Usage.Thoughts += other.Usage.Thoughts
	t.Usage.Total += other.Usage.Total
	if t.Finish == "" {
		t.Finish = other.Finish
	}
	if t.First == 0 || other.First > 0 && other.First < t.First {
		t.First = other.First
	}
}

func (t *Trace) answered(resp *gemini.Response, first time.Duration) {
	if t.First == 0 {
		t.First = first
	}
	if resp.HasUsage {
		t.Usage = resp.Usage
	}
	for i := range resp.Candidates {
		if reason := resp.Candidates[i].FinishReason; reason != "" {
			t.Finish = reason
		}
	}
	if resp.BlockReason != "" {
		t.Finish = resp.BlockReason
	}
}

// history is what a request has tried so far, and what may still be tried.
type history struct {
	limit     int     // distinct keys
	tried     []int64 // distinct keys, in order
	avoid     []int64 // keys not to be leased again for this request
	prefer    int64   // the key to begin with, and later the one to stay with once no other may be tried
	attempts  int
	transient int
	empty     int
	rebound   int // how often copies of files were made anew
	last      error
}

// admits reports whether an attempt on the key keeps the number of distinct keys within the limit.
func (h *history) admits(key int64) bool {
	return len(h.tried) < h.limit || slices.Contains(h.tried, key)
}

// add notes a failed attempt and reports whether another may follow. A fault of the key itself takes the key out for this request;
// a fault that lies elsewhere may meet the same key again, a few times.
func (h *history) add(key int64, err error, verdict pool.Verdict, again bool) bool {
	h.last, h.prefer = err, 0
	h.attempts++
	if !slices.Contains(h.tried, key) {
		h.tried = append(h.tried, key)
	}
	if !again {
		return false
	}
	switch verdict {
	case pool.Transient:
		h.transient++
	case pool.Empty, pool.Malformed:
		h.empty++
	case pool.DeadKey, pool.Unauthenticated, pool.MisconfiguredKey, pool.Timeout:
		h.avoid = append(h.avoid, key)
	case pool.Tier, pool.DayQuota, pool.MinuteQuota, pool.Bare429, pool.Exit:
		// the pool rests it for as long as it must; should the rest end while this request waits, the key is as good as any
	case pool.OK, pool.Request, pool.ClientGone:
		return false
	}
	if len(h.tried) >= h.limit {
		if slices.Contains(h.avoid, key) {
			return false
		}
		h.prefer = key
	}
	return h.empty <= 1 && h.transient <= max(maxExtra, h.limit-1) && h.attempts < h.limit+maxExtra
}

// backoff is how long to wait before the next attempt. Another key can be tried at once; Gemini's own faults are given a moment
// from the second on. Without fast failover every attempt waits, longer each time.
func (h *history) backoff(fast bool, verdict pool.Verdict) time.Duration {
	if !fast {
		return jitter(min(time.Second<<(h.attempts-1), 8*time.Second))
	}
	if verdict != pool.Transient || h.transient < 2 && len(h.tried) < h.limit {
		return 0
	}
	return jitter(min(200*time.Millisecond<<(h.transient-1), 2*time.Second))
}

// give chooses the fault to tell when no lease could be had: the pool's own word, unless keys were only passed over because this
// request had tried them, when the last attempt's fault says more.
func (h *history) give(ctx context.Context, err error) error {
	if h.last == nil || !fault.Is(err, fault.NoKey) {
		return err
	}
	if outcome, _ := judge(ctx, h.last); outcome.Verdict == pool.Timeout || outcome.Verdict == pool.Transient ||
		outcome.Verdict == pool.Empty || outcome.Verdict == pool.Malformed || outcome.Verdict == pool.Exit {
		return faultOf(ctx, h.last)
	}
	return err
}

func jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1)) //nolint:gosec // spreading retries needs no secrecy
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
