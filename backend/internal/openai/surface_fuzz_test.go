package openai_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/openaispec"
)

// FuzzSurfaceBodies reads what clients may send: it is sent on as JSON, or refused as theirs.
func FuzzSurfaceBodies(f *testing.F) {
	f.Add([]byte(`{"model":"gemini-embedding-2","input":["a","\u0000\ud800"],"dimensions":7,"task_type":"CLUSTERING","encoding_format":"base64"}`))
	f.Add([]byte(`{"prompt":"a","size":"1792x1024","quality":"hd","n":2,"image_config":{"aspect_ratio":"1:1"}}`))
	f.Add([]byte(`{"model":"tts-1","input":"a","voice":{"id":"Kore"},"instructions":"b:","response_format":"pcm","speed":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		check := func(sent []byte, err error) {
			if err != nil {
				if refused, ok := errors.AsType[*fault.Error](err); !ok || refused.HTTPStatus() != 400 {
					t.Errorf("%v", err)
				}
				return
			}
			if !json.Valid(sent) {
				t.Errorf("%s", sent)
			}
		}
		if r, err := openai.ParseEmbedding(body); err != nil {
			check(nil, err)
		} else {
			for _, batch := range r.Batches(openai.BareModel(r.Model)) {
				check(batch.Request.Body().Bytes(), nil)
			}
		}
		if r, err := openai.ParseImage(body); err != nil {
			check(nil, err)
		} else if g, err := r.ToGemini(); err != nil {
			check(nil, err)
		} else {
			check(g.Body().Bytes(), nil)
		}
		if r, err := openai.ParseSpeech(body); err != nil {
			check(nil, err)
		} else {
			check(r.ToGemini().Body().Bytes(), nil)
		}
	})
}

// FuzzSound gives speech of any bytes the form that was asked for: a WAV file is one that holds what it says.
func FuzzSound(f *testing.F) {
	f.Add("audio/L16;codec=pcm;rate=24000", []byte{1, 2, 3, 4})
	f.Add("audio/wav", wav(10))
	f.Add("audio/wav", wav(10)[:40])
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		blob := &gemini.Blob{MIMEType: kind, Data: base64.StdEncoding.EncodeToString(data)}
		part := gemini.Part{InlineData: blob}
		for _, format := range []string{"wav", "pcm"} {
			for _, parts := range [][]gemini.Part{{part}, {part, part}} {
				r, err := openai.ParseSpeech([]byte(`{"model":"tts-1","input":"a","response_format":"` + format + `"}`))
				if err != nil {
					t.Fatal(err)
				}
				answer := &gemini.Response{Candidates: []gemini.Candidate{{Content: gemini.Content{Parts: parts}, FinishReason: "STOP"}}}
				sound, mime, err := r.Sound(answer)
				if err != nil {
					continue
				}
				if len(sound) == 0 || mime != map[string]string{"wav": "audio/wav", "pcm": "audio/pcm"}[format] {
					t.Errorf("%d bytes of %s as %s", len(sound), mime, format)
				}
				if len(parts) == 2 && format == "wav" && int(binary.LittleEndian.Uint32(sound[40:])) != len(sound)-44 {
					t.Errorf("the file of %d bytes says it holds %d", len(sound), binary.LittleEndian.Uint32(sound[40:]))
				}
			}
		}
	})
}

// FuzzResponses: whatever comes in by the Responses API is refused with a fault of the caller's or becomes JSON, and whatever Gemini streams becomes events
// as OpenAI publishes them.
func FuzzResponses(f *testing.F) {
	spec := published(f)
	asked, came := seeds(f, "asked.json"), seeds(f, "came.jsonl")
	for i, seed := range asked {
		f.Add(seed, came[i%len(came)])
	}
	plain, err := openai.ParseResponse([]byte(`{"model":"m","input":"a"}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, lines []byte) {
		r, err := openai.ParseResponse(body)
		if err != nil {
			checkFault(t, err)
		} else if g, err := openai.ToGemini(r.Chat, openai.Options{Model: "gemini-3.5-flash"}); err != nil {
			checkFault(t, r.Rename(err))
		} else if !json.Valid(g.Body().Bytes()) {
			t.Error("what goes out is not JSON")
		}
		s := openai.NewResponseStream(plain, plain.Chat.Reply("resp_1", 1))
		var events []byte
		for line := range bytes.Lines(lines) {
			if chunk, err := gemini.DecodeResponse(line); err == nil && chunk.Error == nil && !bytes.Contains(line, []byte("uri")) {
				events = s.Next(events, chunk)
			}
		}
		if err := spec.CheckResponseEvents(s.End(events), true); err != nil {
			t.Error(err)
		}
		if err := spec.Check(openaispec.Response, s.Response(nil)); err != nil {
			t.Error(err)
		}
	})
}
