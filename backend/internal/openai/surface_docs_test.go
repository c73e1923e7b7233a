package openai_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/openai"
)

// TestDocumentedSurfaces holds the tables of the JSON APIs other than the chat's against the code, as TestDocumentedRequestFields does.
func TestDocumentedSurfaces(t *testing.T) {
	apis := map[string]struct {
		fine string // a request, without its first brace
		send func(body string) (upstream string, err error)
	}{
		"embeddings": {`"model":"gemini-embedding-2","input":"a"}`, func(body string) (string, error) {
			r, err := openai.ParseEmbedding([]byte(body))
			if err != nil {
				return "", err
			}
			return string(r.Batches(r.Model)[0].Request.Body().Bytes()), nil
		}},
		"images": {`"prompt":"a"}`, func(body string) (string, error) {
			r, err := openai.ParseImage([]byte(body))
			if err != nil {
				return "", err
			}
			g, err := r.ToGemini()
			if err != nil {
				return "", err
			}
			return string(g.Body().Bytes()), nil
		}},
		"responses": {`"model":"gemini-3.5-flash","input":"a"}`, func(body string) (string, error) {
			r, err := openai.ParseResponse([]byte(body))
			if err != nil {
				return "", err
			}
			g, err := openai.ToGemini(r.Chat, openai.Options{Model: r.Chat.Model})
			if err != nil {
				return "", r.Rename(err)
			}
			return string(g.Body().Bytes()), nil
		}},
		"speech": {`"model":"gemini-3.8-flash-tts","input":"a"}`, func(body string) (string, error) {
			r, err := openai.ParseSpeech([]byte(body))
			if err != nil {
				return "", err
			}
			return string(r.ToGemini().Body().Bytes()), nil
		}},
	}
	for name, api := range apis {
		baseline, err := api.send("{" + api.fine)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range table(t, name+" field") {
			t.Run(name+" "+row[0], func(t *testing.T) {
				if row[1] == "refused" {
					refusedMember(t, row[0], func(member string) error {
						_, err := api.send("{" + api.fine[:len(api.fine)-1] + "," + member + "}") // the last one of a name counts
						return err
					})
					return
				}
				refused := false
				for _, value := range append(oddValues(), `9999999`) {
					got, err := api.send("{" + api.fine[:len(api.fine)-1] + `,"` + row[0] + `":` + value + "}")
					refused = refused || strings.HasPrefix(errorField(err), row[0])
					if row[1] == "ignored" && (err != nil || got != baseline) {
						t.Errorf("%s: %v, %s", value, err, got)
					}
				}
				if row[1] == "supported" && !refused {
					t.Error("no value of it is refused: the code does not read it")
				}
			})
		}
	}
}

// TestEverySurfaceFieldIsDocumented holds the tables of the other APIs against the fields that OpenAI publishes.
func TestEverySurfaceFieldIsDocumented(t *testing.T) {
	spec := published(t)
	for heading, schema := range map[string]string{
		"embeddings field": "CreateEmbeddingRequest", "images field": "CreateImageRequest", "speech field": "CreateSpeechRequest",
		"transcriptions field": "CreateTranscriptionRequest", "image edits field": "CreateImageEditRequest",
		"responses field": "CreateResponse",
	} {
		documented := map[string]bool{}
		for _, row := range table(t, heading) {
			documented[strings.TrimSuffix(row[0], "[]")] = true
		}
		theirs := spec.Properties(schema)
		if len(theirs) < 4 {
			t.Errorf("%s has %v", schema, theirs)
		}
		for _, name := range theirs {
			if !documented[name] {
				t.Errorf("the %s %s is not documented", heading, name)
			}
		}
	}
}

func TestDocumentedImageEdits(t *testing.T) {
	fine := map[string]string{"prompt": "a"}
	send := func(fields map[string]string) (string, error) {
		kind, body := imageForm(t, fields, onePixel(t, "png"))
		r, err := openai.ParseImageEdit(kind, body)
		if err != nil {
			return "", err
		}
		g, err := r.ToGemini()
		if err != nil {
			return "", err
		}
		return string(g.Body().Bytes()), nil
	}
	baseline, err := send(fine)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table(t, "image edits field") {
		if row[0] == "image" || row[0] == "model" {
			continue // the others come with one; any name may be one
		}
		got, err := send(map[string]string{"prompt": "a", row[0]: "\x00!transparent"})
		if row[0] == "response_format" || row[0] == "background" {
			got, err = send(map[string]string{"prompt": "a", row[0]: map[string]string{"response_format": "url", "background": "transparent"}[row[0]]})
		}
		switch field := errorField(err); {
		case row[1] == "ignored" && (err != nil || got != baseline):
			t.Errorf("%s is not ignored: %v", row[0], err)
		case row[1] == "refused" && field != row[0]:
			t.Errorf("%s is not refused: %v", row[0], err)
		case row[1] == "supported" && field != row[0] && got == baseline:
			t.Errorf("%s changes nothing", row[0])
		}
	}
}

// refusedMember wants an object with one member to be refused, for that.
func refusedMember(t *testing.T, object string, send func(member string) error) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &members); err != nil || len(members) != 1 {
		t.Fatalf("%s: %v", object, err)
	}
	for name := range members {
		if field := errorField(send(strings.Trim(object, "{}"))); !strings.HasPrefix(field, name) {
			t.Errorf("refused for %q", field)
		}
	}
}

func TestDocumentedTranscriptionFields(t *testing.T) {
	send := func(name, value string) error {
		kind, body := form(t, map[string]string{"model": "whisper-1", name: value}, wav(10))
		_, err := openai.ParseTranscription(kind, body)
		return err
	}
	for _, row := range table(t, "transcriptions field") {
		t.Run(row[0], func(t *testing.T) {
			field := errorField(send(row[0], strings.Repeat("!", 300)))
			switch {
			case row[0] == "prompt" || row[0] == "keywords[]": // any text will do; the goldens show them
			case row[1] == "supported" && field != row[0]:
				t.Error("no value of it is refused: the code does not read it")
			case row[1] == "ignored" && field != "":
				t.Errorf("refused for %s", field)
			}
		})
	}
}
