package openai_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
)

// wav is a file of so many samples at 24 kHz that count up.
func wav(samples int) []byte {
	pcm := pcm(samples)
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("RIFF"), uint32(36+len(pcm)))
	out = le.AppendUint32(append(out, "WAVEfmt "...), 16)
	out = le.AppendUint16(le.AppendUint16(out, 1), 1)
	out = le.AppendUint32(le.AppendUint32(out, 24_000), 48_000)
	out = le.AppendUint16(le.AppendUint16(out, 2), 16)
	return append(le.AppendUint32(append(out, "data"...), uint32(len(pcm))), pcm...)
}

func pcm(samples int) []byte {
	var out []byte
	for i := range samples {
		out = binary.LittleEndian.AppendUint16(out, uint16(i))
	}
	return out
}

func hexDump(kind string, data []byte) []byte {
	return []byte(kind + "\n" + hex.Dump(data))
}

// wantField wants a fault that names a field and says something.
func wantField(t *testing.T, err error, field, says string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("got %v, want a fault of %s", err, field)
	}
	if f.Field != field || !strings.Contains(f.Message, says) {
		t.Errorf("got %s: %s, want %s: …%s…", f.Field, f.Message, field, says)
	}
}

func TestSurfaceErrorsNameTheField(t *testing.T) {
	embedding := func(body string) error { _, err := openai.ParseEmbedding([]byte(body)); return err }
	image := func(body string) error {
		r, err := openai.ParseImage([]byte(body))
		if err == nil {
			_, err = r.ToGemini()
		}
		return err
	}
	speech := func(body string) error { _, err := openai.ParseSpeech([]byte(body)); return err }
	many := `"a"` + strings.Repeat(`,"a"`, 2048)
	tests := []struct {
		parse             func(string) error
		body, field, says string
	}{
		{embedding, `{"input":"a"}`, "model", "is required"},
		{embedding, `{"model":"` + strings.Repeat("m", 300) + `","input":"a"}`, "model", "1 to 200 bytes"},
		{embedding, `{"model":"m"}`, "input", "is required"},
		{embedding, `{"model":"m","input":[]}`, "input", "is required"},
		{embedding, `{"model":"m","input":""}`, "input", "must not be empty"},
		{embedding, `{"model":"m","input":["a",""]}`, "input[1]", "must not be empty"},
		{embedding, `{"model":"m","input":[1,2]}`, "input[0]", "arrays of tokens"},
		{embedding, `{"model":"m","input":[[1],[2]]}`, "input[0]", "arrays of tokens"},
		{embedding, `{"model":"m","input":{"text":"a"}}`, "input", "must be a string"},
		{embedding, `{"model":"m","input":[` + many + `]}`, "input[2048]", "at most 2048"},
		{embedding, `{"model":"m","input":"a","dimensions":0}`, "dimensions", "between 1 and 3072"},
		{embedding, `{"model":"m","input":"a","dimensions":4000}`, "dimensions", "between 1 and 3072"},
		{embedding, `{"model":"m","input":"a","encoding_format":"int8"}`, "encoding_format", "float, base64"},
		{embedding, `{"model":"m","input":"a","task_type":"query"}`, "task_type", "RETRIEVAL_QUERY"},
		{embedding, `{"model":"m","input":"a"`, "", "invalid JSON"},
		{image, `{"model":"m"}`, "prompt", "is required"},
		{image, `{"prompt":"a","n":9}`, "n", "between 1 and 8"},
		{image, `{"prompt":"a","size":"large"}`, "size", "1024x1024"},
		{image, `{"prompt":"a","size":"9000x9000"}`, "size", "1024x1024"},
		{image, `{"prompt":"a","size":"1024x1200"}`, "size", "no shape"},
		{image, `{"prompt":"a","size":"2048x2048","model":"gemini-2.5-flash-image"}`, "size", "about a million pixels"},
		{image, `{"prompt":"a","quality":"best"}`, "quality", "hd"},
		{image, `{"prompt":"a","response_format":"url"}`, "response_format", "b64_json"},
		{image, `{"prompt":"a","output_format":"webp"}`, "output_format", "png"},
		{image, `{"prompt":"a","background":"transparent"}`, "background", "opaque"},
		{image, `{"prompt":"a","stream":true}`, "stream", "no partial images"},
		{image, `{"prompt":"` + strings.Repeat("a", 200_000) + `"}`, "prompt", "at most"},
		{speech, `{"model":"tts-1"}`, "input", "is required"},
		{speech, `{"input":"Hi"}`, "model", "is required"},
		{speech, `{"model":"tts-1","input":" \n"}`, "input", "is required"},
		{speech, `{"model":"tts-1","input":"` + strings.Repeat("ä", 40_000) + `"}`, "input", "32768 characters"},
		{speech, `{"model":"tts-1","input":"Hi","response_format":"mp3"}`, "response_format", "wav or pcm"},
		{speech, `{"model":"tts-1","input":"Hi","response_format":"opus"}`, "response_format", "wav or pcm"},
		{speech, `{"model":"tts-1","input":"Hi","speed":1.5}`, "speed", "instructions"},
		{speech, `{"model":"tts-1","input":"Hi","speed":9}`, "speed", "between 0.25 and 4"},
		{speech, `{"model":"tts-1","input":"Hi","stream_format":"sse"}`, "stream_format", "audio"},
		{speech, `{"model":"tts-1","input":"Hi","voice":7}`, "voice", "must be a string"},
	}
	for _, tc := range tests {
		t.Run(fmt.Sprintf("%.60s", tc.body), func(t *testing.T) { wantField(t, tc.parse(tc.body), tc.field, tc.says) })
	}
}

func TestTranscriptionErrorsNameTheField(t *testing.T) {
	fine := func(name, value string) map[string]string {
		return map[string]string{"model": "whisper-1", name: value}
	}
	sound := wav(10)
	tests := []struct {
		fields      map[string]string
		file        []byte
		field, says string
	}{
		{map[string]string{}, sound, "model", "is required"},
		{fine("language", "en"), nil, "file", "is required"},
		{fine("language", "en"), []byte{}, "file", "is empty"},
		{fine("language", "en"), []byte("just text"), "file", "WAV, MP3"},
		{fine("language", "en"), append(wav(1), make([]byte, openai.MaxRecording)...), "file", "25 MiB"},
		{fine("language", "English, please"), sound, "language", "language tag"},
		{fine("response_format", "diarized_json"), sound, "response_format", "verbose_json"},
		{fine("temperature", "2"), sound, "temperature", "between 0 and 1"},
		{fine("temperature", "NaN"), sound, "temperature", "between 0 and 1"},
		{fine("stream", "perhaps"), sound, "stream", "true or false"},
		{map[string]string{"model": "whisper-1", "stream": "true", "response_format": "srt"}, sound, "stream", "json and text"},
		{fine("timestamp_granularities[]", "word"), sound, "timestamp_granularities[]", "segment"},
		{fine("include[]", "logprobs"), sound, "include[]", "cannot be had"},
		{fine("prompt", strings.Repeat("a", 100_000)), sound, "prompt", "65536 bytes"},
		{fine("prompt", "caf\xe9"), sound, "prompt", "UTF-8"},
		{map[string]string{"model": "gemini-3.5-transcribe"}, sound, "model", "Interactions"},
	}
	for _, tc := range tests {
		t.Run(tc.field+" "+tc.says, func(t *testing.T) {
			kind, body := form(t, tc.fields, tc.file)
			_, err := openai.ParseTranscription(kind, body)
			wantField(t, err, tc.field, tc.says)
		})
	}
}

func TestBrokenForms(t *testing.T) {
	const head = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1"
	tests := map[string]struct{ kind, body, says string }{
		"another type":     {"application/json", `{}`, "multipart/form-data"},
		"no type":          {"", head, "multipart/form-data"},
		"no boundary":      {"multipart/form-data", head, "boundary"},
		"a long boundary":  {"multipart/form-data; boundary=" + strings.Repeat("b", 71), head, "70 characters"},
		"nothing":          {"multipart/form-data; boundary=b", "", "no part"},
		"another boundary": {"multipart/form-data; boundary=c", head + "\r\n--b--\r\n", "no part"},
		"cut off":          {"multipart/form-data; boundary=b", head, "breaks off"},
		"no header":        {"multipart/form-data; boundary=b", "--b\r\nwhisper-1\r\n--b--", "header"},
		"no disposition":   {"multipart/form-data; boundary=b", "--b\r\nX: y\r\n\r\nwhisper-1\r\n--b--", "Content-Disposition"},
		"no name":          {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data\r\n\r\nwhisper-1\r\n--b--", "names no field"},
		"too many parts":   {"multipart/form-data; boundary=b", strings.Repeat(head+"\r\n", 65) + "--b--", "64 parts"},
		"junk after it":    {"multipart/form-data; boundary=b", "--bjunk\r\n", "after a boundary"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := openai.ParseTranscription(tc.kind, []byte(tc.body))
			wantField(t, err, "", tc.says)
		})
	}
}

// TestRecording sends every kind of recording with a name that lies, and wants it sent on whole under its true type.
func TestRecording(t *testing.T) {
	hdlr := func(kind string) string { return "\x00\x00\x00\x20hdlr\x00\x00\x00\x00\x00\x00\x00\x00" + kind }
	tests := map[string][]byte{
		"audio/wav":  wav(100),
		"audio/mpeg": []byte("ID3\x04rest"),
		"audio/flac": []byte("fLaCrest"),
		"audio/ogg":  []byte("OggSrest"),
		"audio/aiff": []byte("FORM\x00\x00\x00\x00AIFFrest"),
		"audio/mp4":  []byte("\x00\x00\x00\x20ftypM4A " + hdlr("soun")),
		"video/mp4":  []byte("\x00\x00\x00\x20ftypisom" + hdlr("soun") + hdlr("vide")),
		"audio/webm": []byte("\x1a\x45\xdf\xa3rest A_OPUS"),
		"video/webm": []byte("\x1a\x45\xdf\xa3rest V_VP9 A_OPUS"),
		"audio/aac":  []byte("\xff\xf1rest"),
	}
	for kind, file := range tests {
		t.Run(kind, func(t *testing.T) {
			contentType, body := form(t, map[string]string{"model": "whisper-1"}, file)
			request, err := openai.ParseTranscription(contentType, body)
			if err != nil {
				t.Fatal(err)
			}
			size := request.Encoded()
			blob := request.ToGemini().Contents[0].Parts[1].InlineData
			clear(body) // its memory serves another request
			sent, err := base64.StdEncoding.DecodeString(blob.Data)
			if err != nil || !bytes.Equal(sent, file) || blob.MIMEType != kind || int64(len(blob.Data)) != size {
				t.Errorf("%s, %d bytes, %d of memory: %v", blob.MIMEType, len(sent), size, err)
			}
		})
	}
	if kind := "audio/mpeg"; kind != mimeOfFrame(t) {
		t.Errorf("a frame without a tag is not %s", kind)
	}
}

func mimeOfFrame(t *testing.T) string {
	contentType, body := form(t, map[string]string{"model": "whisper-1"}, []byte("\xff\xfb\x90\x64rest"))
	request, err := openai.ParseTranscription(contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	return request.ToGemini().Contents[0].Parts[1].InlineData.MIMEType
}

// TestSilenceInAStream cuts the word for silence in every way: none of it may show.
func TestSilenceInAStream(t *testing.T) {
	chunk := func(text string) *gemini.Response {
		return &gemini.Response{Candidates: []gemini.Candidate{{Content: gemini.Content{Parts: []gemini.Part{{Text: text}}}}}}
	}
	write := func(texts ...string) string {
		var transcriber openai.Transcriber
		var out []byte
		for _, text := range texts {
			out = transcriber.Next(out, chunk(text))
		}
		return string(transcriber.End(out))
	}
	for _, word := range []string{"[no speech]", "[No speech].\n", " \n[NO SPEECH]"} {
		for cut := range word {
			if got := write(word[:cut], word[cut:]); strings.Contains(got, "delta") || !strings.Contains(got, `"text":""`) {
				t.Errorf("%q cut at %d: %s", word, cut, got)
			}
		}
	}
	for _, text := range []string{"[no", "[no speech] she said", "[", "Hello", "[n"} {
		for cut := range text {
			got := write(text[:cut], text[cut:], "\n")
			if !strings.Contains(got, `"type":"transcript.text.done","text":"`+text+`"`) {
				t.Errorf("%q cut at %d: %s", text, cut, got)
			}
		}
	}
}

func TestVectorsHaveLengthOne(t *testing.T) {
	request, err := openai.ParseEmbedding([]byte(`{"model":"gemini-embedding-001","input":["a","b","c"],"encoding_format":"base64"}`))
	if err != nil {
		t.Fatal(err)
	}
	batches := request.Batches("gemini-embedding-001")
	list := request.List(batches, []*gemini.Embeddings{{Vectors: [][]float32{{0.5, 0.5}, {1, 0}, {0, 0}}}})
	if got := list.Vectors; got[0][0] != got[0][1] || math.Abs(float64(got[0][0])-math.Sqrt2/2) > 1e-6 || got[1][0] != 1 || got[2][0] != 0 {
		t.Errorf("%v", got)
	}
	var item struct{ Embedding string }
	if err := json.Unmarshal(list.AppendVector(nil, 0), &item); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(item.Embedding)
	if err != nil || len(raw) != 8 || math.Float32frombits(binary.LittleEndian.Uint32(raw)) != list.Vectors[0][0] {
		t.Errorf("%x, %v", raw, err)
	}
}

// FuzzTranscriptionForm holds the form's reader against the standard library's: what that reads whole is read alike, and nothing panics.
func FuzzTranscriptionForm(f *testing.F) {
	kind, body := form(f, map[string]string{"model": "whisper-1", "language": "en"}, wav(4))
	f.Add(kind, body)
	f.Add("multipart/form-data; boundary=b", []byte("preamble\r\n--b \r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nx\r\n--b--"))
	f.Add("multipart/form-data; boundary=\"a b\"", []byte("--a b\r\nContent-Disposition: form-data; name=file\r\n\r\n\xff\xfb\r\n--a b--"))
	kind, body = imageForm(f, map[string]string{"prompt": "a", "n": "2", "stream": "false"}, onePixel(f, "png"))
	f.Add(kind, body)
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		edit, err := openai.ParseImageEdit(kind, body)
		if err == nil {
			_, err = edit.ToGemini()
		}
		if f, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || f.HTTPStatus() >= 500) {
			t.Errorf("an edit: %v", err)
		}
		request, err := openai.ParseTranscription(kind, body)
		if err != nil {
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.HTTPStatus() >= 500 {
				t.Errorf("%v", err)
			}
			return
		}
		sent, err := base64.StdEncoding.DecodeString(request.ToGemini().Contents[0].Parts[1].InlineData.Data)
		if err != nil {
			t.Fatal(err)
		}
		if theirs, ok := standardFile(kind, body); ok && !bytes.Equal(sent, theirs) {
			t.Errorf("%q, theirs %q", sent, theirs)
		}
	})
}

func standardFile(kind string, body []byte) ([]byte, bool) {
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return nil, false
	}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := reader.NextRawPart()
		if err != nil {
			return nil, false
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, false
		}
		if part.FormName() == "file" {
			return content, true
		}
	}
}

// FuzzTranscript reads what models may say for a transcript with times: times never go back, and every format is well formed.
func FuzzTranscript(f *testing.F) {
	f.Add(`{"language":"english","segments":[{"start":"00:00:01.5","end":"00:02","text":"Hi -->"},{"start":"1","end":"0.5s","text":"<b>\n\nthere"}]}`)
	f.Add("```json\n{\"language\":\"\",\"segments\":[]}\n```")
	kind, body := form(f, map[string]string{"model": "whisper-1", "response_format": "vtt"}, []byte("OggS"))
	f.Fuzz(func(t *testing.T, text string) {
		request, err := openai.ParseTranscription(kind, body)
		if err != nil {
			t.Fatal(err)
		}
		answer := &gemini.Response{Candidates: []gemini.Candidate{{Content: gemini.Content{Parts: []gemini.Part{{Text: text}}}, FinishReason: "STOP"}}}
		transcript, err := request.Transcript(answer)
		if (err == nil) != (request.Flaw(answer) == "") {
			t.Errorf("%v, but the flaw is %q", err, request.Flaw(answer))
		}
		if err != nil {
			return
		}
		last := 0.0
		for _, s := range transcript.Segments {
			if s.Start < last || s.End < s.Start || s.Text == "" {
				t.Errorf("%+v after %v", s, last)
			}
			last = s.Start
		}
		document, _ := request.Answer(transcript)
		cues := strings.Split(strings.TrimSuffix(string(document), "\n\n"), "\n\n")
		if len(cues) != len(transcript.Segments)+1 {
			t.Errorf("%d cues of %d segments: %q", len(cues)-1, len(transcript.Segments), document)
		}
	})
}

func TestImageEditsNameTheField(t *testing.T) {
	png := onePixel(t, "png")
	fine := map[string]string{"prompt": "a"}
	tests := []struct {
		name    string
		fields  map[string]string
		images  [][]byte
		kind    fault.Kind
		field   string
		message string
	}{
		{"no image", fine, nil, fault.Invalid, "image", "is required"},
		{"no prompt", map[string]string{}, [][]byte{png}, fault.Invalid, "prompt", "is required"},
		{"an empty image", fine, [][]byte{nil}, fault.Invalid, "image", "is empty"},
		{"a text for an image", fine, [][]byte{[]byte("hello, image")}, fault.Invalid, "image", "first bytes"},
		{"17 images", fine, slices.Repeat([][]byte{png}, 17), fault.Invalid, "image", "at most 16"},
		{"20 MiB and more", fine, [][]byte{append(bytes.Clone(png), make([]byte, 11<<20)...), append(bytes.Clone(png), make([]byte, 11<<20)...)}, fault.TooLarge, "image", "20 MiB"},
		{"n in words", map[string]string{"prompt": "a", "n": "two"}, [][]byte{png}, fault.Invalid, "n", "must be a number"},
		{"n too many", map[string]string{"prompt": "a", "n": "9"}, [][]byte{png}, fault.Invalid, "n", "between 1 and 8"},
		{"streamed", map[string]string{"prompt": "a", "stream": "true"}, [][]byte{png}, fault.Invalid, "stream", "partial images"},
		{"by URL", map[string]string{"prompt": "a", "response_format": "url"}, [][]byte{png}, fault.Invalid, "response_format", "no URL"},
		{"an odd size", map[string]string{"prompt": "a", "size": "3x4000"}, [][]byte{png}, fault.Invalid, "size", "must be auto"},
		{"a mask", map[string]string{"prompt": "a", "mask": "x"}, [][]byte{png}, fault.Invalid, "mask", "takes no mask"},
		{"a prompt that is no text", map[string]string{"prompt": "\xff"}, [][]byte{png}, fault.Invalid, "prompt", "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kind, body := imageForm(t, tt.fields, tt.images...)
			_, err := openai.ParseImageEdit(kind, body)
			expectFault(t, err, tt.kind, tt.field, tt.message)
		})
	}
	_, err := openai.ParseImageEdit("application/json", []byte(`{"prompt":"a"}`))
	expectFault(t, err, fault.Invalid, "", "multipart/form-data")
	kind, body := form(t, map[string]string{"model": "whisper-1", "stream": "true"}, wav(10))
	_, err = openai.ParseTranslation(kind, body)
	expectFault(t, err, fault.Invalid, "stream", "answered whole")
}
