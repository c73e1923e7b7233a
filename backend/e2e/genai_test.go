package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genai"

	"gemini-proxy/backend/e2e/stack"
)

// newGenAI makes Google's own client of a stack, with the user key in place of a Gemini key. It does not try again by itself.
func newGenAI(t *testing.T, s *stack.Stack) *genai.Client {
	t.Helper()
	attempts := int32(1)
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: s.UserKey, Backend: genai.BackendGeminiAPI, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		HTTPOptions: genai.HTTPOptions{BaseURL: s.URL, RetryOptions: &genai.HTTPRetryOptions{Attempts: &attempts}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestGenAIGenerate(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	answer, err := newGenAI(t, s).Models.GenerateContent(t.Context(), flash, genai.Text("Name a colour."), &genai.GenerateContentConfig{
		SystemInstruction: genai.NewContentFromText("Be short.", genai.RoleUser), MaxOutputTokens: 500,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := answer.Text(), flash+" heard: Name a colour."; got != want {
		t.Errorf("the answer is %q, want %q", got, want)
	}
	if answer.UsageMetadata == nil || answer.UsageMetadata.TotalTokenCount == 0 || answer.Candidates[0].FinishReason != genai.FinishReasonStop {
		t.Errorf("%+v", answer)
	}
	calls := s.Sim.Generations(t)
	if len(calls) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	wantClean(t, s, calls)
	if agent := calls[0].Header.Get("User-Agent") + calls[0].Header.Get("X-Goog-Api-Client"); strings.Contains(agent, "genai") {
		t.Errorf("the client's name went on: %s", agent)
	}
}

func TestGenAIStream(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "minute_429", "retry": "30s"}, stack.Step{"do": "chunks", "chunks": []string{"one ", "two ", "three"}})
	var text strings.Builder
	chunks := 0
	for chunk, err := range newGenAI(t, s).Models.GenerateContentStream(t.Context(), flash, genai.Text(freeText), nil) {
		if err != nil {
			t.Fatal(err)
		}
		chunks++
		text.WriteString(chunk.Text())
	}
	if text.String() != "one two three" || chunks < 3 {
		t.Errorf("%d chunks: %q", chunks, text.String())
	}
	if calls := s.Sim.Generations(t); len(calls) != 2 || calls[0].Key == calls[1].Key {
		t.Errorf("%d calls", len(calls))
	}
}

func TestGenAIBrokenStream(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "words", "n": 9, "cut_after": 2})
	var fault genai.APIError
	chunks := 0
	for _, err := range newGenAI(t, s).Models.GenerateContentStream(t.Context(), flash, genai.Text(freeText), nil) {
		if err == nil {
			chunks++
		} else if !errors.As(err, &fault) {
			t.Fatalf("%v", err)
		}
	}
	if chunks != 2 || fault.Code != http.StatusBadGateway || fault.Status != "UNAVAILABLE" {
		t.Errorf("%d chunks, then %+v", chunks, fault)
	}
	if calls := s.Sim.Generations(t); len(calls) != 1 {
		t.Errorf("%d calls", len(calls))
	}
}

func TestGenAIChat(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	chat, err := newGenAI(t, s).Chats.Create(t.Context(), flash, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		question := fmt.Sprintf("Question %d", i)
		answer, err := chat.SendMessage(t.Context(), genai.Part{Text: question})
		if err != nil {
			t.Fatal(err)
		}
		if got := answer.Text(); got != flash+" heard: "+question {
			t.Errorf("%q", got)
		}
	}
	if n := len(chat.History(true)); n != 6 {
		t.Errorf("%d turns", n)
	}
}

func TestGenAITools(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newGenAI(t, s)
	config := &genai.GenerateContentConfig{
		Tools: []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{Name: "get_weather", ParametersJsonSchema: map[string]any{
			"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}, "required": []string{"city"},
		}}}}},
		ToolConfig: &genai.ToolConfig{FunctionCallingConfig: &genai.FunctionCallingConfig{Mode: genai.FunctionCallingConfigModeAny}},
	}
	contents := genai.Text("How is the weather?")
	first, err := client.Models.GenerateContent(t.Context(), flash, contents, config)
	if err != nil {
		t.Fatal(err)
	}
	calls := first.FunctionCalls()
	if len(calls) != 1 || calls[0].Name != "get_weather" {
		t.Fatalf("%+v", first)
	}
	contents = append(contents, first.Candidates[0].Content, genai.NewContentFromFunctionResponse(calls[0].Name, map[string]any{"output": "sunny"}, genai.RoleUser))
	config.ToolConfig = nil
	second, err := client.Models.GenerateContent(t.Context(), flash, contents, config)
	if err != nil || !strings.Contains(second.Text(), "sunny") {
		t.Errorf("%v, %v", second, err)
	}
}

func TestGenAICountAndEmbed(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newGenAI(t, s)
	count, err := client.Models.CountTokens(t.Context(), flash, genai.Text("four words are here"), nil)
	if err != nil || count.TotalTokens == 0 {
		t.Errorf("%+v, %v", count, err)
	}
	dimensions := int32(768)
	vectors, err := client.Models.EmbedContent(t.Context(), "gemini-embedding-001", []*genai.Content{
		genai.NewContentFromText("one", genai.RoleUser), genai.NewContentFromText("two", genai.RoleUser),
	}, &genai.EmbedContentConfig{OutputDimensionality: &dimensions})
	if err != nil || len(vectors.Embeddings) != 2 || len(vectors.Embeddings[1].Values) != 768 {
		t.Errorf("%v", err)
	}
}

func TestGenAIModels(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newGenAI(t, s)
	var names []string
	for model, err := range client.Models.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, model.Name)
	}
	if !slices.Contains(names, "models/"+flash) || !slices.IsSorted(names) {
		t.Errorf("%v", names)
	}
	page, err := client.Models.List(t.Context(), &genai.ListModelsConfig{PageSize: 2})
	if err != nil || len(page.Items) != 2 || page.NextPageToken == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	if next, err := page.Next(t.Context()); err != nil || next.Items[0].Name != names[2] {
		t.Errorf("%+v, %v", next, err)
	}
	one, err := client.Models.Get(t.Context(), flash, nil)
	if err != nil || one.Name != "models/"+flash || one.InputTokenLimit == 0 {
		t.Errorf("%+v, %v", one, err)
	}
}

func TestGenAIErrors(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newGenAI(t, s)
	wrong := *s
	wrong.UserKey = "sk-wrong"
	cases := map[string]struct {
		client *genai.Client
		model  string
		step   stack.Step
		code   int
		status string
	}{
		"a wrong key":      {client: newGenAI(t, &wrong), model: flash, code: 401, status: "UNAUTHENTICATED"},
		"an unknown model": {client: client, model: noModel, code: 404, status: "NOT_FOUND"},
		"a bad request":    {client: client, model: flash, step: stack.Step{"do": "status", "code": 400, "text": "Bad."}, code: 400, status: "INVALID_ARGUMENT"},
		"an overload":      {client: client, model: flash, step: stack.Step{"do": "status", "code": 503, "times": 9}, code: 503, status: "UNAVAILABLE"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.step != nil {
				s.Sim.Script(t, stack.Target{}, tc.step)
				defer s.Sim.ClearScript(t)
			}
			_, err := tc.client.Models.GenerateContent(t.Context(), tc.model, genai.Text(freeText), nil)
			var fault genai.APIError
			if !errors.As(err, &fault) || fault.Code != tc.code || fault.Status != tc.status {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := client.Files.Get(t.Context(), "files/none", nil); !strings.Contains(fmt.Sprint(err), "PERMISSION_DENIED") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestGenAIThreeSteps goes through three steps of calls in a chat of the client's, which sends the signatures back itself.
func TestGenAIThreeSteps(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	for _, model := range []string{flash, "gemini-4-neon"} {
		s.Sim.Script(t, stack.Target{}, loopSteps()...)
		var tools []*genai.FunctionDeclaration
		for _, name := range []string{"get_weather", "get_time"} {
			tools = append(tools, &genai.FunctionDeclaration{Name: name, ParametersJsonSchema: map[string]any{"type": "object"}})
		}
		chat, err := newGenAI(t, s).Chats.Create(t.Context(), model, &genai.GenerateContentConfig{Tools: []*genai.Tool{{FunctionDeclarations: tools}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := chat.SendMessage(t.Context(), genai.Part{Text: "Go."})
		steps := 0
		for err == nil && len(answer.FunctionCalls()) > 0 {
			steps++
			var results []genai.Part
			for _, call := range answer.FunctionCalls() {
				results = append(results, *genai.NewPartFromFunctionResponse(call.Name, map[string]any{"output": "fine"}))
			}
			answer, err = chat.SendMessage(t.Context(), results...)
		}
		if err != nil || steps != 3 || answer.Text() != "All is known." {
			t.Errorf("%s: %d steps, then %v, %v", model, steps, answer, err)
		}
	}
}
