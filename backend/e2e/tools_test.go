package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"gemini-proxy/backend/e2e/stack"
)

// weatherTools are two functions for the model.
func weatherTools() []openai.ChatCompletionToolUnionParam {
	city := shared.FunctionParameters{
		"type": "object", "required": []string{"city"}, "additionalProperties": false,
		"properties": map[string]any{"city": map[string]any{"type": "string", "description": "A city"}},
	}
	return []openai.ChatCompletionToolUnionParam{
		openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "get_weather", Description: openai.String("The weather"), Parameters: city}),
		openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "get_time", Parameters: city, Strict: openai.Bool(true)}),
	}
}

// twoCalls is the simulator's answer with two calls at once. Only the first is signed, as Gemini does it.
func twoCalls() stack.Step {
	return stack.Step{"do": "calls", "calls": []any{
		map[string]any{"name": "get_weather", "args": map[string]any{"city": "Oslo"}},
		map[string]any{"name": "get_time", "args": map[string]any{"city": "Lima"}},
	}}
}

func TestToolsLoop(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for _, model := range []string{flash, flash25, "gemini-3.1-pro-preview", "gemini-4-hydrogen"} {
		for _, streamed := range []bool{false, true} {
			name := model
			if streamed {
				name += " streamed"
			}
			t.Run(name, func(t *testing.T) {
				s.Sim.Script(t, stack.Target{}, twoCalls())
				params := ask(model, "What is the weather in Oslo, and the time in Lima?")
				params.Tools = weatherTools()
				message := say(t, client, params, streamed)
				wantTwoCalls(t, message)
				params.Messages = append(params.Messages, message.ToParam())
				for _, call := range message.ToolCalls {
					params.Messages = append(params.Messages, openai.ToolMessage(`{"answer":"`+call.Function.Name+` is fine"}`, call.ID))
				}
				final := say(t, client, params, streamed)
				if !strings.Contains(final.Content, "get_weather is fine") || !strings.Contains(final.Content, "get_time is fine") {
					t.Errorf("the results did not arrive: %q", final.Content)
				}
			})
		}
	}
	wantClean(t, s, s.Sim.Generations(t))
}

// say asks, whole or streamed, and gives the message of the answer.
func say(t *testing.T, client openai.Client, params openai.ChatCompletionNewParams, streamed bool) openai.ChatCompletionMessage {
	t.Helper()
	if !streamed {
		completion := chat(t, client, params)
		wantFinish(t, completion.Choices[0])
		return completion.Choices[0].Message
	}
	stream := client.Chat.Completions.NewStreaming(t.Context(), params)
	whole, _ := accumulate(t, stream)
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	wantFinish(t, whole.Choices[0])
	return whole.Choices[0].Message
}

func wantFinish(t *testing.T, choice openai.ChatCompletionChoice) {
	t.Helper()
	want := "stop"
	if len(choice.Message.ToolCalls) > 0 {
		want = "tool_calls"
	}
	if choice.FinishReason != want {
		t.Errorf("the finish reason is %q, want %q", choice.FinishReason, want)
	}
}

func wantTwoCalls(t *testing.T, message openai.ChatCompletionMessage) {
	t.Helper()
	if len(message.ToolCalls) != 2 {
		t.Fatalf("there are %d calls, want 2: %s", len(message.ToolCalls), message.RawJSON())
	}
	for i, want := range []struct{ name, city string }{{"get_weather", "Oslo"}, {"get_time", "Lima"}} {
		call := message.ToolCalls[i]
		var arguments struct{ City string }
		if err := json.Unmarshal([]byte(call.Function.Arguments), &arguments); err != nil {
			t.Errorf("the arguments of call %d are no JSON: %v", i, err)
		}
		if call.Function.Name != want.name || arguments.City != want.city || call.ID == "" || call.Type != "function" {
			t.Errorf("call %d is %s", i, call.RawJSON())
		}
	}
	if message.ToolCalls[0].ID == message.ToolCalls[1].ID {
		t.Error("two calls have one id")
	}
}

// TestSignatureReturns sends a whole message back, with what is Google's in it: the simulator sees the signature that it gave.
func TestSignatureReturns(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	s.Sim.Script(t, stack.Target{}, twoCalls())
	params := ask(flash, "What is the weather in Oslo, and the time in Lima?")
	params.Tools = weatherTools()
	message := say(t, client, params, false)
	var given struct {
		ToolCalls []struct {
			Extra struct {
				Google struct {
					Signature string `json:"thought_signature"`
				} `json:"google"`
			} `json:"extra_content"`
		} `json:"tool_calls"`
	}
	if err := json.Unmarshal([]byte(message.RawJSON()), &given); err != nil {
		t.Fatal(err)
	}
	signature := given.ToolCalls[0].Extra.Google.Signature
	if signature == "" {
		t.Fatalf("the first call has no signature: %s", message.RawJSON())
	}
	params.Messages = append(params.Messages,
		param.Override[openai.ChatCompletionMessageParamUnion](json.RawMessage(message.RawJSON())),
		openai.ToolMessage("sunny", message.ToolCalls[0].ID), openai.ToolMessage("noon", message.ToolCalls[1].ID))
	final := say(t, client, params, false)
	if !strings.Contains(final.Content, "sunny") || !strings.Contains(final.Content, "noon") {
		t.Errorf("the results did not arrive: %q", final.Content)
	}
	if n := s.Sim.Holding(t, signature); n != 1 {
		t.Errorf("%d calls bring the signature back, want 1", n)
	}
}

func TestToolChoice(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := ask(flash, "Hello.")
	params.Tools = weatherTools()
	params.ToolChoice = openai.ToolChoiceOptionFunctionToolChoice(openai.ChatCompletionNamedToolChoiceFunctionParam{Name: "get_time"})
	message := say(t, client, params, false)
	if len(message.ToolCalls) != 1 || message.ToolCalls[0].Function.Name != "get_time" {
		t.Errorf("the function that was chosen is not called: %s", message.RawJSON())
	}
	params.Messages = ask(flash, "Do get_weather.").Messages
	params.ToolChoice = openai.ChatCompletionToolChoiceOptionUnionParam{OfAuto: openai.String("none")}
	if message := say(t, client, params, false); len(message.ToolCalls) != 0 {
		t.Errorf("a function is called although none may be: %s", message.RawJSON())
	}
	params.ToolChoice = openai.ChatCompletionToolChoiceOptionUnionParam{OfAuto: openai.String("required")}
	if message := say(t, client, params, true); len(message.ToolCalls) != 1 {
		t.Errorf("no function is called although one must be: %s", message.RawJSON())
	}
}

func TestParallelCallsOff(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for _, streamed := range []bool{false, true} {
		s.Sim.Script(t, stack.Target{}, twoCalls())
		params := ask(flash, "Both, please.")
		params.Tools = weatherTools()
		params.ParallelToolCalls = openai.Bool(false)
		if message := say(t, client, params, streamed); len(message.ToolCalls) != 1 {
			t.Errorf("streamed %v: there are %d calls, want 1", streamed, len(message.ToolCalls))
		}
	}
}

// loopSteps is three steps of calls, the second of two at once, and the answer.
func loopSteps() []stack.Step {
	call := func(name string, step int) map[string]any {
		return map[string]any{"name": name, "args": map[string]any{"city": fmt.Sprint("city ", step)}}
	}
	return []stack.Step{
		{"do": "calls", "calls": []any{call("get_weather", 1)}},
		{"do": "calls", "calls": []any{call("get_time", 2), call("get_weather", 2)}},
		{"do": "calls", "calls": []any{call("get_time", 3)}},
		{"do": "text", "text": "All is known."},
	}
}

// TestThreeSteps goes through three steps of calls within one turn. The client sends no signature back: the server remembers all of them, and no
// request needs a stand-in.
func TestThreeSteps(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	for i, model := range []string{"gemini-3-flash-preview", flash, "gemini-4-argon", "gemini-4-hydrogen"} {
		streamed := i%2 == 1
		t.Run(model, func(t *testing.T) {
			s.Sim.Script(t, stack.Target{}, loopSteps()...)
			params := ask(model, "Go.")
			params.Tools = weatherTools()
			var called []string
			message := say(t, client, params, streamed)
			for len(message.ToolCalls) > 0 {
				params.Messages = append(params.Messages, message.ToParam())
				for _, call := range message.ToolCalls {
					called = append(called, call.Function.Name+call.Function.Arguments)
					params.Messages = append(params.Messages, openai.ToolMessage("fine", call.ID))
				}
				message = say(t, client, params, streamed)
			}
			want := []string{`get_weather{"city":"city 1"}`, `get_time{"city":"city 2"}`, `get_weather{"city":"city 2"}`, `get_time{"city":"city 3"}`}
			if diff := cmp.Diff(want, called); diff != "" || message.Content != "All is known." {
				t.Errorf("%q after the calls %s", message.Content, diff)
			}
		})
	}
	if n := s.Sim.Holding(t, "skip_thought_signature_validator"); n > 0 {
		t.Errorf("%d requests went out with a stand-in for a signature", n)
	}
	wantClean(t, s, s.Sim.Generations(t))
}
