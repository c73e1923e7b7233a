package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"

	"gemini-proxy/backend/e2e/stack"
)

// unseen are faults after which the client still sees one good answer, of another key or of a second try.
func unseen() []unseenFault {
	return []unseenFault{
		{"minute quota", stack.Step{"do": "minute_429", "retry": "20s"}, "another", false},
		{"token quota", stack.Step{"do": "token_429", "retry": "20s"}, "another", false},
		{"day quota", stack.Step{"do": "day_429"}, "another", false},
		{"not in the tier", stack.Step{"do": "tier_429"}, "another", false},
		{"bare 429", stack.Step{"do": "bare_429"}, "another", false},
		{"429 with help alone", stack.Step{"do": "help_429"}, "another", false},
		{"invalid key", stack.Step{"do": "dead_key", "state": "invalid"}, "another", false},
		{"leaked key", stack.Step{"do": "dead_key", "state": "leaked"}, "another", false},
		{"suspended key", stack.Step{"do": "dead_key", "state": "suspended"}, "another", false},
		{"blocked key", stack.Step{"do": "dead_key", "state": "blocked"}, "another", false},
		{"banned project", stack.Step{"do": "dead_key", "state": "banned"}, "another", false},
		{"closed to new users", stack.Step{"do": "new_users"}, "another", false},
		{"500", stack.Step{"do": "status", "code": 500}, "", false},
		{"502 as HTML", stack.Step{"do": "status", "code": 502}, "", false},
		{"503", stack.Step{"do": "status", "code": 503, "text": "overloaded"}, "", false},
		{"504", stack.Step{"do": "status", "code": 504}, "", false},
		{"reset", stack.Step{"do": "reset"}, "", false},
		{"hang", stack.Step{"do": "hang"}, "another", false},
		{"empty", stack.Step{"do": "empty"}, "", false},
		{"empty content", stack.Step{"do": "empty_content"}, "", false},
		{"no content", stack.Step{"do": "no_content"}, "", false},
		{"no candidates", stack.Step{"do": "no_candidates"}, "", false},
		{"malformed call", stack.Step{"do": "malformed"}, "", false},
		{"nonsense", stack.Step{"do": "raw", "code": 200, "body": "<html>", "content_type": "text/html"}, "", false},
		{"error event first", stack.Step{"do": "words", "n": 3, "error_after": 0}, "", true},
		{"bare error first", stack.Step{"do": "words", "n": 3, "bare_error_after": 0}, "", true},
		{"cut at once", stack.Step{"do": "words", "n": 3, "cut_after": 0}, "", true},
		{"end at once", stack.Step{"do": "words", "n": 3, "end_after": 0}, "", true},
		{"stall at once", stack.Step{"do": "words", "n": 3, "stall_after": 0}, "another", true},
	}
}

type unseenFault struct {
	name     string
	step     stack.Step
	key      string // "another": not the one that failed; "": any
	streamed bool   // only a stream can meet it
}

// TestFailover meets every fault once. The client sees one good answer; Gemini sees two calls, no more.
func TestFailover(t *testing.T) {
	t.Parallel()
	faults := unseen()
	s := stack.Start(t, stack.Config{Projects: stack.Projects(2*len(faults)+2, 1)}) // a fault puts at most one key to rest, each way
	s.Admin.Set(t, map[string]any{"first_byte_timeout": 1, "request_timeout": 1, "strategy": "round_robin"})
	client := newClient(s)
	answered := int64(0)
	for _, fault := range faults {
		for _, streamed := range []bool{false, true} {
			if fault.streamed && !streamed {
				continue
			}
			t.Run(fmt.Sprintf("%s streamed %v", fault.name, streamed), func(t *testing.T) {
				s.Sim.Forget(t)
				s.Sim.Script(t, stack.Target{}, fault.step, stack.Step{"do": "text", "text": "a good answer"})
				var headers http.Header
				if got := answer(t, client, &headers, streamed); got != "a good answer" {
					t.Errorf("the answer is %q", got)
				}
				calls := s.Sim.Generations(t)
				if len(calls) != 2 || headers.Get("X-Attempts") != "2" {
					t.Fatalf("%d calls were made and X-Attempts is %q, want 2", len(calls), headers.Get("X-Attempts"))
				}
				if fault.key == "another" && calls[0].Key == calls[1].Key {
					t.Error("the key that failed was asked again")
				}
				wantClean(t, s, calls)
			})
			answered++
		}
	}
	wantCounted(t, s, answered, 0)
}

// answer asks, whole or streamed, and gives the text.
func answer(t *testing.T, client openai.Client, headers *http.Header, streamed bool) string {
	t.Helper()
	if !streamed {
		return content(chat(t, client, ask(flash, freeText), header(headers)))
	}
	stream := client.Chat.Completions.NewStreaming(t.Context(), ask(flash, freeText), header(headers))
	whole, _ := accumulate(t, stream)
	if err := stream.Err(); err != nil {
		t.Fatalf("the stream failed: %v", err)
	}
	return content(&whole.ChatCompletion)
}

// wantCounted waits until the console has counted the requests, and no others.
func wantCounted(t *testing.T, s *stack.Stack, requests, failures int64) {
	t.Helper()
	stack.Eventually(t, patience, func() error {
		today := s.Admin.Overview(t).Today
		if today.Requests != requests || today.Failures != failures {
			return fmt.Errorf("the console counts %d requests and %d failures, want %d and %d", today.Requests, today.Failures, requests, failures)
		}
		return nil
	})
}

// TestManyFaults meets four faults in one request, and answers with the fifth key.
func TestManyFaults(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{Projects: stack.Projects(6, 1)})
	s.Sim.Script(t, stack.Target{},
		stack.Step{"do": "day_429"}, stack.Step{"do": "minute_429", "retry": "30s"},
		stack.Step{"do": "dead_key", "state": "expired"}, stack.Step{"do": "bare_429"})
	var headers http.Header
	chat(t, newClient(s), ask(flash, freeText), header(&headers))
	calls := s.Sim.Generations(t)
	keys := map[string]bool{}
	for _, call := range calls {
		keys[call.Key] = true
	}
	if len(calls) != 5 || len(keys) != 5 || headers.Get("X-Attempts") != "5" {
		t.Errorf("%d calls with %d keys were made, X-Attempts is %q, want 5", len(calls), len(keys), headers.Get("X-Attempts"))
	}
	resting := map[string]int{}
	for _, key := range s.Admin.Keys(t) {
		if key.Reason != nil {
			resting[*key.Reason]++
		}
	}
	for _, reason := range []string{"day_quota", "minute_quota", "dead_key", "bare_429"} {
		if resting[reason] != 1 {
			t.Errorf("%d keys are out for %s, want 1", resting[reason], reason)
		}
	}
}

// TestAttemptsAreBounded gives up after max_key_attempts keys.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{Projects: stack.Projects(6, 1)})
	s.Admin.Set(t, map[string]any{"max_key_attempts": 2})
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "day_429", "times": -1})
	refused(t, newClient(s), ask(flash, freeText), http.StatusTooManyRequests)
	if n := len(s.Sim.Generations(t)); n != 2 {
		t.Errorf("%d keys were tried, want 2", n)
	}
}

// TestBrokenStreams break after the client has seen something: it must learn that the answer is not whole, and nothing is sent again.
func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	s.Admin.Set(t, map[string]any{"request_timeout": 1})
	for i, way := range []string{"cut_after", "end_after", "reset_after", "stall_after", "error_after", "bare_error_after"} {
		t.Run(way, func(t *testing.T) {
			s.Sim.Forget(t)
			s.Sim.Script(t, stack.Target{}, stack.Step{"do": "words", "n": 9, way: 2}, stack.Step{"do": "words", "n": 9, way: 2})
			events := streamEvents(t, s, `{"model":"`+flash+`","stream":true,"messages":[{"role":"user","content":"Hello"}]}`)
			if last := events[len(events)-1]; !strings.HasPrefix(last, `{"error":`) {
				t.Errorf("the stream ends with %s, want an error", last)
			}
			text := strings.Join(events, "\n")
			if strings.Contains(text, "[DONE]") || strings.Contains(text, `"finish_reason":"stop"`) {
				t.Errorf("the stream pretends to be whole: %s", text)
			}
			if !strings.Contains(text, "word1") || !strings.Contains(text, "word2") || strings.Contains(text, "word3") {
				t.Errorf("the stream should hold two words: %s", text)
			}
			client := newClient(s)
			stream := client.Chat.Completions.NewStreaming(t.Context(), ask(flash, freeText))
			whole, _ := accumulate(t, stream)
			if stream.Err() == nil {
				t.Errorf("the SDK takes %q for a whole answer", content(&whole.ChatCompletion))
			}
			if n := len(s.Sim.Generations(t)); n != 2 {
				t.Errorf("two requests made %d calls: something was sent again", n)
			}
		})
		wantCounted(t, s, int64(2*i+2), int64(2*i+2))
	}
	wantFailure(t, s.Admin.Overview(t).RecentFailures)
}

func wantFailure(t *testing.T, failures []stack.Failure) {
	t.Helper()
	if len(failures) == 0 {
		t.Fatal("the console shows no failure")
	}
	for _, failure := range failures {
		if failure.Attempts != 1 || failure.Model != flash || failure.Outcome == "" || failure.Outcome == "ok" {
			t.Errorf("a failure is shown as %+v", failure)
		}
	}
}

// TestLateError is one after the finish reason: the answer is whole, and stays so.
func TestLateError(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	for _, way := range []string{"cut_after", "error_after", "bare_error_after"} {
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "words", "n": 3, way: 9})
		events := streamEvents(t, s, `{"model":"`+flash+`","stream":true,"messages":[{"role":"user","content":"Hello"}]}`)
		if last := events[len(events)-1]; last != "[DONE]" {
			t.Errorf("%s: the stream ends with %s", way, last)
		}
	}
}

// TestRotation spreads requests over the keys, by weight.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	s.Admin.Set(t, map[string]any{"strategy": "round_robin"})
	s.Admin.PatchKey(t, s.Admin.Keys(t)[0].ID, map[string]any{"weight": 2})
	client := newClient(s)
	const rounds = 5
	for range 4 * rounds {
		chat(t, client, ask(lite, freeText))
	}
	used := map[string]int{}
	for _, call := range s.Sim.Generations(t) {
		used[call.Key]++
	}
	for n, want := range map[int]int{1: 2 * rounds, 2: rounds, 3: rounds} {
		if got := used[stack.FakeKey(n)]; got != want {
			t.Errorf("key %d served %d requests, want %d", n, got, want)
		}
	}
	wantCounted(t, s, 4*rounds, 0)
	stack.Eventually(t, patience, func() error {
		total := int64(0)
		for _, share := range s.Admin.Overview(t).Shares {
			total += share.Requests
		}
		if total != 4*rounds {
			return fmt.Errorf("the shares are %d requests, want %s: %w", total, strconv.Itoa(4*rounds), errMore)
		}
		return nil
	})
}

// TestLocation meets the fault of the way out on every key: no key is blamed, and one good answer ends it.
func TestLocation(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	s.Admin.Set(t, map[string]any{"queue_wait": 0})
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "location", "times": -1})
	fault := refused(t, newClient(s), ask(flash, freeText), http.StatusServiceUnavailable)
	if fault.Code != "location_not_supported" {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	for _, key := range s.Admin.Keys(t) {
		if key.State == "failing" {
			t.Errorf("key %d is blamed for where we are", key.ID)
		}
	}
}
