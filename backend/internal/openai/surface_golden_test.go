package openai_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/openaispec"
)

// TestSurfaceGolden walks the cases of the APIs other than the chat's, which their folders' names begin with: asked.json becomes sent.json,
// came.json becomes answered.json or answered.txt, and came.jsonl, the chunks of a stream, answered.jsonl.
func TestSurfaceGolden(t *testing.T) {
	spec := published(t)
	kinds := map[string]func(t *testing.T, spec *openaispec.Spec, dir string){
		"embedding_": goldenEmbedding, "images_": goldenImages, "speech_": goldenSpeech, "transcription_": goldenTranscription,
		"translation_": goldenTranscription, "imageedit_": goldenImageEdit, "response_": goldenResponse,
	}
	cases, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, entry := range cases {
		for prefix, golden := range kinds {
			if strings.HasPrefix(entry.Name(), prefix) {
				count++
				t.Run(entry.Name(), func(t *testing.T) { golden(t, spec, filepath.Join("testdata", entry.Name())) })
			}
		}
	}
	if count < 25 {
		t.Errorf("only %d cases", count)
	}
}

func goldenEmbedding(t *testing.T, spec *openaispec.Spec, dir string) {
	asked, _ := read(t, dir, "asked.json")
	request, err := openai.ParseEmbedding(asked)
	if err != nil {
		t.Fatal(err)
	}
	batches := request.Batches(openai.BareModel(request.Model))
	compare(t, dir, "sent.json", indent(t, batches[0].Request.Body().Bytes()))
	came, has := read(t, dir, "came.json")
	if !has {
		return
	}
	answer, err := gemini.DecodeEmbeddings(came)
	if err != nil {
		t.Fatal(err)
	}
	list := request.List(batches, []*gemini.Embeddings{answer})
	written := list.AppendHead(nil)
	for i := range list.Vectors {
		written = list.AppendVector(written, i)
	}
	written = list.AppendTail(written)
	if !bytes.Contains(asked, []byte(`"base64"`)) { // a form that OpenAI's description does not know
		wantFits(t, spec, openaispec.Embeddings, written)
	}
	compare(t, dir, "answered.json", indent(t, written))
}

func goldenImages(t *testing.T, spec *openaispec.Spec, dir string) {
	asked, _ := read(t, dir, "asked.json")
	request, err := openai.ParseImage(asked)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := request.ToGemini()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, dir, "sent.json", indent(t, sent.Body().Bytes()))
	came, has := read(t, dir, "came.json")
	if !has {
		return
	}
	list, err := openai.NewImageList(replyCreated, answers(t, came))
	compareAnswer(t, dir, err, func() []byte {
		written := list.AppendJSON(nil)
		wantFits(t, spec, openaispec.Images, written)
		return indent(t, written)
	}, "answered.json")
}

// goldenImageEdit sends two images, the first of them a GIF, with the fields of asked.json.
func goldenImageEdit(t *testing.T, spec *openaispec.Spec, dir string) {
	asked, _ := read(t, dir, "asked.json")
	var fields map[string]string
	if err := json.Unmarshal(asked, &fields); err != nil {
		t.Fatal(err)
	}
	kind, body := imageForm(t, fields, onePixel(t, "gif"), onePixel(t, "png"))
	request, err := openai.ParseImageEdit(kind, body)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := request.ToGemini()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, dir, "sent.json", indent(t, sent.Body().Bytes()))
	came, _ := read(t, dir, "came.json")
	list, err := openai.NewImageList(replyCreated, answers(t, came))
	if err != nil {
		t.Fatal(err)
	}
	written := list.AppendJSON(nil)
	wantFits(t, spec, openaispec.Images, written)
	compare(t, dir, "answered.json", indent(t, written))
}

func goldenResponse(t *testing.T, spec *openaispec.Spec, dir string) {
	asked, _ := read(t, dir, "asked.json")
	request, err := openai.ParseResponse(asked)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := openai.ToGemini(request.Chat, openai.Options{
		Model: openai.BareModel(request.Chat.Model), Files: map[string]gemini.FileData{"file-1": {MIMEType: "application/pdf", FileURI: "gemini-proxy:file-1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, dir, "sent.json", indent(t, sent.Body().Bytes()))
	said := openai.NewResponseStream(request, request.Chat.Reply("resp_0001", replyCreated))
	if came, has := read(t, dir, "came.json"); has {
		said.Next(nil, answer(t, came))
		written := said.Response(nil)
		wantFits(t, spec, openaispec.Response, written)
		compare(t, dir, "answered.json", indent(t, written))
		return
	}
	chunks, has := read(t, dir, "came.jsonl")
	if !has {
		return
	}
	var events []byte
	for line := range bytes.Lines(chunks) {
		events = said.Next(events, answer(t, line))
	}
	events = said.End(events)
	if err := spec.CheckResponseEvents(events, true); err != nil {
		t.Error(err)
	}
	compare(t, dir, "answered.txt", events)
}

// onePixel gives an image of one pixel.
func onePixel(t testing.TB, kind string) []byte {
	t.Helper()
	data := map[string]string{
		"gif": "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
		"png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
	}[kind]
	file, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(file) == 0 {
		t.Fatalf("%s: %v", kind, err)
	}
	return file
}

// imageForm makes a multipart form with images in it, and gives its media type.
func imageForm(t testing.TB, fields map[string]string, images ...[]byte) (contentType string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, image := range images {
		part, err := w.CreateFormFile("image[]", "a.bin")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(image); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.Bytes()
}

// answers reads a list of Gemini's answers.
func answers(t *testing.T, text []byte) []*gemini.Response {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	list := make([]*gemini.Response, len(raw))
	for i := range raw {
		list[i] = answer(t, raw[i])
	}
	return list
}

func answer(t *testing.T, text []byte) *gemini.Response {
	t.Helper()
	decoded, err := gemini.DecodeResponse(text)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// compareAnswer compares an answer, or the error there is instead.
func compareAnswer(t *testing.T, dir string, err error, written func() []byte, name string) {
	t.Helper()
	if err != nil {
		compare(t, dir, "refused.txt", []byte(err.Error()+"\n"))
		return
	}
	compare(t, dir, name, written())
}

func goldenSpeech(t *testing.T, spec *openaispec.Spec, dir string) {
	asked, _ := read(t, dir, "asked.json")
	request, err := openai.ParseSpeech(asked)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, dir, "sent.json", indent(t, request.ToGemini().Body().Bytes()))
	if came, has := read(t, dir, "came.json"); has {
		sound, mime, err := request.Sound(answer(t, came))
		compareAnswer(t, dir, err, func() []byte { return hexDump(mime, sound) }, "answered.txt")
	}
}

func goldenTranscription(t *testing.T, spec *openaispec.Spec, dir string) {
	asked, _ := read(t, dir, "asked.json")
	var fields map[string]string
	if err := json.Unmarshal(asked, &fields); err != nil {
		t.Fatal(err)
	}
	kind, body := form(t, fields, wav(24_000))
	parse := openai.ParseTranscription
	if strings.HasPrefix(filepath.Base(dir), "translation_") {
		parse = openai.ParseTranslation
	}
	request, err := parse(kind, body)
	if err != nil {
		t.Fatal(err)
	}
	translated := request.ToGemini()
	translated.Contents[0].Parts[1].InlineData.Data = translated.Contents[0].Parts[1].InlineData.Data[:16] // its head; TestRecording sees to the rest
	compare(t, dir, "sent.json", indent(t, translated.Body().Bytes()))
	if came, has := read(t, dir, "came.json"); has {
		transcript, err := request.Transcript(answer(t, came))
		compareAnswer(t, dir, err, func() []byte {
			document, mime := request.Answer(transcript)
			switch {
			case mime == "application/json" && fields["response_format"] == "verbose_json":
				wantFits(t, spec, openaispec.VerboseScript, document)
			case mime == "application/json":
				wantFits(t, spec, openaispec.Transcript, document)
			}
			return document
		}, "answered.txt")
	}
	if chunks, has := read(t, dir, "came.jsonl"); has {
		events := transcribe(t, chunks)
		if err := spec.CheckEvents(openaispec.ScriptEvent, events, true); err != nil {
			t.Error(err)
		}
		compare(t, dir, "answered.jsonl", dataOf(t, events))
	}
}

// transcribe gives a stream's events.
func transcribe(t *testing.T, chunks []byte) []byte {
	t.Helper()
	var transcriber openai.Transcriber
	var out []byte
	for line := range bytes.Lines(chunks) {
		chunk := answer(t, line)
		if err := transcriber.Fault(chunk); err != nil {
			t.Fatal(err)
		}
		out = transcriber.Next(out, chunk)
	}
	return transcriber.End(out)
}

// form makes a multipart form with a file in it, and gives its media type.
func form(t testing.TB, fields map[string]string, file []byte) (contentType string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file != nil {
		part, err := w.CreateFormFile("file", `a "strange" näme.txt`)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.Bytes()
}
