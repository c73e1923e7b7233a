package e2e

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"gemini-proxy/backend/e2e/stack"
)

func TestWrongKey(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	disabled := s.Admin.NewUserKey(t, "disabled")
	s.Admin.PatchUserKey(t, disabled.ID, map[string]any{"enabled": false})
	for name, key := range map[string]string{"unknown": "sk-unknown", "disabled": disabled.Key, "a Gemini key": stack.FakeKey(1)} {
		fault := refused(t, newClient(s, option.WithAPIKey(key)), ask(flash, freeText), http.StatusUnauthorized)
		if fault.Code != "invalid_api_key" || fault.Type != "invalid_request_error" {
			t.Errorf("%s: the error is %s", name, fault.RawJSON())
		}
		if strings.Contains(fault.RawJSON(), key) {
			t.Errorf("%s: the error repeats the key", name)
		}
	}
	stranger := newClient(s, option.WithAPIKey("sk-unknown"))
	_, err := stranger.Models.List(t.Context())
	wantError(t, err, http.StatusUnauthorized)
	if calls := s.Sim.Generations(t); len(calls) > 0 {
		t.Errorf("%d calls of Gemini were made for wrong keys", len(calls))
	}
}

func TestUnknownModel(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	fault := refused(t, client, ask(noModel, freeText), http.StatusNotFound)
	if fault.Code != "model_not_found" || !strings.Contains(fault.Message, noModel) {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	stream := client.Chat.Completions.NewStreaming(t.Context(), ask(noModel, freeText))
	if stream.Next() {
		t.Errorf("a stream of an unknown model begins with %s", stream.Current().RawJSON())
	}
	wantError(t, stream.Err(), http.StatusNotFound)
	if n := len(s.Sim.Generations(t)); n != 2 {
		t.Errorf("two requests made %d calls: what the request is at fault for helps no other key", n)
	}
	wantAllWell(t, s)
}

// TestOddModels asks for models whose names try to lead elsewhere. Whatever is asked of Gemini is asked of a model.
func TestOddModels(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for _, model := range []string{
		"../../v1beta/files", flash + ":countTokens?x=", flash + "?key=abc", flash + "#", "..", "%2e%2e/files", "a b", "模型", strings.Repeat("x", 5000), "\r\nHost: x",
	} {
		_, err := client.Chat.Completions.New(t.Context(), ask(model, freeText))
		var fault *openai.Error
		if !errors.As(err, &fault) || fault.StatusCode != http.StatusNotFound && fault.StatusCode != http.StatusBadRequest {
			t.Errorf("%.40q: %v", model, err)
		}
	}
	for _, call := range s.Sim.Calls(t) {
		if call.Method != "generateContent" && call.Method != "" || !strings.HasPrefix(call.Path, "/v1beta/models/") || call.Query != "" {
			t.Errorf("a model's name led to %s %s?%s", call.Method, call.Path, call.Query)
		}
	}
	wantAllWell(t, s)
}

// wantAllWell wants no Gemini key to be blamed.
func wantAllWell(t *testing.T, s *stack.Stack) {
	t.Helper()
	for _, key := range s.Admin.Keys(t) {
		if key.State == "failing" || key.State == "resting" {
			t.Errorf("key %d is %s", key.ID, key.State)
		}
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	picture := func(url string) openai.ChatCompletionNewParams {
		return openai.ChatCompletionNewParams{Model: flash, Messages: []openai.ChatCompletionMessageParamUnion{
			openai.UserMessage("before"),
			openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart("Look."), openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: url}),
			}),
		}}
	}
	hot := ask(flash, freeText)
	hot.Temperature = openai.Float(9)
	many := ask(flash, freeText)
	many.N = openai.Int(99)
	stops := ask(flash, freeText)
	stops.Stop.OfStringArray = []string{"a", "b", "c", "d", "e", "f"}
	orphan := ask(flash, freeText)
	orphan.Messages = append(orphan.Messages, openai.ToolMessage("result", "call_unknown"))
	for name, test := range map[string]struct {
		params openai.ChatCompletionNewParams
		field  string
	}{
		"too hot":                {hot, "temperature"},
		"too many choices":       {many, "n"},
		"too many stops":         {stops, "stop"},
		"a picture of no kind":   {picture("data:image/gif;base64,R0lGODlh"), "messages[1].content[1].image_url.url"},
		"a picture of no scheme": {picture("ftp://127.0.0.1/a.png"), "messages[1].content[1].image_url.url"},
		"a result of no call":    {orphan, "messages[1].tool_call_id"},
	} {
		fault := refused(t, client, test.params, http.StatusBadRequest)
		if fault.Param != test.field || fault.Type != "invalid_request_error" {
			t.Errorf("%s: the error should name %s: %s", name, test.field, fault.RawJSON())
		}
	}
	if calls := s.Sim.Generations(t); len(calls) > 0 {
		t.Errorf("%d calls of Gemini were made for bad requests", len(calls))
	}
}

// TestGeminiRefuses passes on what Gemini says of the request, after one attempt.
func TestGeminiRefuses(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "status", "code": 400, "text": "The picture cannot be read."})
	fault := refused(t, client, ask(flash, freeText), http.StatusBadRequest)
	if fault.Message != "The picture cannot be read." || fault.Type != "invalid_request_error" {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	if n := len(s.Sim.Generations(t)); n != 1 {
		t.Errorf("one refused request made %d calls, want 1", n)
	}
	wantAllWell(t, s)
}

func TestContextTooLong(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	fault := refused(t, client, ask("gemma-4-31b-it", strings.Repeat("word ", 300_000)), http.StatusBadRequest)
	if fault.Code != "context_length_exceeded" || !strings.Contains(fault.Message, "262144") {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	wantAllWell(t, s)
}

// TestMinuteLimit uses up the minute of every key. Nobody can help before its end, and the client is told when that is.
func TestMinuteLimit(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{SimFlags: []string{"--rpm", "0"}, Projects: limited(stack.Limits{RPM: 1})})
	s.Admin.Set(t, map[string]any{"queue_wait": 0})
	client := newClient(s)
	for range 3 {
		chat(t, client, ask(flash, freeText))
	}
	fault := refused(t, client, ask(flash, freeText), http.StatusTooManyRequests)
	if fault.Code != "rate_limit_exceeded" || fault.Type != "rate_limit_error" {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	after := wantRetryAfter(t, fault.Response.Header)
	if after <= 0 || after > time.Minute+time.Second {
		t.Errorf("Retry-After is %s, want at most a minute", after)
	}
	if got := fault.Response.Header.Get("X-Should-Retry"); got == "false" {
		t.Error("the client is told not to try again although a minute helps")
	}
	reset, err := time.ParseDuration(fault.Response.Header.Get("X-Ratelimit-Reset-Requests"))
	if off := reset - after; err != nil || off < -time.Second || off > time.Second || fault.Response.Header.Get("X-Ratelimit-Remaining-Requests") != "0" {
		t.Errorf("x-ratelimit headers say %s, %v; Retry-After says %s", reset, err, after)
	}
	before := len(s.Sim.Generations(t))
	refused(t, client, ask(flash, freeText), http.StatusTooManyRequests)
	if n := len(s.Sim.Generations(t)) - before; n > 0 {
		t.Errorf("%d calls were made although every key is known to rest", n)
	}
	if got := content(chat(t, client, ask(lite, freeText))); got == "" {
		t.Error("another model is refused too")
	}
}

// limited makes three projects of one key each with the limits.
func limited(limits stack.Limits) []stack.Project {
	projects := stack.Projects(3, 1)
	for i := range projects {
		projects[i].Limits = map[string]stack.Limits{"": limits}
	}
	return projects
}

// wantRetryAfter gives what the headers say; both must say the same.
func wantRetryAfter(t *testing.T, header http.Header) time.Duration {
	t.Helper()
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil {
		t.Errorf("Retry-After: %v", err)
	}
	millis, err := strconv.Atoi(header.Get("Retry-After-Ms"))
	if err != nil {
		t.Errorf("Retry-After-Ms: %v", err)
	}
	after := time.Duration(millis) * time.Millisecond
	if rounded := time.Duration(seconds) * time.Second; rounded < after || rounded-after >= time.Second {
		t.Errorf("Retry-After %d and Retry-After-Ms %d differ", seconds, millis)
	}
	return after
}

// TestDayLimit uses up the day of every key: the SDK is told not to try again, and does not.
func TestDayLimit(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{Projects: limited(stack.Limits{RPM: -1, RPD: 1})})
	s.Admin.Set(t, map[string]any{"queue_wait": 0})
	client := newClient(s)
	for range 3 {
		chat(t, client, ask(flash, freeText))
	}
	fault := refused(t, client, ask(flash, freeText), http.StatusTooManyRequests)
	if fault.Type != "insufficient_quota" || fault.Response.Header.Get("X-Should-Retry") != "false" {
		t.Errorf("the error is %s, X-Should-Retry %q", fault.RawJSON(), fault.Response.Header.Get("X-Should-Retry"))
	}
	if after := wantRetryAfter(t, fault.Response.Header); after <= 0 || after > 26*time.Hour {
		t.Errorf("Retry-After is %s, want until the next Pacific midnight", after)
	}
	var tries atomic.Int64
	patient := newClient(s, option.WithMaxRetries(3), counted(&tries))
	refused(t, patient, ask(flash, freeText), http.StatusTooManyRequests)
	if tries.Load() != 1 {
		t.Errorf("the SDK tried %d times, want 1", tries.Load())
	}
}

// counted counts the requests that a client sends.
func counted(tries *atomic.Int64) option.RequestOption {
	return option.WithMiddleware(func(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		tries.Add(1)
		return next(request)
	})
}

// TestClientRetries lets the SDK try again by itself after the time it was told.
func TestClientRetries(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{Projects: stack.Projects(1, 1)})
	s.Admin.Set(t, map[string]any{"queue_wait": 0})
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "minute_429", "retry": "1s"})
	var tries atomic.Int64
	chat(t, newClient(s, option.WithMaxRetries(1), counted(&tries)), ask(flash, freeText))
	if tries.Load() != 2 {
		t.Errorf("the SDK tried %d times, want 2", tries.Load())
	}
}

// TestQueue lets the gateway wait for the earliest opening itself: the client sees nothing but an answer.
func TestQueue(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{Projects: stack.Projects(1, 1)})
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "minute_429", "retry": "1s"})
	chat(t, newClient(s), ask(flash, freeText))
	if n := len(s.Sim.Generations(t)); n != 2 {
		t.Errorf("%d calls were made, want 2", n)
	}
}

func TestNoKeys(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{NoKeys: true})
	fault := refused(t, newClient(s), ask(flash, freeText), http.StatusServiceUnavailable)
	if fault.Code != "no_available_key" {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	if status, _ := readiness(t, s); status != http.StatusServiceUnavailable {
		t.Errorf("/ready answers %d without keys", status)
	}
	s.Admin.Import(t, "my key: "+stack.FakeKey(1)+", that is all")
	chat(t, newClient(s), ask(flash, freeText))
	if status, _ := readiness(t, s); status != http.StatusOK {
		t.Errorf("/ready answers %d with a key", status)
	}
}

// TestDeadKeys has nothing but keys that Google refuses.
func TestDeadKeys(t *testing.T) {
	t.Parallel()
	projects := stack.Projects(2, 1)
	projects[0].Keys[0].State, projects[1].Keys[0].State = "leaked", "expired"
	s := stack.Start(t, stack.Config{Projects: projects})
	for range 2 {
		fault := refused(t, newClient(s), ask(flash, freeText), http.StatusServiceUnavailable)
		if fault.Code != "no_available_key" || strings.Contains(fault.RawJSON(), "leaked") {
			t.Errorf("the error tells of our keys: %s", fault.RawJSON())
		}
	}
	if n := len(s.Sim.Generations(t)); n != 2 {
		t.Errorf("%d calls were made with two dead keys, want one each", n)
	}
	for _, key := range s.Admin.Keys(t) {
		if key.State != "failing" || key.Reason == nil || *key.Reason != "dead_key" {
			t.Errorf("key %d is %s", key.ID, key.State)
		}
	}
}

// TestGeminiFails has Gemini fail for every key, for as long as anybody asks.
func TestGeminiFails(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for code, want := range map[int]int{500: 500, 502: 502, 503: 503, 504: 504} {
		s.Sim.Forget(t)
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "status", "code": code, "times": -1})
		fault := refused(t, client, ask(flash, freeText), want)
		s.Sim.ClearScript(t)
		if fault.Type != "server_error" || strings.Contains(fault.Message, "<") {
			t.Errorf("the error of %d is %s", code, fault.RawJSON())
		}
		if n := len(s.Sim.Generations(t)); n < 2 || n > 7 {
			t.Errorf("%d: %d calls were made, want a few", code, n)
		}
	}
	chat(t, client, ask(flash, freeText))
}

// TestBlocked is an answer, not an error: Gemini refuses the prompt.
func TestBlocked(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "blocked", "reason": "PROHIBITED_CONTENT"}, stack.Step{"do": "finish", "reason": "SAFETY"})
	for range 2 {
		if got := chat(t, client, ask(flash, freeText)).Choices[0].FinishReason; got != "content_filter" {
			t.Errorf("the finish reason is %q, want content_filter", got)
		}
	}
	if n := len(s.Sim.Generations(t)); n != 2 {
		t.Errorf("%d calls were made, want 2: other keys would be refused too", n)
	}
	wantAllWell(t, s)
}

// errMore is a condition that has not come yet.
var errMore = errors.New("not yet")
