package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"gemini-proxy/backend/e2e/stack"
)

func TestEmbeddings(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	inputs := make([]string, 150) // more than Gemini takes at once
	for i := range inputs {
		inputs[i] = strings.Repeat("word ", i+1)
	}
	params := openai.EmbeddingNewParams{Model: "gemini-embedding-2", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: inputs}, Dimensions: openai.Int(256)}
	list, err := client.Embeddings.New(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Data) != len(inputs) || list.Usage.PromptTokens == 0 || list.Usage.TotalTokens != list.Usage.PromptTokens || list.Model != "gemini-embedding-2" {
		t.Fatalf("%d vectors, usage %s", len(list.Data), list.Usage.RawJSON())
	}
	for i, item := range list.Data {
		length := 0.0
		for _, v := range item.Embedding {
			length += v * v
		}
		if item.Index != int64(i) || len(item.Embedding) != 256 || length < 0.999 || length > 1.001 {
			t.Fatalf("vector %d has index %d, width %d and length %f", i, item.Index, len(item.Embedding), length)
		}
	}
	if n := s.Sim.Holding(t, "batchEmbedContents"); n != 2 {
		t.Errorf("%d calls of Gemini, want 2", n)
	}
	wantClean(t, s, s.Sim.Calls(t))

	params.Input = openai.EmbeddingNewParamsInputUnion{OfArrayOfTokens: []int64{1, 2, 3}}
	_, err = client.Embeddings.New(t.Context(), params)
	if fault := wantError(t, err, 400); fault.Param != "input[0]" {
		t.Errorf("the error is of %q", fault.Param)
	}
	params.Input, params.Model = openai.EmbeddingNewParamsInputUnion{OfString: openai.String("a")}, "text-embedding-3-small"
	_, err = client.Embeddings.New(t.Context(), params)
	if fault := wantError(t, err, 404); fault.Code != "model_not_found" {
		t.Errorf("the error has code %q", fault.Code)
	}
}

func TestImageEdits(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	pixel, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		t.Fatal(err)
	}
	params := func() openai.ImageEditParams {
		return openai.ImageEditParams{
			Prompt: "Paint both blue", Model: openai.ImageModelGPTImage1,
			Image: openai.ImageEditParamsImageUnion{OfFileArray: []io.Reader{
				openai.File(bytes.NewReader(pixel), "a.png", "image/png"), openai.File(bytes.NewReader(pixel), "b.png", "image/png"),
			}},
		}
	}
	images, err := client.Images.Edit(t.Context(), params())
	if err != nil || len(images.Data) != 1 || images.Data[0].B64JSON == "" {
		t.Fatalf("%+v, %v", images, err)
	}
	if sent := s.Sim.Generations(t); len(sent) != 1 || strings.Count(sent[0].Body, `"mimeType":"image/png"`) != 2 {
		t.Errorf("%+v", sent)
	}
	masked := params()
	masked.Mask = openai.File(bytes.NewReader(pixel), "mask.png", "image/png")
	_, err = client.Images.Edit(t.Context(), masked)
	if fault := wantError(t, err, 400); fault.Param != "mask" {
		t.Errorf("the error is of %q", fault.Param)
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := openai.ImageGenerateParams{Prompt: "A lighthouse", Model: openai.ImageModelGPTImage1_5, N: openai.Int(2), Size: "1536x1024", Quality: "high"}
	var headers http.Header
	images, err := client.Images.Generate(t.Context(), params, header(&headers))
	if err != nil {
		t.Fatal(err)
	}
	if len(images.Data) != 2 || images.OutputFormat != "png" || images.Usage.OutputTokens == 0 || headers.Get("X-Attempts") != "2" {
		t.Fatalf("%d images, %s attempts, usage %s", len(images.Data), headers.Get("X-Attempts"), images.Usage.RawJSON())
	}
	for _, item := range images.Data {
		raw, err := base64.StdEncoding.DecodeString(item.B64JSON)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
			t.Error(err)
		}
	}
	wantClean(t, s, s.Sim.Generations(t))

	s.Sim.Script(t, stack.Target{}, stack.Step{"do": "finish", "reason": "IMAGE_SAFETY"})
	params.N = openai.Int(1)
	_, err = client.Images.Generate(t.Context(), params)
	if fault := wantError(t, err, 400); fault.Code != "content_filter" {
		t.Errorf("the error has code %q", fault.Code)
	}
	params.ResponseFormat = "url"
	_, err = client.Images.Generate(t.Context(), params)
	if fault := wantError(t, err, 400); fault.Param != "response_format" {
		t.Errorf("the error is of %q", fault.Param)
	}
}

func TestSpeech(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	params := openai.AudioSpeechNewParams{
		Model: "gpt-4o-mini-tts", Input: "Hello there", Voice: openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")},
		Instructions: openai.String("Say it cheerfully"),
	}
	speak := func() (kind string, sound []byte) {
		t.Helper()
		response, err := client.Audio.Speech.New(t.Context(), params)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if sound, err = io.ReadAll(response.Body); err != nil {
			t.Fatal(err)
		}
		return response.Header.Get("Content-Type"), sound
	}
	kind, file := speak()
	params.ResponseFormat = openai.AudioSpeechNewParamsResponseFormatPCM
	kindRaw, samples := speak()
	if kind != "audio/wav" || kindRaw != "audio/pcm" || len(samples) == 0 || !bytes.HasPrefix(file, []byte("RIFF")) || !bytes.HasSuffix(file, samples) {
		t.Errorf("%s of %d bytes, %s of %d", kind, len(file), kindRaw, len(samples))
	}
	wantClean(t, s, s.Sim.Generations(t))
	params.ResponseFormat = openai.AudioSpeechNewParamsResponseFormatMP3
	_, err := client.Audio.Speech.New(t.Context(), params)
	if fault := wantError(t, err, 400); fault.Param != "response_format" || !strings.Contains(fault.Message, "wav") {
		t.Errorf("the error is of %q: %s", fault.Param, fault.Message)
	}
}

// recording is a second of silence as a WAV file, under a name that SDKs read the type from.
func recording() io.Reader {
	const rate = 16_000
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("RIFF"), 36+2*rate)
	out = le.AppendUint32(append(out, "WAVEfmt "...), 16)
	out = le.AppendUint16(le.AppendUint16(out, 1), 1)
	out = le.AppendUint32(le.AppendUint32(out, rate), 2*rate)
	out = le.AppendUint16(le.AppendUint16(out, 2), 16)
	out = le.AppendUint32(append(out, "data"...), 2*rate)
	return openai.File(bytes.NewReader(append(out, make([]byte, 2*rate)...)), "meeting.wav", "audio/wav")
}

func TestTranscriptions(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	client := newClient(s)
	t.Run("into English", func(t *testing.T) {
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "text", "text": "Good day."})
		translation, err := client.Audio.Translations.New(t.Context(), openai.AudioTranslationNewParams{Model: "whisper-1", File: recording()})
		if err != nil || translation.Text != "Good day." {
			t.Errorf("%+v, %v", translation, err)
		}
	})
	params := func() openai.AudioTranscriptionNewParams {
		return openai.AudioTranscriptionNewParams{Model: "whisper-1", File: recording(), Language: openai.String("en"), Prompt: openai.String("ZyntriQix")}
	}
	t.Run("json", func(t *testing.T) {
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "text", "text": "Hello there."})
		transcript, err := client.Audio.Transcriptions.New(t.Context(), params())
		if err != nil {
			t.Fatal(err)
		}
		if transcript.Text != "Hello there." || transcript.Usage.InputTokens == 0 {
			t.Errorf("%s", transcript.RawJSON())
		}
		wantClean(t, s, s.Sim.Generations(t))
	})
	t.Run("verbose", func(t *testing.T) {
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "text", "text": `{"language":"english","segments":[{"start":"00:00:00.250","end":"00:00:00.750","text":"Hello."}]}`})
		asked := params()
		asked.ResponseFormat, asked.TimestampGranularities = openai.AudioResponseFormatVerboseJSON, []string{"segment"}
		transcript, err := client.Audio.Transcriptions.New(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		verbose := transcript.AsTranscriptionVerbose()
		if verbose.Text != "Hello." || verbose.Duration != 1 || verbose.Language != "english" || len(verbose.Segments) != 1 || verbose.Segments[0].End != 0.75 {
			t.Errorf("%s", transcript.RawJSON())
		}
	})
	t.Run("srt", func(t *testing.T) {
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "text", "text": `{"language":"english","segments":[{"start":"0:00.250","end":"0:00.750","text":"Hello."}]}`})
		asked := params()
		asked.ResponseFormat = openai.AudioResponseFormatSRT
		var text string
		_, err := client.Audio.Transcriptions.New(t.Context(), asked, option.WithResponseBodyInto(&text))
		if err != nil || text != "1\n00:00:00,250 --> 00:00:00,750\nHello.\n\n" {
			t.Errorf("%q, %v", text, err)
		}
	})
	t.Run("stream", func(t *testing.T) {
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "chunks", "chunks": []string{"Hello", " there."}})
		stream := client.Audio.Transcriptions.NewStreaming(t.Context(), params())
		var said strings.Builder
		done := ""
		for stream.Next() {
			switch event := stream.Current(); event.Type {
			case "transcript.text.delta":
				said.WriteString(event.Delta)
			case "transcript.text.done":
				done = event.Text
			default:
				t.Errorf("event %s", event.RawJSON())
			}
		}
		if err := stream.Err(); err != nil || said.String() != "Hello there." || done != said.String() {
			t.Errorf("%q, %q, %v", said.String(), done, err)
		}
	})
	t.Run("stream cut off", func(t *testing.T) {
		s.Sim.Script(t, stack.Target{}, stack.Step{"do": "words", "n": 5, "cut_after": 2})
		stream := client.Audio.Transcriptions.NewStreaming(t.Context(), params())
		for stream.Next() {
			if stream.Current().Type == "transcript.text.done" {
				t.Error("a transcript that was cut off is said to be done")
			}
		}
		if stream.Err() == nil {
			t.Error("a transcript that was cut off ends without an error")
		}
	})
	t.Run("not audio", func(t *testing.T) {
		asked := params()
		asked.File = openai.File(strings.NewReader("just text"), "meeting.wav", "audio/wav")
		_, err := client.Audio.Transcriptions.New(t.Context(), asked)
		if fault := wantError(t, err, 400); fault.Param != "file" {
			t.Errorf("the error is of %q", fault.Param)
		}
		asked = params()
		asked.TimestampGranularities = []string{"word"}
		_, err = client.Audio.Transcriptions.New(t.Context(), asked)
		var fault *openai.Error
		if !errors.As(err, &fault) || fault.Param != "timestamp_granularities[]" {
			t.Errorf("%v", err)
		}
	})
}
