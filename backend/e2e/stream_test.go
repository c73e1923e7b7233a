package e2e

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"gemini-proxy/backend/e2e/stack"
)

func TestStream(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "words", "n": 20})
	params := ask(flash, freeText)
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	var headers http.Header
	stream := client.Chat.Completions.NewStreaming(t.Context(), params, header(&headers))
	whole, chunks := accumulate(t, stream)
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if got := content(&whole.ChatCompletion); !strings.HasPrefix(got, "word1 word2 ") || !strings.HasSuffix(strings.TrimSpace(got), "word20") {
		t.Errorf("the answer is %q", got)
	}
	if whole.Choices[0].FinishReason != "stop" {
		t.Errorf("the finish reason is %q", whole.Choices[0].FinishReason)
	}
	if chunks[0].Choices[0].Delta.Role != "assistant" {
		t.Errorf("the first chunk does not tell the role: %s", chunks[0].RawJSON())
	}
	last := chunks[len(chunks)-1]
	if u := last.Usage; len(last.Choices) != 0 || u.PromptTokens == 0 || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
		t.Errorf("the last chunk should be the usage: %s", last.RawJSON())
	}
	for _, chunk := range chunks {
		if chunk.ID != chunks[0].ID || chunk.Created != chunks[0].Created || chunk.Model != flash || chunk.Object != "chat.completion.chunk" {
			t.Errorf("a chunk is not of the same answer: %s", chunk.RawJSON())
		}
	}
	if headers.Get("X-Attempts") != "1" || !strings.HasPrefix(headers.Get("Content-Type"), "text/event-stream") {
		t.Errorf("X-Attempts %q, Content-Type %q", headers.Get("X-Attempts"), headers.Get("Content-Type"))
	}
	wantClean(t, s, s.Sim.Generations(t))
}

// accumulate reads a stream to its end and puts it together.
func accumulate(t *testing.T, stream *ssestream.Stream[openai.ChatCompletionChunk]) (*openai.ChatCompletionAccumulator, []openai.ChatCompletionChunk) {
	t.Helper()
	whole := &openai.ChatCompletionAccumulator{}
	var chunks []openai.ChatCompletionChunk
	for stream.Next() {
		chunk := stream.Current()
		if !whole.AddChunk(chunk) {
			t.Errorf("the client cannot add the chunk %s", chunk.RawJSON())
		}
		chunks = append(chunks, chunk)
	}
	if len(chunks) == 0 && stream.Err() == nil {
		t.Fatal("the stream is empty")
	}
	return whole, chunks
}

func TestStreamWithoutUsage(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	events := streamEvents(t, s, `{"model":"`+lite+`","stream":true,"messages":[{"role":"user","content":"Hello"}]}`)
	if events[len(events)-1] != "[DONE]" {
		t.Errorf("the stream ends with %s", events[len(events)-1])
	}
	for _, event := range events[:len(events)-1] {
		if strings.Contains(event, `"usage"`) {
			t.Errorf("a chunk tells the usage although nobody asked: %s", event)
		}
	}
}

// streamEvents asks for a stream with a body as it is, and gives the data of every event.
func streamEvents(t *testing.T, s *stack.Stack, body string) []string {
	t.Helper()
	response := post(t, s, body)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, err := io.ReadAll(response.Body)
		t.Fatalf("a stream is answered with %s: %s (%v)", response.Status, text, err)
	}
	return readEvents(t, response.Body)
}

// post sends a body as it is to the chat's address.
func post(t *testing.T, s *stack.Stack, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return s.Do(t, request)
}

// readEvents reads a stream of events to its end. Everything in it must be an event or a comment.
func readEvents(t *testing.T, stream io.Reader) []string {
	t.Helper()
	var events []string
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		data, isData := strings.CutPrefix(line, "data: ")
		switch {
		case isData:
			events = append(events, data)
		case line != "" && !strings.HasPrefix(line, ":"):
			t.Errorf("the stream has the line %q", line)
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("reading a stream: %v", err)
	}
	return events
}

// TestClientLeaves lets a client go in the middle of a stream: the call of Gemini ends too, and no key is blamed.
func TestClientLeaves(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "words", "n": 5000, "chunk_delay": "20ms"})
	stream := client.Chat.Completions.NewStreaming(t.Context(), ask(flash, freeText))
	for range 3 {
		if !stream.Next() {
			t.Fatalf("the stream ended: %v", stream.Err())
		}
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	stack.Eventually(t, patience, func() error {
		calls := s.Sim.Generations(t)
		if len(calls) != 1 || !calls[0].Done || !calls[0].ClientGone {
			return errors.New("the call of Gemini goes on")
		}
		return nil
	})
	for _, key := range s.Admin.Keys(t) {
		if key.State == "failing" || key.State == "resting" {
			t.Errorf("key %d is blamed: %s", key.ID, key.State)
		}
	}
}

// TestLongLine passes on a chunk of 2 MB.
func TestLongLine(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	const size = 2 << 20
	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "big", "n": size}, stack.Step{"do": "big", "n": size})
	stream := client.Chat.Completions.NewStreaming(t.Context(), ask(flash, freeText))
	whole, _ := accumulate(t, stream)
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if got := len(content(&whole.ChatCompletion)); got < size {
		t.Errorf("%d bytes of %d arrived", got, size)
	}
	if got := len(content(chat(t, client, ask(flash, freeText)))); got < size {
		t.Errorf("%d bytes of %d arrived whole", got, size)
	}
}
