package openai_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
)

func parse(t *testing.T, body string) *openai.ChatRequest {
	t.Helper()
	r, err := openai.ParseChat([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatTheRequestRefersTo(t *testing.T) {
	r := parse(t, with(`{"role":"user","content":[
		{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
		{"type":"image_url","image_url":{"url":"HTTP://example.com/b.png"}},
		{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
		{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
		{"type":"video_url","video_url":{"url":"https://youtu.be/abc"}},
		{"type":"image","file_data":{"file_uri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},
		{"type":"file","file":{"file_uri":"","file_url":"gs://bucket/a.pdf"}},
		{"type":"file","file":{"file_id":"file-1"}},{"type":"file","file_id":"file-2"},{"type":"file","file_id":"file-1"}]},
		{"role":"assistant","tool_calls":[
			{"id":"carried","function":{"name":"f"},"extra_content":{"google":{"thought_signature":"c2ln"}}},
			{"id":"lost","function":{"name":"f"}}]},
		{"role":"tool","tool_call_id":"lost","content":[{"type":"image_url","image_url":{"url":"https://example.com/c.png"}}]}`))
	if diff := cmp.Diff([]string{"https://example.com/a.png", "HTTP://example.com/b.png", "https://example.com/c.png"}, r.Links()); diff != "" {
		t.Error("links", diff)
	}
	if diff := cmp.Diff([]string{"file-1", "file-2"}, r.FileIDs()); diff != "" {
		t.Error("files", diff)
	}
	if diff := cmp.Diff([]string{"lost"}, r.CallIDs()); diff != "" {
		t.Error("calls", diff)
	}
}

func TestImageDataIsNotCopied(t *testing.T) {
	data := strings.Repeat("QUJD", 1000)
	body := []byte(with(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + data + `"}}]}`))
	r, err := openai.ParseChat(body)
	if err != nil {
		t.Fatal(err)
	}
	g, err := openai.ToGemini(r, openai.Options{Model: "gemini-3.5-flash"})
	if err != nil {
		t.Fatal(err)
	}
	got := g.Contents[0].Parts[0].InlineData.Data
	from := uintptr(unsafe.Pointer(unsafe.SliceData(body)))
	if at := uintptr(unsafe.Pointer(unsafe.StringData(got))); got != data || at < from || at >= from+uintptr(len(body)) {
		t.Error("the image was copied")
	}
}

func TestToGeminiMayBeCalledAgain(t *testing.T) {
	r := parse(t, with(calling+`{"role":"tool","tool_call_id":"a","content":"x"}`))
	first, err := openai.ToGemini(r, openai.Options{Model: "gemini-2.5-flash"})
	if err != nil {
		t.Fatal(err)
	}
	first.Contents[0].Parts = append(first.Contents[0].Parts, gemini.Part{Text: "added by somebody else"})
	if first.Contents[1].Parts[0].FunctionCall == nil {
		t.Error("a part added to one turn ended up in the next")
	}
	second, err := openai.ToGemini(r, openai.Options{Model: "gemini-3.5-flash"})
	if err != nil {
		t.Fatal(err)
	}
	if got := second.Contents[1].Parts[0].ThoughtSignature; got == "" || len(second.Contents[0].Parts) != 1 {
		t.Errorf("the second request is not its own: %q, %d parts", got, len(second.Contents[0].Parts))
	}
}

func TestFamilyOf(t *testing.T) {
	tests := []struct {
		model  string
		levels string
		budget int
		holds  string // what it can do: p(enalties) n s(ampling) l(ogprobs) f(prefill) j(son with tools) c(aching)
	}{
		{"gemini-2.0-flash", "", 0, "pnslfc"},
		{"gemini-2.5-pro", "", 32768, "nsfc"},
		{"gemini-2.5-flash", "", 24576, "nslfc"},
		{"gemini-2.5-flash-lite-preview-09-2025", "", 24576, "nslfc"},
		{"gemini-2.5-flash-image", "", 0, "slfc"},
		{"gemini-3-pro-preview", "low high", 0, "slfjc"},
		{"gemini-3.1-pro-preview-customtools", "low medium high", 0, "slfjc"},
		{"gemini-3-flash-preview", "minimal low medium high", 0, "slfjc"},
		{"gemini-3.5-flash", "minimal low medium high", 0, "slfjc"},
		{"gemini-3.5-flash-lite", "minimal low medium high", 0, "sljc"},
		{"gemini-3.6-flash", "minimal low medium high", 0, "ljc"},
		{"gemini-3.8-flash", "low medium high", 0, "ljc"},
		{"gemini-3.8-flash-tts", "", 0, "ljc"},
		{"gemini-4-argon", "low medium high", 0, "lj"},
		{"gemini-4-hydrogen", "low medium high xhigh", 0, "lj"},
		{"gemini-flash-latest", "low medium high", 0, "lj"},
		{"gemini-nano-banana-2.1", "", 0, "lj"},
		{"gemma-4-31b-it", "minimal high", 0, "slfj"},
		{"gemma-3-27b-it", "", 0, "slfj"},
		{"something-else", "low medium high", 0, "lj"},
		{"", "low medium high", 0, "lj"},
	}
	for _, tt := range tests {
		f := openai.FamilyOf(tt.model)
		holds := ""
		for _, each := range []struct {
			can  bool
			mark string
		}{{f.Penalties, "p"}, {f.Candidates, "n"}, {f.Sampling, "s"}, {f.Logprobs, "l"}, {f.Prefill, "f"}, {f.JSONWithTools, "j"}, {f.Caching, "c"}} {
			if each.can {
				holds += each.mark
			}
		}
		if got := strings.Join(f.Levels, " "); got != tt.levels || f.MaxBudget != tt.budget || holds != tt.holds {
			t.Errorf("%s: levels %q, budget %d, %s; want %q, %d, %s", tt.model, got, f.MaxBudget, holds, tt.levels, tt.budget, tt.holds)
		}
	}
}

func TestBareModel(t *testing.T) {
	for name, want := range map[string]string{
		"gemini-3.5-flash": "gemini-3.5-flash", "models/gemini-3.5-flash": "gemini-3.5-flash", "google/gemini-3.5-flash-search": "gemini-3.5-flash",
		"google/models/gemma-4-31b-it": "gemma-4-31b-it",
	} {
		if got := openai.BareModel(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestSeveralCallsMakeOneAnswer(t *testing.T) {
	r := parse(t, body(`"n":3`))
	if got := r.FanOut("gemini-3.5-flash"); got != 3 {
		t.Errorf("gemini-3.5-flash is asked %d times", got)
	}
	if got := r.FanOut("gemini-2.5-flash"); got != 1 {
		t.Errorf("gemini-2.5-flash is asked %d times", got)
	}
	answers := make([]*gemini.Response, 0, 3)
	for _, text := range []string{
		`{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":1,"totalTokenCount":3}}`,
		`{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":2,"totalTokenCount":2}}`,
		`{"candidates":[{"content":{"parts":[{"text":"C"}]},"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":4,"totalTokenCount":6}}`,
	} {
		answers = append(answers, decode(t, text))
	}
	whole := openai.FromGemini(openai.Merge(answers), r.Reply(replyID, replyCreated))
	chunker := openai.NewChunker(r.Reply(replyID, replyCreated), true)
	var events []byte
	for i, answer := range answers {
		events = chunker.NextOf(events, i, answer)
	}
	events = chunker.End(events)
	var finishes []string
	for i := range whole.Choices {
		if whole.Choices[i].Index != i {
			t.Errorf("choice %d has index %d", i, whole.Choices[i].Index)
		}
		finishes = append(finishes, whole.Choices[i].FinishReason)
	}
	if diff := cmp.Diff([]string{"stop", "content_filter", "length"}, finishes); diff != "" {
		t.Error(diff)
	}
	if whole.Usage.Prompt != 6 || whole.Usage.Completion != 5 || whole.Usage.Total != 11 {
		t.Errorf("usage %+v", whole.Usage)
	}
	for _, want := range []string{
		`"index":0,"delta":{"content":"A"}`, `"index":2,"delta":{"content":"C"}`, `"index":1,"delta":{},"finish_reason":"content_filter"`,
		`"index":2,"delta":{},"finish_reason":"length"`, `"total_tokens":11`,
	} {
		if !strings.Contains(string(events), want) {
			t.Errorf("the stream lacks %s:\n%s", want, events)
		}
	}
}

func decode(t testing.TB, text string) *gemini.Response {
	t.Helper()
	r, err := gemini.DecodeResponse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const answerWithCalls = `{"candidates":[{"content":{"parts":[{"text":"Well."},{"functionCall":{"id":"x1","name":"f"},"thoughtSignature":"c2ln"},
	{"functionCall":{"name":"f"},"thoughtSignature":"bW9yZQ=="},{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}`

func TestSignaturesAreKeptByTheIDTheClientSaw(t *testing.T) {
	r := parse(t, body(oneTool))
	whole := openai.FromGemini(decode(t, answerWithCalls), r.Reply(replyID, replyCreated))
	chunker := openai.NewChunker(r.Reply(replyID, replyCreated), false)
	chunker.Next(nil, decode(t, answerWithCalls))
	want := map[string]string{"x1": "c2ln", whole.Choices[0].Message.ToolCalls[1].ID: "bW9yZQ=="}
	if diff := cmp.Diff(want, whole.Signatures()); diff != "" {
		t.Error("whole", diff)
	}
	if diff := cmp.Diff(want, chunker.Signatures()); diff != "" {
		t.Error("streamed", diff)
	}
}

func TestChunkerTellsABrokenStreamFromAFinishedOne(t *testing.T) {
	c := openai.NewChunker(openai.Reply{ID: replyID}, false)
	if c.Finished() || c.Finish() != "" {
		t.Error("finished before it began")
	}
	c.Next(nil, decode(t, `{"candidates":[{"content":{"parts":[{"text":"A"}]}}],"usageMetadata":{"promptTokenCount":4,"totalTokenCount":4}}`))
	if c.Finished() || c.Finish() != "" {
		t.Error("finished in the middle")
	}
	c.Next(nil, decode(t, `{"candidates":[{"finishReason":"MAX_TOKENS"}]}`))
	if !c.Finished() || c.Finish() != "length" {
		t.Errorf("finished %v, %q", c.Finished(), c.Finish())
	}
	if usage := c.Usage(); usage.Prompt != 4 { // the last chunk said nothing of it
		t.Errorf("prompt tokens %d", usage.Prompt)
	}
}

func TestChunkerSaysNothingForAnEmptyChunk(t *testing.T) {
	c := openai.NewChunker(openai.Reply{ID: replyID}, false)
	for _, chunk := range []string{`{}`, `{"usageMetadata":{"promptTokenCount":4}}`, `{"candidates":[{"content":{"role":"model"}}]}`, `{"candidates":[{"content":{"parts":[{"text":""}]},"index":900}]}`} {
		if out := c.Next(nil, decode(t, chunk)); len(out) > 0 {
			t.Errorf("%s became %q", chunk, out)
		}
	}
}

func TestEstimateTokens(t *testing.T) {
	text := func(s string) *gemini.Request {
		return &gemini.Request{Contents: []gemini.Content{{Parts: []gemini.Part{{Text: s}}}}}
	}
	media := func(mime string, size int) *gemini.Request {
		return &gemini.Request{Contents: []gemini.Content{{Parts: []gemini.Part{{InlineData: &gemini.Blob{MIMEType: mime, Data: strings.Repeat("A", size/3*4)}}}}}}
	}
	tests := []struct {
		name     string
		request  *gemini.Request
		from, to int
	}{
		{"nothing", &gemini.Request{}, 1, 1},
		{"400 bytes of English", text(strings.Repeat("word", 100)), 100, 110},
		{"90 characters of Chinese", text(strings.Repeat("世", 90)), 60, 70},
		{"an image", media("image/png", 900_000), 258, 262},
		{"a minute of MP3", media("audio/mpeg", 960_000), 1900, 2100},
		{"ten seconds of film", media("video/mp4", 2_500_000), 2600, 3000},
		{"ten pages", media("application/pdf", 500_000), 2500, 2900},
	}
	for _, tt := range tests {
		if got := openai.EstimateTokens(tt.request); got < tt.from || got > tt.to {
			t.Errorf("%s: %d, want %d to %d", tt.name, got, tt.from, tt.to)
		}
	}
}

func TestModelList(t *testing.T) {
	list := openai.NewModelList([]string{"models/gemini-3.5-flash", "gemma-4-31b-it"}, 7)
	want := openai.ModelList{Object: "list", Data: []openai.Model{
		{ID: "gemini-3.5-flash", Object: "model", Created: 7, OwnedBy: "google"},
		{ID: "gemma-4-31b-it", Object: "model", Created: 7, OwnedBy: "google"},
	}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
}
