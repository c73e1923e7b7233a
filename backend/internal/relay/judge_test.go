package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

func TestJudge(t *testing.T) {
	const quota = `,"details":[{"@type":"x/google.rpc.QuotaFailure","violations":[{"quotaId":"%s","quotaValue":"%s"}]}]`
	gone, leave := context.WithCancel(context.Background())
	leave()
	upstream := func(status int, rest string) error {
		return gemini.DecodeError(status, fmt.Appendf(nil, `{"error":{"code":%d,%s}}`, status, rest))
	}
	for _, tc := range []struct {
		name   string
		ctx    context.Context //nolint:containedctx // a table's row
		err    error
		want   pool.Verdict
		again  bool
		status int // of the fault the client would get
		code   string
	}{
		{name: "a good answer", want: pool.OK},
		{name: "invalid key", err: upstream(400, `"message":"API key not valid.","details":[{"@type":"x/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]`), want: pool.DeadKey, again: true, status: 503, code: "no_available_key"},
		{name: "leaked key", err: upstream(403, `"message":"Your API key was reported as leaked. Please use another API key."`), want: pool.DeadKey, again: true, status: 503, code: "no_available_key"},
		{name: "unauthenticated", err: upstream(401, `"message":"Request had invalid authentication credentials."`), want: pool.Unauthenticated, again: true, status: 503, code: "no_available_key"},
		{name: "restricted key", err: upstream(403, `"message":"Requests to this API are blocked."`), want: pool.MisconfiguredKey, again: true, status: 503, code: "no_available_key"},
		{name: "location", err: upstream(400, `"status":"FAILED_PRECONDITION","message":"User location is not supported for the API use."`), want: pool.Exit, again: true, status: 503, code: "location_not_supported"},
		{name: "a file of another project", err: upstream(403, `"message":"You do not have permission to access the File abc or it may not exist."`), want: pool.Request, status: 404, code: "file_not_found"},
		{name: "tier", err: upstream(429, `"message":"x"`+fmt.Sprintf(quota, "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "0")), want: pool.Tier, again: true, status: 503, code: "no_available_key"},
		{name: "closed to new users", err: upstream(404, `"message":"This model models/x is no longer available to new users."`), want: pool.Tier, again: true, status: 503, code: "no_available_key"},
		{name: "day", err: upstream(429, `"message":"x"`+fmt.Sprintf(quota, "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "20")), want: pool.DayQuota, again: true, status: 429, code: "rate_limit_exceeded"},
		{name: "minute", err: upstream(429, `"message":"x"`+fmt.Sprintf(quota, "GenerateContentInputTokensPerModelPerMinute-FreeTier", "250000")), want: pool.MinuteQuota, again: true, status: 429, code: "rate_limit_exceeded"},
		{name: "bare 429", err: upstream(429, `"message":"Resource has been exhausted (e.g. check quota)."`), want: pool.Bare429, again: true, status: 429, code: "rate_limit_exceeded"},
		{name: "overloaded", err: upstream(503, `"message":"The model is overloaded."`), want: pool.Transient, again: true, status: 503},
		{name: "internal", err: upstream(500, `"message":"Internal error encountered."`), want: pool.Transient, again: true, status: 500},
		{name: "bad gateway", err: gemini.DecodeError(502, []byte("<html>Bad Gateway</html>")), want: pool.Transient, again: true, status: 502},
		{name: "no connection", err: &gemini.TransportError{Err: io.ErrUnexpectedEOF}, want: pool.Transient, again: true, status: 502},
		{name: "no first part", err: errFirstPart, want: pool.Timeout, again: true, status: 504},
		{name: "silence", err: errSilence, want: pool.Timeout, again: true, status: 504},
		{name: "a limit of ours, though the client left too", ctx: gone, err: errSilence, want: pool.Timeout, again: true, status: 504},
		{name: "empty", err: errEmpty, want: pool.Empty, again: true, status: 502, code: "empty_answer"},
		{name: "malformed call", err: &malformedError{reason: "MALFORMED_FUNCTION_CALL"}, want: pool.Malformed, again: true, status: 502, code: "malformed_answer"},
		{name: "broken JSON", err: fmt.Errorf("%w: x", gemini.ErrMalformed), want: pool.Malformed, again: true, status: 502, code: "malformed_answer"},
		{name: "bad request", err: upstream(400, `"message":"Request contains an invalid argument."`), want: pool.Request, status: 400},
		{name: "too long", err: upstream(400, `"message":"The input token count (9) exceeds the maximum number of tokens allowed (8)."`), want: pool.Request, status: 400, code: "context_length_exceeded"},
		{name: "no such model", err: upstream(404, `"message":"models/x is not found for API version v1beta"`), want: pool.Request, status: 404, code: "model_not_found"},
		{name: "too large", err: upstream(413, `"message":"Request payload size exceeds the limit"`), want: pool.Request, status: 413},
		{name: "client gone", ctx: gone, err: context.Canceled, want: pool.ClientGone, status: 499},
		{name: "stream left", err: errAbandoned, want: pool.ClientGone, status: 499},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := tc.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			outcome, again := judge(ctx, tc.err)
			if outcome.Verdict != tc.want || again != tc.again {
				t.Errorf("%s, again %v; want %s, %v", outcome.Verdict, again, tc.want, tc.again)
			}
			if tc.err == nil {
				return
			}
			f := faultOf(ctx, tc.err)
			if f.HTTPStatus() != tc.status || f.Code != tc.code {
				t.Errorf("client gets %d %q; want %d %q", f.HTTPStatus(), f.Code, tc.status, tc.code)
			}
			if !errors.Is(f, tc.err) {
				t.Error("the cause is lost")
			}
		})
	}
}

func TestWeigh(t *testing.T) {
	for body, want := range map[string]pool.Verdict{
		`{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`:               pool.OK,
		`{"candidates":[{"content":{"role":"model"},"finishReason":"STOP"}]}`:                       pool.Empty,
		`{"candidates":[{"content":{}}]}`:                                                           pool.Empty,
		`{"usageMetadata":{"promptTokenCount":3}}`:                                                  pool.Empty,
		`{"promptFeedback":{"blockReason":"SAFETY"}}`:                                               pool.OK,
		`{"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS"}]}`:                 pool.OK,
		`{"candidates":[{"finishReason":"SAFETY"}]}`:                                                pool.OK,
		`{"candidates":[{"finishReason":"NEW_REASON"}]}`:                                            pool.OK,
		`{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL"}]}`:                  pool.Malformed,
		`{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"MALFORMED_RESPONSE"}]}`: pool.OK,
		`{"candidates":[{"finishReason":"NO_IMAGE"}]}`:                                              pool.Empty,
		`{"candidates":[{"finishReason":"IMAGE_OTHER"}]}`:                                           pool.Empty,
		`{"candidates":[{"finishReason":"MISSING_THOUGHT_SIGNATURE"}]}`:                             pool.Malformed,
		`{"error":{"code":503,"message":"high demand","status":"UNAVAILABLE"}}`:                     pool.Transient,
	} {
		resp, err := gemini.DecodeResponse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if outcome, _ := judge(context.Background(), weigh(resp)); outcome.Verdict != want {
			t.Errorf("%s: %s, want %s", body, outcome.Verdict, want)
		}
	}
}

func TestHistory(t *testing.T) {
	transient, dead, empty := gemini.DecodeError(503, nil), gemini.DecodeError(400, nil), errEmpty
	t.Run("distinct keys are bounded", func(t *testing.T) {
		h := history{limit: 2}
		if !h.admits(1) || !h.add(1, dead, pool.DeadKey, true) || !h.admits(2) || h.admits(1) == false {
			t.Fatal("a second key must be admitted")
		}
		if h.add(2, dead, pool.DeadKey, true) {
			t.Error("a third key was allowed")
		}
		if h.admits(3) {
			t.Error("a third key was admitted")
		}
	})
	t.Run("a transient fault may meet the same key again", func(t *testing.T) {
		h := history{limit: 1}
		if !h.add(1, transient, pool.Transient, true) || h.prefer != 1 || !h.admits(1) || len(h.avoid) > 0 {
			t.Fatalf("%+v", h)
		}
		if !h.add(1, transient, pool.Transient, true) || h.add(1, transient, pool.Transient, true) {
			t.Error("want two more attempts, no third")
		}
	})
	t.Run("an empty answer is asked for once more", func(t *testing.T) {
		h := history{limit: 5}
		if !h.add(1, empty, pool.Empty, true) || h.add(2, empty, pool.Empty, true) {
			t.Error("want one more attempt")
		}
	})
	t.Run("a key at fault is out for this request", func(t *testing.T) {
		h := history{limit: 5}
		h.add(7, dead, pool.DeadKey, true)
		h.add(8, errFirstPart, pool.Timeout, true)
		if len(h.avoid) != 2 {
			t.Errorf("%v", h.avoid)
		}
	})
	t.Run("backoff", func(t *testing.T) {
		h := history{limit: 5}
		h.add(1, transient, pool.Transient, true)
		if d := h.backoff(true, pool.Transient); d != 0 {
			t.Errorf("the first change of key waits %v", d)
		}
		if d := h.backoff(false, pool.DeadKey); d <= 0 {
			t.Error("without fast failover every attempt waits")
		}
		h.add(2, transient, pool.Transient, true)
		if d := h.backoff(true, pool.Transient); d <= 0 {
			t.Error("a second fault of Gemini's is given a moment")
		}
		if d := h.backoff(true, pool.MinuteQuota); d != 0 {
			t.Errorf("another key need not wait for this one's quota: %v", d)
		}
	})
	t.Run("the pool's word, unless keys were only passed over", func(t *testing.T) {
		none := fault.New(fault.NoKey, "none")
		limited := fault.New(fault.Limited, "full")
		for _, tc := range []struct {
			last, from error
			want       fault.Kind
		}{
			{nil, none, fault.NoKey}, {dead, none, fault.NoKey}, {transient, none, fault.Upstream}, {errFirstPart, none, fault.Timeout}, {transient, limited, fault.Limited},
		} {
			h := history{last: tc.last}
			if got := fault.KindOf(h.give(context.Background(), tc.from)); got != tc.want {
				t.Errorf("after %v and %v: %v", tc.last, tc.from, got)
			}
		}
	})
}
