package gemini

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const fakeKey = "AIzaSy-FAKE-0123456789abcdefghijklmnopq"

func TestDecodeErrorReadsEveryDetail(t *testing.T) {
	body := `{"error":{"code":429,"message":"You exceeded your current quota.\nPlease retry in 10.158753737s.","status":"RESOURCE_EXHAUSTED","details":[
		{"@type":"type.googleapis.com/google.rpc.Help","links":[]},
		{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[
			{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3-flash"},"quotaValue":"5"},
			{"quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier","quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_input_token_count"}]},
		{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED","metadata":{"consumer":"projects/42"}},
		{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"10.5s"}]}}`
	want := &Error{
		StatusCode: 429, Status: "RESOURCE_EXHAUSTED", Reason: "RATE_LIMIT_EXCEEDED", Consumer: "projects/42", RetryDelay: 10500 * time.Millisecond,
		Message: "You exceeded your current quota.\nPlease retry in 10.158753737s.",
		Quota: []Violation{
			{Metric: "generativelanguage.googleapis.com/generate_content_free_tier_requests", ID: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", Model: "gemini-3-flash", Value: 5},
			{Metric: "generativelanguage.googleapis.com/generate_content_free_tier_input_token_count", ID: "GenerateContentInputTokensPerModelPerMinute-FreeTier", Value: -1},
		},
	}
	for _, form := range []string{body, "[" + body + "]", "\n [" + body + "\n]\n"} {
		got := DecodeError(429, []byte(form))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if !got.MinuteExceeded() || got.DayExceeded() || got.NotInTier() || !got.Quota[1].Tokens() || got.Quota[0].Tokens() {
			t.Error("wrong class")
		}
	}
}

func TestDecodeErrorTakesWhatIsNoJSON(t *testing.T) {
	for body, want := range map[string]string{
		"<html><head><title>502</title><style>p{}</style></head><body><h1>Bad  Gateway</h1></body></html>": "502 Bad Gateway",
		"":                                "Bad Gateway",
		"upload failed\n":                 "upload failed",
		`{"error":"a string"}`:            `{"error":"a string"}`,
		"[]":                              "[]",
		"key " + fakeKey + " is bad":      "key [key] is bad",
		strings.Repeat("x", 3*maxMessage): strings.Repeat("x", maxMessage) + "…",
	} {
		if got := DecodeError(502, []byte(body)); got.Message != want || got.StatusCode != 502 {
			t.Errorf("%.40q: %d %.60q", body, got.StatusCode, got.Message)
		}
	}
}

func TestDecodeErrorNeverKeepsAKey(t *testing.T) {
	for _, key := range []string{fakeKey, "AQ.FAKE-abcdefghijklmnopqrstuvwxyz0123456789"} {
		body := fmt.Sprintf(`{"error":{"code":403,"status":"PERMISSION_DENIED","message":"Permission denied: Consumer 'api_key:%s' has been suspended. (%s)"}}`, key, key)
		e := DecodeError(403, []byte(body))
		if strings.Contains(e.Error(), "FAKE") {
			t.Errorf("kept the key: %s", e)
		}
		if !e.KeyRejected() {
			t.Error("not seen as rejected")
		}
	}
}

func TestErrorClasses(t *testing.T) {
	type class struct {
		Rejected, Unauthenticated, Misconfigured, Location, File, NotReady, Quota, Tier, Day, Minute, Transient, TooLong, Closed, Signature bool
	}
	for _, tc := range []struct {
		status int
		body   string
		want   class
	}{
		{400, `"status":"INVALID_ARGUMENT","message":"API key not valid. Please pass a valid API key.","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]`, class{Rejected: true}},
		{403, `"message":"Your API key was reported as leaked. Please use another API key."`, class{Rejected: true}},
		{403, `"message":"Your project has been denied access. Please contact support."`, class{Rejected: true}},
		{403, `"message":"Requests to this API are blocked.","details":[{"@type":"x/google.rpc.ErrorInfo","reason":"API_KEY_SERVICE_BLOCKED"}]`, class{Misconfigured: true}},
		{401, `"status":"UNAUTHENTICATED","message":"Request had invalid authentication credentials."`, class{Unauthenticated: true}},
		{400, `"status":"FAILED_PRECONDITION","message":"User location is not supported for the API use."`, class{Location: true}},
		{403, `"message":"You do not have permission to access the File abc123 or it may not exist."`, class{File: true}},
		{400, `"status":"FAILED_PRECONDITION","message":"The File abc is not in an ACTIVE state and usage is not allowed."`, class{NotReady: true}},
		{429, `"status":"RESOURCE_EXHAUSTED","message":"Resource has been exhausted (e.g. check quota)."`, class{Quota: true}},
		{429, `"message":"x","details":[{"@type":"x/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"0"},{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaValue":"0"}]}]`, class{Quota: true, Tier: true, Day: true}},
		{429, `"message":"x","details":[{"@type":"x/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaValue":"5"},{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"20"}]}]`, class{Quota: true, Day: true}},
		{503, `"message":"The model is overloaded. Please try again later."`, class{Transient: true}},
		{500, `"message":"An internal error has occurred."`, class{Transient: true}},
		{504, `"message":"Deadline expired before operation could complete."`, class{Transient: true}},
		{400, `"message":"The input token count (2845475) exceeds the maximum number of tokens allowed (1048576)."`, class{TooLong: true}},
		{404, `"message":"This model models/x is no longer available to new users."`, class{Closed: true}},
		{404, `"message":"models/x is not found for API version v1beta"`, class{}},
		{400, `"message":"Corrupted thought signature."`, class{Signature: true}},
		{400, `"message":"Request contains an invalid argument."`, class{}},
	} {
		e := DecodeError(tc.status, fmt.Appendf(nil, `{"error":{"code":%d,%s}}`, tc.status, tc.body))
		got := class{
			e.KeyRejected(), e.KeyUnauthenticated(), e.KeyMisconfigured(), e.LocationRefused(), e.FileRefused(), e.FileNotReady(),
			e.QuotaExceeded(), e.NotInTier(), e.DayExceeded(), e.MinuteExceeded(), e.Transient(), e.ContextTooLong(), e.ModelClosedToProject(), e.BadSignature(),
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%d %s:\n%s", tc.status, tc.body, diff)
		}
	}
}

func TestRetryDelayFromTheMessage(t *testing.T) {
	for message, want := range map[string]time.Duration{
		"Please retry in 10.158753737s.": 10158753737,
		"Please retry in 18h28m3s.":      18*time.Hour + 28*time.Minute + 3*time.Second,
		"Please retry in 479.417207ms.":  479417207,
		"Please retry later.":            0,
	} {
		body, _ := json.Marshal(map[string]any{"error": map[string]any{"code": 429, "message": message}}) // a map of strings always marshals
		if got := DecodeError(http.StatusTooManyRequests, body).RetryDelay; got != want {
			t.Errorf("%q: %v", message, got)
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	for _, key := range []string{fakeKey, "AQ.FAKE-abcdefghijklmnopqrstuvwxyz0123456789", "short"} {
		s := Secret(key)
		encoded, err := json.Marshal(struct{ Key Secret }{s})
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s), string(encoded), s.LogValue().String(), s.Mask()} {
			if strings.Contains(shown, key) || strings.Contains(shown, "FAKE-") || strings.Contains(shown, fmt.Sprintf("%x", key)) {
				t.Errorf("%q shows the key", shown)
			}
		}
		if s.Reveal() != key {
			t.Error("revealed another")
		}
	}
	if got := Secret(fakeKey).Mask(); got != "AIza••••••nopq" {
		t.Error(got)
	}
	if got := Secret("AQ.FAKE-abcdefghijklmnopqrstuvwxyz0123456789").Mask(); got != "AQ.••••6789" {
		t.Error(got)
	}
}

func FuzzDecodeError(f *testing.F) {
	f.Add(429, []byte(`{"error":{"code":429,"details":[{"@type":"x.RetryInfo","retryDelay":"1s"}]}}`))
	f.Add(502, []byte(`<html>`))
	f.Add(400, []byte(`[{"error":null}]`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := DecodeError(status, body)
		if e == nil || e.RetryDelay < 0 || len(e.Message) > 5*maxMessage {
			t.Errorf("%+v", e)
		}
	})
}
