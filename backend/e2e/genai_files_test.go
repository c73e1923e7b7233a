package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"google.golang.org/genai"

	"gemini-proxy/backend/e2e/stack"
)

// TestGenAIFiles uploads a file of several chunks and asks about it: whole and streamed, then with a key of another project when the first is gone.
func TestGenAIFiles(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{SimFlags: []string{"--file-processing", "200ms"}})
	client := newGenAI(t, s)
	content := bytes.Repeat([]byte("A line of the long book.\n"), 1_000_000) // 25 MB: four chunks, and more than goes within a request
	path := filepath.Join(t.TempDir(), "book.txt")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := client.Files.UploadFromPath(t.Context(), path, &genai.UploadFileConfig{DisplayName: "a book", MIMEType: "text/plain"})
	if err != nil {
		t.Fatal(err)
	}
	if file.State != genai.FileStateActive || *file.SizeBytes != int64(len(content)) || file.DisplayName != "a book" || !strings.HasPrefix(file.URI, s.URL) {
		t.Errorf("%+v", file)
	}
	ask := []*genai.Content{genai.NewContentFromParts([]*genai.Part{genai.NewPartFromURI(file.URI, file.MIMEType), genai.NewPartFromText("What is it?")}, genai.RoleUser)}
	if answer, err := client.Models.GenerateContent(t.Context(), flash, ask, nil); err != nil || !strings.Contains(answer.Text(), "What is it?") {
		t.Fatalf("%v, %v", answer, err)
	}
	first := s.Sim.Generations(t)[0]
	s.Sim.SetKey(t, first.Key, "leaked")
	var text strings.Builder
	for chunk, err := range client.Models.GenerateContentStream(t.Context(), flash, ask, nil) {
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(chunk.Text())
	}
	calls := s.Sim.Generations(t)
	if last := calls[len(calls)-1]; !strings.Contains(text.String(), "What is it?") || last.Project == first.Project {
		t.Errorf("%q from project %s, as before", text.String(), last.Project)
	}
	if count, err := client.Models.CountTokens(t.Context(), flash, ask, nil); err != nil || count.TotalTokens == 0 {
		t.Errorf("%+v, %v", count, err)
	}
	s.Sim.Advance(t, 49*time.Hour) // Gemini has forgotten its copies
	if answer, err := client.Models.GenerateContent(t.Context(), flash, ask, nil); err != nil || !strings.Contains(answer.Text(), "What is it?") {
		t.Errorf("two days later: %v, %v", answer, err)
	}
	small, err := client.Files.Upload(t.Context(), strings.NewReader("a small note"), &genai.UploadFileConfig{MIMEType: "text/plain", Name: "files/note"})
	if err != nil || small.Name != "files/note" {
		t.Fatalf("%+v, %v", small, err)
	}
	var names []string
	for file, err := range client.Files.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, file.Name)
	}
	if len(names) != 2 || names[0] != "files/note" || names[1] != file.Name {
		t.Errorf("listed %v", names)
	}
	if got, err := client.Files.Get(t.Context(), file.Name, nil); err != nil || got.URI != file.URI || got.Sha256Hash != file.Sha256Hash {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := client.Files.Delete(t.Context(), file.Name, nil); err != nil {
		t.Error(err)
	}
	if _, err := client.Models.GenerateContent(t.Context(), flash, ask, nil); err == nil {
		t.Error("a deleted file was used")
	}
	wantClean(t, s, s.Sim.Generations(t))
}

func TestGenAICaches(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newGenAI(t, s)
	cache, err := client.Caches.Create(t.Context(), flash, &genai.CreateCachedContentConfig{
		Contents: genai.Text("A long book."), TTL: 10 * time.Minute, DisplayName: "book",
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		answer, err := client.Models.GenerateContent(t.Context(), flash, genai.Text("What is it?"), &genai.GenerateContentConfig{CachedContent: cache.Name})
		if err != nil || answer.UsageMetadata.CachedContentTokenCount == 0 {
			t.Fatalf("%+v, %v", answer, err)
		}
	}
	for range 5 {
		params := openai.ChatCompletionNewParams{Model: flash, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("What is it?")}}
		params.SetExtraFields(map[string]any{"extra_body": map[string]any{"google": map[string]any{"cached_content": cache.Name}}})
		chatter := newClient(s)
		chat, err := chatter.Chat.Completions.New(t.Context(), params)
		if err != nil || chat.Usage.PromptTokensDetails.CachedTokens == 0 {
			t.Fatalf("%+v, %v", chat, err)
		}
	}
	longer, err := client.Caches.Update(t.Context(), cache.Name, &genai.UpdateCachedContentConfig{TTL: time.Hour})
	if err != nil || !longer.ExpireTime.After(cache.ExpireTime) {
		t.Errorf("%+v, %v", longer, err)
	}
	listed := 0
	for item, err := range client.Caches.All(t.Context()) {
		if listed++; err != nil || item.Name != cache.Name || item.DisplayName != "book" {
			t.Errorf("%+v, %v", item, err)
		}
	}
	if _, err := client.Caches.Delete(t.Context(), cache.Name, nil); err != nil || listed != 1 {
		t.Errorf("%d listed, %v", listed, err)
	}
	if _, err := client.Caches.Get(t.Context(), cache.Name, nil); err == nil {
		t.Error("a deleted cache was found")
	}
	for _, call := range s.Sim.Calls(t) {
		if call.Project != s.Sim.Calls(t)[0].Project {
			t.Errorf("%s of project %s", call.Method, call.Project)
		}
	}
}

func TestGenAIBatches(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newGenAI(t, s)
	job, err := client.Batches.Create(t.Context(), flash, &genai.BatchJobSource{InlinedRequests: []*genai.InlinedRequest{
		{Contents: genai.Text("one")}, {Contents: genai.Text("two")},
	}}, &genai.CreateBatchJobConfig{DisplayName: "nightly"})
	if err != nil || job.State != genai.JobStatePending {
		t.Fatalf("%+v, %v", job, err)
	}
	s.Sim.Advance(t, time.Minute)
	done, err := client.Batches.Get(t.Context(), job.Name, nil)
	if err != nil || done.State != genai.JobStateSucceeded || len(done.Dest.InlinedResponses) != 2 || done.Dest.InlinedResponses[1].Response.Text() != flash+" heard: two" {
		t.Errorf("%+v, %v", done, err)
	}
	listed := 0
	for item, err := range client.Batches.All(t.Context()) {
		if listed++; err != nil || item.Name != job.Name || item.DisplayName != "nightly" {
			t.Errorf("%+v, %v", item, err)
		}
	}
	if err := client.Batches.Cancel(t.Context(), job.Name, nil); err != nil || listed != 1 {
		t.Errorf("%d listed, %v", listed, err)
	}
	if _, err := client.Batches.Delete(t.Context(), job.Name, nil); err != nil {
		t.Error(err)
	}
}

func TestGenAIVideos(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newGenAI(t, s)
	operation, err := client.Models.GenerateVideos(t.Context(), "veo-3.1-generate-preview", "a cat", nil, nil)
	if err != nil || operation.Done {
		t.Fatalf("%+v, %v", operation, err)
	}
	s.Sim.Advance(t, time.Minute)
	if operation, err = client.Operations.GetVideosOperation(t.Context(), operation, nil); err != nil || !operation.Done {
		t.Fatalf("%+v, %v", operation, err)
	}
	film := operation.Response.GeneratedVideos[0].Video
	data, err := client.Files.Download(t.Context(), genai.NewDownloadURIFromVideo(film), nil)
	if err != nil || string(data) != "FAKE film: a cat" {
		t.Errorf("%q, %v", data, err)
	}
}
