package e2e

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"gemini-proxy/backend/e2e/stack"
)

func TestChat(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	var headers http.Header
	completion := chat(t, client, ask(flash, "Name a colour."), header(&headers))
	if got, want := content(completion), flash+" heard: Name a colour."; got != want {
		t.Errorf("the answer is %q, want %q", got, want)
	}
	if choice := completion.Choices[0]; choice.FinishReason != "stop" || choice.Message.Role != "assistant" || choice.Index != 0 {
		t.Errorf("the choice is %s", choice.RawJSON())
	}
	if completion.Object != "chat.completion" || completion.Model != flash || completion.Created == 0 || completion.ID == "" {
		t.Errorf("the completion is %s", completion.RawJSON())
	}
	if u := completion.Usage; u.PromptTokens == 0 || u.CompletionTokens == 0 || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
		t.Errorf("the usage does not add up: %s", u.RawJSON())
	}
	if headers.Get("X-Attempts") != "1" || headers.Get("X-Request-Id") == "" {
		t.Errorf("X-Attempts %q, X-Request-Id %q", headers.Get("X-Attempts"), headers.Get("X-Request-Id"))
	}
	calls := s.Sim.Generations(t)
	if len(calls) != 1 {
		t.Fatalf("one chat made %d calls of Gemini", len(calls))
	}
	wantClean(t, s, calls)
}

// wantClean wants every call to carry one credential, a Gemini key in a header, and nothing of the client's.
func wantClean(t *testing.T, s *stack.Stack, calls []stack.Call) {
	t.Helper()
	for _, call := range calls {
		if len(call.Credentials) != 1 || call.Key == "" {
			t.Errorf("call %d carries the credentials %v", call.Seq, call.Credentials)
		}
		if strings.Contains(call.Query, "key=") {
			t.Errorf("call %d has its key in the URL", call.Seq)
		}
		for _, name := range []string{"Authorization", "Cookie", "X-Stainless-Lang", "X-Api-Key", "X-Forwarded-For", "Openai-Organization"} {
			if values := call.Header[name]; len(values) > 0 {
				t.Errorf("call %d passes the client's %s on", call.Seq, name)
			}
		}
	}
	if n := s.Sim.Holding(t, s.UserKey); n > 0 {
		t.Errorf("%d calls hold the user key", n)
	}
}

func TestChatMessages(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := openai.ChatCompletionNewParams{Model: lite, Messages: []openai.ChatCompletionMessageParamUnion{
		openai.SystemMessage("You are terse."),
		openai.DeveloperMessage("Answer in English."),
		openai.UserMessage("First question"),
		openai.AssistantMessage("First answer"),
		openai.UserMessage("Second question"),
	}}
	completion := chat(t, client, params)
	if got := content(completion); got != lite+" heard: Second question" {
		t.Errorf("the answer is %q", got)
	}
	calls := s.Sim.Generations(t)
	var sent struct {
		SystemInstruction struct {
			Parts []struct{ Text string }
		}
		Contents []struct{ Role string }
	}
	if err := json.Unmarshal([]byte(calls[0].Body), &sent); err != nil {
		t.Fatal(err)
	}
	var instruction strings.Builder
	for _, part := range sent.SystemInstruction.Parts {
		instruction.WriteString(part.Text)
	}
	if text := instruction.String(); !strings.Contains(text, "You are terse.") || !strings.Contains(text, "Answer in English.") {
		t.Errorf("the system instruction is %q", text)
	}
	if len(sent.Contents) != 3 || sent.Contents[0].Role != "user" || sent.Contents[1].Role != "model" {
		t.Errorf("the turns are %v", sent.Contents)
	}
}

func TestInlineImage(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	pixel := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\nnot a real picture, but it need not be"))
	params := openai.ChatCompletionNewParams{Model: flash, Messages: []openai.ChatCompletionMessageParamUnion{
		openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
			openai.TextContentPart("What is this?"),
			openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: "data:image/png;base64," + pixel, Detail: "low"}),
		}),
	}}
	if got := content(chat(t, client, params)); !strings.Contains(got, "What is this?") || !strings.Contains(got, "[image/png, ") {
		t.Errorf("the image did not arrive: %q", got)
	}
	if n := s.Sim.Holding(t, pixel); n != 1 {
		t.Errorf("%d calls hold the image's bytes as they were sent, want 1", n)
	}
}

func TestSeveralChoices(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for _, model := range []string{flash25, flash} { // one gives several choices at once, the other one at a time
		t.Run(model, func(t *testing.T) {
			params := ask(model, "Choose.")
			params.N = openai.Int(2)
			completion := chat(t, client, params)
			if len(completion.Choices) != 2 {
				t.Fatalf("there are %d choices, want 2: %s", len(completion.Choices), completion.RawJSON())
			}
			for i, choice := range completion.Choices {
				if choice.Index != int64(i) || choice.Message.Content == "" || choice.FinishReason != "stop" {
					t.Errorf("choice %d is %s", i, choice.RawJSON())
				}
			}
			if u := completion.Usage; u.TotalTokens != u.PromptTokens+u.CompletionTokens {
				t.Errorf("the usage does not add up: %s", u.RawJSON())
			}
			stream := client.Chat.Completions.NewStreaming(t.Context(), params)
			finished := map[int64]string{}
			for stream.Next() {
				for _, choice := range stream.Current().Choices {
					if choice.FinishReason != "" {
						finished[choice.Index] = choice.FinishReason
					}
				}
			}
			if err := stream.Err(); err != nil {
				t.Fatal(err)
			}
			if len(finished) != 2 || finished[0] != "stop" || finished[1] != "stop" {
				t.Errorf("the stream's choices finished as %v", finished)
			}
		})
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := ask(flash, "one two three four")
	params.Stop = openai.ChatCompletionNewParamsStopUnion{OfStringArray: []string{"three"}}
	completion := chat(t, client, params)
	if got, want := content(completion), flash+" heard: one two "; got != want {
		t.Errorf("with stop as a list the answer is %q, want %q", got, want)
	}
	params.Stop = openai.ChatCompletionNewParamsStopUnion{OfString: openai.String("two")}
	if got, want := content(chat(t, client, params)), flash+" heard: one "; got != want {
		t.Errorf("with stop as a word the answer is %q, want %q", got, want)
	}
}

func TestMaxTokens(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := ask(flash, strings.Repeat("a long text ", 50))
	params.MaxCompletionTokens = openai.Int(30)
	completion := chat(t, client, params)
	if got := completion.Choices[0].FinishReason; got != "length" {
		t.Errorf("the finish reason is %q, want length", got)
	}
	if n := s.Sim.Holding(t, `"maxOutputTokens":30`); n != 1 {
		t.Errorf("%d calls tell the limit, want 1", n)
	}
}

func TestReasoningEffort(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for _, model := range []string{flash, flash25, lite, "gemini-2.5-pro", "gemini-4-hydrogen", "gemini-3.1-pro-preview", "gemma-4-31b-it"} {
		for _, effort := range []shared.ReasoningEffort{"none", "minimal", "low", "medium", "high", "xhigh"} {
			params := ask(model, "Think.")
			params.ReasoningEffort = effort
			if completion, err := client.Chat.Completions.New(t.Context(), params); err != nil {
				t.Errorf("%s with effort %s: %v", model, effort, err)
			} else if details := completion.Usage.CompletionTokensDetails; effort == "high" && details.ReasoningTokens == 0 {
				t.Errorf("%s with effort high does not think: %s", model, completion.Usage.RawJSON())
			}
		}
	}
}

// TestHabits sends what clients send by habit. The models must not see what they would refuse.
func TestHabits(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for _, model := range []string{flash, flash25, lite, "gemini-4-argon", "gemma-4-31b-it"} {
		t.Run(model, func(t *testing.T) {
			params := ask(model, freeText)
			params.Seed = openai.Int(1 << 40)
			params.Temperature = openai.Float(0.7)
			params.TopP = openai.Float(0.9)
			params.PresencePenalty = openai.Float(0.5)
			params.FrequencyPenalty = openai.Float(0.5)
			params.User = openai.String("somebody")
			params.Store = openai.Bool(true)
			params.Metadata = shared.Metadata{"a": "b"}
			params.LogitBias = map[string]int64{"50256": -100}
			params.ServiceTier = "auto"
			params.ParallelToolCalls = openai.Bool(true)
			params.Verbosity = "low"
			params.PromptCacheKey = openai.String("cache")
			params.SafetyIdentifier = openai.String("user-1")
			if got, want := content(chat(t, client, params)), " heard: "+freeText; !strings.HasSuffix(got, want) {
				t.Errorf("the answer is %q", got)
			}
		})
	}
}

func TestLogprobs(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := ask(flash25, "Weigh your words.")
	params.Logprobs = openai.Bool(true)
	params.TopLogprobs = openai.Int(1)
	completion := chat(t, client, params)
	var spelled strings.Builder
	for _, token := range completion.Choices[0].Logprobs.Content {
		spelled.WriteString(token.Token)
	}
	if spelled.String() != content(completion) {
		t.Errorf("the tokens spell %q, the answer is %q", &spelled, content(completion))
	}
}
