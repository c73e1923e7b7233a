package e2e

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"gemini-proxy/backend/e2e/stack"
)

// Models of the simulator by what sets them apart.
const (
	flash    = "gemini-3.8-flash"      // of the newest generations: thinks, signs its calls, gives one choice
	flash25  = "gemini-2.5-flash"      // gives several choices, knows logprobs
	lite     = "gemini-3.5-flash-lite" // thinks little
	noModel  = "gemini-0-nothing"      // does not exist
	freeText = "Say hello."
)

// newClient makes the official client of a stack. It does not try again by itself, so that every answer is seen.
func newClient(s *stack.Stack, options ...option.RequestOption) openai.Client {
	all := append([]option.RequestOption{
		option.WithBaseURL(s.URL + "/v1"), option.WithAPIKey(s.UserKey), option.WithHTTPClient(s.Client), option.WithMaxRetries(0),
	}, options...)
	return openai.NewClient(all...)
}

// ask makes a request for a plain text.
func ask(model, text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)}}
}

// chat asks and wants an answer.
func chat(t *testing.T, client openai.Client, params openai.ChatCompletionNewParams, options ...option.RequestOption) *openai.ChatCompletion {
	t.Helper()
	completion, err := client.Chat.Completions.New(t.Context(), params, options...)
	if err != nil {
		t.Fatalf("a chat failed: %v", err)
	}
	return completion
}

// refused asks and wants an error of a status.
func refused(t *testing.T, client openai.Client, params openai.ChatCompletionNewParams, status int) *openai.Error {
	t.Helper()
	completion, err := client.Chat.Completions.New(t.Context(), params)
	if err == nil {
		t.Fatalf("a chat that should be refused was answered with %s", completion.RawJSON())
	}
	return wantError(t, err, status)
}

// wantError wants an error of the API with a status, in OpenAI's form.
func wantError(t *testing.T, err error, status int) *openai.Error {
	t.Helper()
	var fault *openai.Error
	if !errors.As(err, &fault) {
		t.Fatalf("the error is none of the API's: %v", err)
	}
	if fault.StatusCode != status {
		t.Fatalf("the error has status %d, want %d: %s", fault.StatusCode, status, fault.RawJSON())
	}
	if fault.Message == "" || fault.Type == "" {
		t.Errorf("an error without message or type: %s", fault.RawJSON())
	}
	if fault.Response.Header.Get("X-Request-Id") == "" {
		t.Error("an error without X-Request-Id")
	}
	return fault
}

// content gives the text of the first choice.
func content(completion *openai.ChatCompletion) string {
	if len(completion.Choices) == 0 {
		return ""
	}
	return completion.Choices[0].Message.Content
}

// header keeps the answer's headers of one call.
func header(into *http.Header) option.RequestOption {
	return option.WithMiddleware(func(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		response, err := next(request)
		if response != nil {
			*into = response.Header
		}
		return response, err
	})
}

// patience is how long something may take that happens in the background; the machine may be busy.
const patience = 15 * time.Second

// readiness gives what /ready answers.
func readiness(t *testing.T, s *stack.Stack) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/ready", nil)
	if err != nil {
		t.Fatal(err)
	}
	response := s.Do(t, request)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
