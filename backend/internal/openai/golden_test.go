package openai_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/openaispec"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the code gives")

const (
	replyID      = "chatcmpl-0001"
	replyCreated = 1793900000
	plainRequest = `{"model":"gemini-3.5-flash","messages":[{"role":"user","content":"Hello"}]}`
)

// fixture is what a case hands in beside the request: options.json.
type fixture struct {
	Links      map[string]gemini.Blob
	Files      map[string]gemini.FileData
	Signatures map[string]string
}

// TestGolden walks testdata: each folder is a case. request.openai.json becomes request.gemini.json, reply.gemini.json becomes
// reply.openai.json, stream.gemini.jsonl becomes stream.openai.jsonl; a case may hold any of the three. "-update" rewrites the right sides.
func TestGolden(t *testing.T) {
	cases, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	spec := published(t)
	count := 0
	for _, entry := range cases {
		if !entry.IsDir() || entry.Name() == "fuzz" {
			continue
		}
		count++
		t.Run(entry.Name(), func(t *testing.T) { golden(t, spec, filepath.Join("testdata", entry.Name())) })
	}
	if count < 150 {
		t.Errorf("only %d cases", count)
	}
}

func golden(t *testing.T, spec *openaispec.Spec, dir string) {
	written, hasRequest := read(t, dir, "request.openai.json")
	if !hasRequest {
		written = []byte(plainRequest)
	}
	request, err := openai.ParseChat(written)
	if err != nil {
		t.Fatal(err)
	}
	if hasRequest {
		compare(t, dir, "request.gemini.json", indent(t, toGemini(t, dir, request)))
	}
	if answer, has := read(t, dir, "reply.gemini.json"); has {
		answered := reply(t, request, answer)
		wantFits(t, spec, openaispec.Completion, answered)
		compare(t, dir, "reply.openai.json", indent(t, answered))
	}
	if chunks, has := read(t, dir, "stream.gemini.jsonl"); has {
		events := stream(t, request, chunks)
		if err := spec.CheckEvents(openaispec.Chunk, events, true); err != nil {
			t.Error(err)
		}
		compare(t, dir, "stream.openai.jsonl", dataOf(t, events))
	}
}

func toGemini(t *testing.T, dir string, request *openai.ChatRequest) []byte {
	t.Helper()
	o := openai.Options{Model: openai.BareModel(request.Model)}
	if text, has := read(t, dir, "options.json"); has {
		var f fixture
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		o.Links, o.Files, o.Signatures = f.Links, f.Files, f.Signatures
	}
	out, err := openai.ToGemini(request, o)
	if err != nil {
		t.Fatal(err)
	}
	return out.Body().Bytes()
}

func reply(t *testing.T, request *openai.ChatRequest, answer []byte) []byte {
	t.Helper()
	decoded, err := gemini.DecodeResponse(answer)
	if err != nil {
		t.Fatal(err)
	}
	c := openai.FromGemini(decoded, request.Reply(replyID, replyCreated))
	if c.Usage.Prompt+c.Usage.Completion != c.Usage.Total {
		t.Errorf("usage does not add up: %+v", c.Usage)
	}
	return c.AppendJSON(nil)
}

// stream gives the events.
func stream(t *testing.T, request *openai.ChatRequest, chunks []byte) []byte {
	t.Helper()
	c := openai.NewChunker(request.Reply(replyID, replyCreated), request.IncludeUsage)
	var out []byte
	for line := range bytes.Lines(chunks) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		chunk, err := gemini.DecodeResponse(line)
		if err != nil {
			t.Fatal(err)
		}
		out = c.Next(out, chunk)
	}
	if !c.Finished() {
		t.Error("the stream is not finished")
	}
	return c.End(out)
}

// dataOf gives the data of events, one a line.
func dataOf(t *testing.T, events []byte) []byte {
	t.Helper()
	var lines []byte
	for event := range strings.SplitSeq(strings.TrimSuffix(string(events), "\n\n"), "\n\n") {
		data, isData := strings.CutPrefix(event, "data: ")
		if !isData || strings.Contains(data, "\n") {
			t.Fatalf("malformed event %q", event)
		}
		if data != "[DONE]" && !json.Valid([]byte(data)) {
			t.Fatalf("event is not JSON: %s", data)
		}
		lines = append(append(lines, data...), '\n')
	}
	return lines
}

func read(t *testing.T, dir, name string) ([]byte, bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return text, true
}

func compare(t *testing.T, dir, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join(dir, name), got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, _ := read(t, dir, name)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func indent(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	out.WriteByte('\n')
	return out.Bytes()
}
