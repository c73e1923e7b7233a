package openaiapi_test

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01"

// editForm makes a form with an image in it, and gives its media type.
func editForm(t *testing.T, fields map[string]string) (contentType string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("image", "a.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(pixel)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.Bytes()
}

// TestImageEdits sends an image and gets as many as were asked for, each by a call of its own.
func TestImageEdits(t *testing.T) {
	s := newSurface(t, 1)
	kind, form := editForm(t, map[string]string{"prompt": "Paint it blue", "n": "2"})
	list := decode[struct {
		Data []struct {
			B64 string `json:"b64_json"`
		}
	}](t, s.post(t, "/v1/images/edits", kind, form))
	if len(list.Data) != 2 || list.Data[0].B64 == "" {
		t.Errorf("%+v", list)
	}
	for _, sent := range s.wantSent(t, 2) {
		if !strings.Contains(sent.Body, `"text":"Paint it blue"`) || !strings.Contains(sent.Body, `"mimeType":"image/png","data":"iVBORw0KGgo`) {
			t.Errorf("sent %.300s", sent.Body)
		}
	}
	s.wantEvent(t, "images", 200, "ok", "ok")
}

// TestTranslations asks for English, in both forms of JSON.
func TestTranslations(t *testing.T) {
	s := newSurface(t, 1)
	s.sim.Script(geminisim.Target{}, geminisim.Text("Good day."))
	kind, form := recordingForm(t, map[string]string{"model": "whisper-1"}, soundFile(10))
	if got := decode[struct{ Text string }](t, s.post(t, "/v1/audio/translations", kind, form)); got.Text != "Good day." {
		t.Errorf("%+v", got)
	}
	s.sim.Script(geminisim.Target{}, geminisim.Text(`{"language":"german","segments":[{"start":"0:00","end":"0:01","text":"Good day."}]}`))
	kind, form = recordingForm(t, map[string]string{"model": "whisper-1", "response_format": "verbose_json"}, soundFile(10))
	got := decode[struct{ Task, Language, Text string }](t, s.post(t, "/v1/audio/translations", kind, form))
	if got.Task != "translate" || got.Language != "english" || got.Text != "Good day." {
		t.Errorf("%+v", got)
	}
	for _, sent := range s.wantSent(t, 2) {
		if !strings.Contains(sent.Body, "into English") {
			t.Errorf("sent %.300s", sent.Body)
		}
	}
}
