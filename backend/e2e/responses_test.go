package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"gemini-proxy/backend/e2e/stack"
)

// respond makes a request of the Responses API for a text.
func respond(model, text string) responses.ResponseNewParams {
	return responses.ResponseNewParams{Model: model, Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(text)}}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := respond(flash, "Name a colour.")
	params.Instructions = openai.String("Be short.")
	answer, err := client.Responses.New(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := answer.OutputText(), flash+" heard: Name a colour."; got != want || answer.Status != responses.ResponseStatusCompleted {
		t.Errorf("the answer is %q with status %s, want %q", got, answer.Status, want)
	}
	if u := answer.Usage; u.InputTokens == 0 || u.InputTokens+u.OutputTokens != u.TotalTokens {
		t.Errorf("usage %s", u.RawJSON())
	}

	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "status", "code": 503}, stack.Step{"do": "chunks", "chunks": []string{"one ", "two ", "three"}})
	stream := client.Responses.NewStreaming(t.Context(), respond(flash, freeText))
	var text strings.Builder
	deltas, completed := 0, false
	for stream.Next() {
		switch event := stream.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text.WriteString(event.Delta)
			deltas++
		case responses.ResponseCompletedEvent:
			completed = event.Response.OutputText() == text.String()
		}
	}
	if err := stream.Err(); err != nil || text.String() != "one two three" || deltas < 3 || !completed {
		t.Errorf("%d deltas make %q, completed %v, %v", deltas, text.String(), completed, err)
	}

	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "words", "n": 9, "cut_after": 2})
	stream = client.Responses.NewStreaming(t.Context(), respond(flash, freeText))
	failed := false
	for stream.Next() {
		failed = failed || stream.Current().Type == "error"
	}
	if !failed && stream.Err() == nil {
		t.Error("a stream that breaks off looks whole")
	}
	wantClean(t, s, s.Sim.Generations(t))

	_, err = client.Responses.New(t.Context(), respond(noModel, freeText))
	if fault := wantError(t, err, http.StatusNotFound); fault.Code != "model_not_found" {
		t.Errorf("the error is %s", fault.RawJSON())
	}
	params.PreviousResponseID = openai.String("resp_1")
	_, err = client.Responses.New(t.Context(), params)
	if fault := wantError(t, err, http.StatusBadRequest); fault.Param != "previous_response_id" {
		t.Errorf("the error is %s", fault.RawJSON())
	}
}

// TestResponsesThreeSteps goes through three steps of calls, with what was said sent back as items.
func TestResponsesThreeSteps(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	s.Sim.Script(t, stack.Target{}, loopSteps()...)
	params := respond("gemini-4-hydrogen", "")
	for _, name := range []string{"get_weather", "get_time"} {
		params.Tools = append(params.Tools, responses.ToolParamOfFunction(name, map[string]any{"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}}, false))
	}
	items := responses.ResponseInputParam{responses.ResponseInputItemParamOfMessage("Go.", responses.EasyInputMessageRoleUser)}
	var called []string
	for range 4 {
		params.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: items}
		answer, err := client.Responses.New(t.Context(), params)
		if err != nil {
			t.Fatal(err)
		}
		var results responses.ResponseInputParam
		for _, item := range answer.Output {
			if item.Type != "function_call" {
				continue
			}
			called = append(called, item.Name)
			items = append(items, responses.ResponseInputItemParamOfFunctionCall(item.AsFunctionCall().Arguments, item.CallID, item.Name))
			result := responses.ResponseInputItemParamOfFunctionCallOutput("fine")
			result.OfFunctionCallOutput.CallID = openai.String(item.CallID)
			results = append(results, result)
		}
		items = append(items, results...)
		if len(results) == 0 && answer.OutputText() != "All is known." {
			t.Errorf("the last answer is %q", answer.OutputText())
		}
	}
	if got := strings.Join(called, " "); got != "get_weather get_time get_weather get_time" {
		t.Errorf("called %s", got)
	}
	if n := s.Sim.Holding(t, "skip_thought_signature_validator"); n > 0 {
		t.Errorf("%d requests went out with a stand-in for a signature", n)
	}
}
