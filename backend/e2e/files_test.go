package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/e2e/stack"
)

// document gives n bytes that are a PDF as far as the first of them tell, others for each seed. They come round again after a length that no
// chunk's is a multiple of, so that each of a file's chunks differs.
func document(seed byte, n int64) io.Reader {
	const head, length = "%PDF-1.7\n", 1_000_003
	noise := make([]byte, length)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(noise) // it never fails
	return io.MultiReader(strings.NewReader(head), io.LimitReader(&round{noise: noise}, n-int64(len(head))))
}

// round reads the same bytes again and again.
type round struct {
	noise []byte
	at    int
}

func (r *round) Read(p []byte) (int, error) {
	n := copy(p, r.noise[r.at:])
	r.at = (r.at + n) % len(r.noise)
	return n, nil
}

func sumOf(from io.Reader) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, from)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// sendFile uploads bytes as they come, holding none of them, and gives the file's id.
func sendFile(t *testing.T, s *stack.Stack, from io.Reader) (string, error) {
	t.Helper()
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() { // ends when the request's body is closed
		err := form.WriteField("purpose", "user_data")
		if err == nil {
			var part io.Writer
			if part, err = form.CreateFormFile("file", "large.pdf"); err == nil {
				_, err = io.Copy(part, from)
			}
		}
		write.CloseWithError(errors.Join(err, form.Close()))
	}()
	answer, err := send(t, s, http.MethodPost, "/v1/files", form.FormDataContentType(), read)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var made struct{ ID string }
	return made.ID, json.NewDecoder(answer.Body).Decode(&made)
}

// send makes a request and wants an answer of status 200.
func send(t *testing.T, s *stack.Stack, method, path, contentType string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.UserKey)
	request.Header.Set("Content-Type", contentType)
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		text, err := io.ReadAll(answer.Body)
		return nil, errors.Join(fmt.Errorf("status %d: %s", answer.StatusCode, text), err, answer.Body.Close())
	}
	return answer, nil
}

// TestLargeUploadsAreNotHeld uploads ten files of 100 MB at once, and reads them back after the server was killed. It is not run beside others,
// whose time it would take.
func TestLargeUploadsAreNotHeld(t *testing.T) {
	const each, many, most = 100_000_000, 10, 64 << 20
	s := stack.Start(t, stack.Config{})
	s.Admin.Set(t, map[string]any{"files": map[string]any{"total_bytes": 2 << 30}})
	s.Stop(t) // logging in took memory that what follows would find free
	s.Start(t)
	before, _ := s.Memory(t)
	s.ForgetPeak(t)
	var ids [many]string
	var group errgroup.Group
	for i := range ids {
		group.Go(func() (err error) {
			ids[i], err = sendFile(t, s, document(byte(i), each))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	_, peak := s.Memory(t)
	t.Logf("resident before: %.1f MB, at most while %d × %d MB came at once: %.1f MB", float64(before)/1e6, many, each/1_000_000, float64(peak)/1e6)
	if grown := peak - before; grown >= most {
		t.Errorf("grew by %.1f MB", float64(grown)/1e6)
	}
	s.Kill(t)
	s.Start(t)
	group.SetLimit(2)
	for i, id := range ids {
		group.Go(func() error {
			want, err := sumOf(document(byte(i), each))
			if err != nil {
				return err
			}
			answer, err := send(t, s, http.MethodGet, "/v1/files/"+id+"/content", "", http.NoBody)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			if got, err := sumOf(answer.Body); err != nil || got != want {
				t.Errorf("file %d came back as other bytes: %v", i, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// TestInlineFilesAreNotHeld asks twenty chats at once, each with a file of 19 MB within its request.
func TestInlineFilesAreNotHeld(t *testing.T) {
	const each, many, most = 19_000_000, 20, 300 << 20
	s := stack.Start(t, stack.Config{})
	var ids [2]string
	for i := range ids {
		id, err := sendFile(t, s, document(byte(i), each))
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	s.ForgetPeak(t)
	client := newClient(s)
	var group errgroup.Group
	for i := range many {
		group.Go(func() error {
			_, err := client.Chat.Completions.New(t.Context(), askAbout(flash, ids[i%len(ids)]))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	_, peak := s.Memory(t)
	t.Logf("resident at most while %d chats sent %d MB each: %.1f MB", many, each/1_000_000, float64(peak)/1e6)
	if peak >= most {
		t.Errorf("%.1f MB were resident", float64(peak)/1e6)
	}
	if calls := s.Sim.Generations(t); len(calls) != many || !strings.Contains(calls[0].Body, `"inlineData"`) {
		t.Errorf("%d calls: %.200s", len(calls), calls[0].Body)
	}
}

// askAbout is a chat that names files.
func askAbout(model string, ids ...string) openai.ChatCompletionNewParams {
	parts := []openai.ChatCompletionContentPartUnionParam{openai.TextContentPart("What is in it?")}
	for _, id := range ids {
		parts = append(parts, openai.FileContentPart(openai.ChatCompletionContentPartFileFileParam{FileID: openai.String(id)}))
	}
	return openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(parts)}}
}

func TestOpenAIFiles(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{Projects: stack.Projects(3, 1), SimFlags: []string{"-file-processing=200ms"}})
	s.Admin.Set(t, map[string]any{"files": map[string]any{"inline_bytes": 1 << 20}})
	client := newClient(s)
	upload := func(n int64) *openai.FileObject {
		t.Helper()
		made, err := client.Files.New(t.Context(), openai.FileNewParams{
			File: openai.File(document(1, n), "report.pdf", "application/pdf"), Purpose: openai.FilePurposeUserData,
			ExpiresAfter: openai.FileNewParamsExpiresAfter{Seconds: 7200},
		})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	small, large := upload(1000), upload(3<<20)
	if small.Bytes != 1000 || small.Filename != "report.pdf" || small.Purpose != "user_data" || small.ExpiresAt-small.CreatedAt != 7200 {
		t.Errorf("%s", small.RawJSON())
	}
	if got, err := client.Files.Get(t.Context(), large.ID); err != nil || got.ID != large.ID || got.Bytes != 3<<20 {
		t.Errorf("%+v, %v", got, err)
	}
	var listed []string
	for pager := client.Files.ListAutoPaging(t.Context(), openai.FileListParams{Limit: openai.Int(1)}); pager.Next(); {
		listed = append(listed, pager.Current().ID)
	}
	if len(listed) != 2 || listed[0] != large.ID || listed[1] != small.ID {
		t.Errorf("listed %v", listed)
	}
	content, err := client.Files.Content(t.Context(), large.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Body.Close()
	want, _ := io.ReadAll(document(1, 3<<20))
	if got, err := io.ReadAll(content.Body); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	// Two files in one chat, the larger by a copy; then on every key, though the one that made it dies.
	chat(t, client, askAbout(flash, small.ID, large.ID))
	first := s.Sim.Generations(t)[0]
	if !strings.Contains(first.Body, `"inlineData"`) || !strings.Contains(first.Body, `"fileData"`) {
		t.Errorf("%.300s", first.Body)
	}
	s.Sim.SetKey(t, first.Key, "leaked")
	for range 3 {
		chat(t, client, askAbout(flash, small.ID, large.ID))
	}
	s.Sim.Advance(t, 49*time.Hour) // Gemini has forgotten its copies
	chat(t, client, askAbout(flash, small.ID, large.ID))
	s.Stop(t)
	s.Start(t)
	chat(t, client, askAbout(flash, small.ID, large.ID))
	if got, err := client.Files.Delete(t.Context(), large.ID); err != nil || !got.Deleted || got.ID != large.ID {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = client.Files.Get(t.Context(), large.ID)
	wantError(t, err, http.StatusNotFound)
	refused(t, client, askAbout(flash, large.ID), http.StatusNotFound)
	wantClean(t, s, s.Sim.Calls(t))
}
