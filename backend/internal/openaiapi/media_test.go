package openaiapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

type imageAnswer struct {
	Created int64
	Data    []struct {
		B64 string `json:"b64_json"`
	}
	Format string `json:"output_format"`
	Usage  struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
		Total  int `json:"total_tokens"`
	}
}

func TestImages(t *testing.T) {
	s := newSurface(t, 3)
	got := decode[imageAnswer](t, s.json(t, "/v1/images/generations", `{"model":"gpt-image-1","prompt":"A lighthouse","n":3,"size":"1024x1536"}`))
	if len(got.Data) != 3 || got.Created == 0 || got.Format != "png" || got.Usage.Total != got.Usage.Input+got.Usage.Output || got.Usage.Output == 0 {
		t.Fatalf("%d images: %+v", len(got.Data), got.Usage)
	}
	for _, item := range got.Data {
		raw, err := base64.StdEncoding.DecodeString(item.B64)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
			t.Error(err)
		}
	}
	for _, r := range s.wantSent(t, 3) {
		if r.Model != "gemini-3.1-flash-image" || !strings.Contains(r.Body, `"imageConfig":{"aspectRatio":"2:3"}`) {
			t.Errorf("%s was sent %s", r.Model, r.Body)
		}
	}
	s.wantEvent(t, "images", http.StatusOK, "ok", "ok", "ok")
}

// TestSomeImages wants the images that came where others did not: they are paid for.
func TestSomeImages(t *testing.T) {
	for name, bad := range map[string]geminisim.Step{
		"one refused":    geminisim.Finish("IMAGE_SAFETY"),
		"one impossible": geminisim.Raw(400, `{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSurface(t, 3)
			s.sim.Script(geminisim.Target{}, bad)
			if got := decode[imageAnswer](t, s.json(t, "/v1/images/generations", `{"prompt":"A lighthouse","n":3}`)); len(got.Data) != 2 {
				t.Errorf("%d images, want 2", len(got.Data))
			}
			s.wantSent(t, 3)
		})
	}
}

// TestWordsInsteadOfMedia wants an answer without what was asked for to be tried again, unseen.
func TestWordsInsteadOfMedia(t *testing.T) {
	t.Run("image", func(t *testing.T) {
		s := newSurface(t, 3)
		s.sim.Script(geminisim.Target{}, geminisim.Text("I would rather not."))
		decode[imageAnswer](t, s.json(t, "/v1/images/generations", `{"prompt":"A lighthouse"}`))
		s.wantEvent(t, "images", http.StatusOK, "malformed", "ok")
	})
	t.Run("speech", func(t *testing.T) {
		s := newSurface(t, 3)
		s.sim.Script(geminisim.Target{}, geminisim.Text("Hello yourself."))
		if r := s.json(t, "/v1/audio/speech", `{"model":"tts-1","input":"Hello"}`); r.status != http.StatusOK || !strings.HasPrefix(r.body, "RIFF") {
			t.Errorf("%d %.40q", r.status, r.body)
		}
		s.wantEvent(t, "speech", http.StatusOK, "malformed", "ok")
	})
	t.Run("transcript", func(t *testing.T) {
		s := newSurface(t, 3)
		s.sim.Script(geminisim.Target{}, geminisim.Text("It says hello."), geminisim.Text(twoSegments))
		kind, body := recordingForm(t, map[string]string{"model": "whisper-1", "response_format": "srt"}, soundFile(48_000))
		if r := s.post(t, "/v1/audio/transcriptions", kind, body); r.status != http.StatusOK || !strings.HasPrefix(r.body, "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n") {
			t.Errorf("%d %s", r.status, r.body)
		}
		s.wantEvent(t, "transcriptions", http.StatusOK, "malformed", "ok")
	})
}

// TestSpeech asks a model that gives bare samples and one that gives WAV for both: the samples are the same.
func TestSpeech(t *testing.T) {
	s := newSurface(t, 3)
	sounds := map[string]string{}
	for _, model := range []string{"gemini-3.1-flash-tts-preview", "gemini-3.8-flash-tts"} {
		for _, format := range []string{"", "wav", "pcm"} {
			body := `{"model":"` + model + `","input":"Hello there, you","voice":"alloy","instructions":"Say it warmly"`
			if format != "" {
				body += `,"response_format":"` + format + `"`
			}
			r := s.json(t, "/v1/audio/speech", body+`}`)
			want := "audio/wav"
			if format == "pcm" {
				want = "audio/pcm"
			}
			if r.status != http.StatusOK || r.header.Get("Content-Type") != want || r.header.Get("X-Attempts") != "1" {
				t.Fatalf("%s as %s: %d %s, %.200s", model, format, r.status, r.header.Get("Content-Type"), r.body)
			}
			sounds[model+format] = r.body
		}
		samples := sounds[model+"pcm"]
		for _, format := range []string{"", "wav"} {
			if file := sounds[model+format]; len(samples) == 0 || len(file) != 44+len(samples) || file[:4] != "RIFF" || file[44:] != samples ||
				int(binary.LittleEndian.Uint32([]byte(file[40:]))) != len(samples) || binary.LittleEndian.Uint32([]byte(file[24:])) != 24_000 {
				t.Errorf("%s: the file of %d bytes is not that of the %d samples", model, len(file), len(samples))
			}
		}
	}
	for _, r := range s.wantSent(t, 6) {
		if !strings.Contains(r.Body, `"voiceName":"Kore"`) || !strings.Contains(r.Body, `"Say it warmly:\n\nHello there, you"`) {
			t.Errorf("sent %s", r.Body)
		}
	}
}

const twoSegments = `{"language":"English","segments":[{"start":"00:00.000","end":"00:01.500","text":"Hello."},{"start":"00:01.500","end":"00:02.000","text":"Bye."}]}`

// soundFile is a WAV file of so many silent samples at 24 kHz.
func soundFile(samples int) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("RIFF"), uint32(36+2*samples))
	out = le.AppendUint32(append(out, "WAVEfmt "...), 16)
	out = le.AppendUint16(le.AppendUint16(out, 1), 1)
	out = le.AppendUint32(le.AppendUint32(out, 24_000), 48_000)
	out = le.AppendUint16(le.AppendUint16(out, 2), 16)
	out = le.AppendUint32(append(out, "data"...), uint32(2*samples))
	return append(out, make([]byte, 2*samples)...)
}

func recordingForm(t *testing.T, fields map[string]string, file []byte) (contentType string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	part, err := w.CreateFormFile("file", "recording.bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.Bytes()
}

func TestTranscriptionFormats(t *testing.T) {
	tests := map[string]struct {
		said        string
		kind, wants string
	}{
		"json":         {"Hello. Bye.\n", "application/json", `{"text":"Hello. Bye.","usage":{"type":"tokens",`},
		"text":         {"Hello. Bye.\n", "text/plain; charset=utf-8", "Hello. Bye.\n"},
		"srt":          {twoSegments, "text/plain; charset=utf-8", "2\n00:00:01,500 --> 00:00:02,000\nBye.\n\n"},
		"vtt":          {twoSegments, "text/vtt; charset=utf-8", "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.\n\n"},
		"verbose_json": {twoSegments, "application/json", `"task":"transcribe","language":"english","duration":2,"text":"Hello. Bye.","segments":[{"id":0,"seek":0,"start":0,"end":1.5,"text":"Hello.",`},
	}
	for format, tc := range tests {
		t.Run(format, func(t *testing.T) {
			s := newSurface(t, 2)
			s.sim.Script(geminisim.Target{}, geminisim.Text(tc.said))
			kind, body := recordingForm(t, map[string]string{"model": "gpt-4o-transcribe", "response_format": format, "language": "en"}, soundFile(48_000))
			r := s.post(t, "/v1/audio/transcriptions", kind, body)
			if r.status != http.StatusOK || r.header.Get("Content-Type") != tc.kind || !strings.Contains(r.body, tc.wants) {
				t.Errorf("%d %s: %s", r.status, r.header.Get("Content-Type"), r.body)
			}
			sent := s.wantSent(t, 1)[0]
			if sent.Model != "gemini-3.5-flash-lite" || !sent.Contains(`"mimeType":"audio/wav"`) || sent.BytesIn < 128_000 {
				t.Errorf("%s was sent %d bytes", sent.Model, sent.BytesIn)
			}
			if e := s.wantEvent(t, "transcriptions", http.StatusOK, "ok"); e.InputTokens == 0 || e.OutputTokens == 0 {
				t.Errorf("recorded %+v", e)
			}
		})
	}
}

func TestTranscriptionStream(t *testing.T) {
	kind, body := recordingForm(t, map[string]string{"model": "whisper-1", "stream": "true"}, soundFile(2400))
	t.Run("whole", func(t *testing.T) {
		s := newSurface(t, 2)
		s.sim.Script(geminisim.Target{}, geminisim.TextChunks("Hello", " there.", "\n"))
		r := s.post(t, "/v1/audio/transcriptions", kind, body)
		events := strings.Split(strings.TrimSuffix(r.body, "\n\n"), "\n\n")
		if r.status != http.StatusOK || len(events) != 4 || events[3] != "data: [DONE]" {
			t.Fatalf("%d %q", r.status, r.body)
		}
		var done struct {
			Type, Text string
			Usage      struct {
				Input int `json:"input_tokens"`
			}
		}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(events[2], "data: ")), &done); err != nil {
			t.Fatal(err)
		}
		if done.Type != "transcript.text.done" || done.Text != "Hello there." || done.Usage.Input == 0 {
			t.Errorf("%+v", done)
		}
		if e := s.wantEvent(t, "transcriptions", http.StatusOK, "ok"); !e.Stream {
			t.Error("not recorded as a stream")
		}
	})
	t.Run("cut", func(t *testing.T) {
		s := newSurface(t, 2)
		s.sim.Script(geminisim.Target{}, geminisim.CutAfter(2))
		r := s.post(t, "/v1/audio/transcriptions", kind, body)
		if !strings.Contains(r.body, "transcript.text.delta") || !strings.Contains(r.body, `data: {"error":{`) || strings.Contains(r.body, "[DONE]") || strings.Contains(r.body, "text.done") {
			t.Errorf("%s", r.body)
		}
		s.wantSent(t, 1)
	})
	t.Run("refused at once", func(t *testing.T) {
		s := newSurface(t, 2)
		s.sim.Script(geminisim.Target{}, geminisim.Blocked("PROHIBITED_CONTENT"))
		wantError(t, s.post(t, "/v1/audio/transcriptions", kind, body), 400, "", "content_filter")
	})
	t.Run("refused in the middle", func(t *testing.T) {
		s := newSurface(t, 2)
		s.sim.Script(geminisim.Target{}, geminisim.TextChunks("la la", " la").FinishWith("RECITATION"))
		if r := s.post(t, "/v1/audio/transcriptions", kind, body); !strings.Contains(r.body, `"code":"content_filter"`) || strings.Contains(r.body, "[DONE]") {
			t.Errorf("%s", r.body)
		}
	})
}

// TestLongTranscripts lets a model stop at the limit of an answer and go on: the client sees one transcript.
func TestLongTranscripts(t *testing.T) {
	for name, stream := range map[string]string{"whole": "false", "stream": "true"} {
		t.Run(name, func(t *testing.T) {
			s := newSurface(t, 2)
			s.sim.Script(geminisim.Target{}, geminisim.Continuation("Hello there,", " and", " goodbye."))
			kind, body := recordingForm(t, map[string]string{"model": "gemini-4-argon", "stream": stream}, soundFile(2400))
			r := s.post(t, "/v1/audio/transcriptions", kind, body)
			if r.status != http.StatusOK || !strings.Contains(r.body, `"text":"Hello there, and goodbye."`) {
				t.Errorf("%d %s", r.status, r.body)
			}
			s.wantSent(t, 3)
		})
	}
}
