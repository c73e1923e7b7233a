package openaiapi_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/geminisim"
)

type embeddingAnswer[T any] struct {
	Object string
	Model  string
	Data   []struct {
		Object    string
		Index     int
		Embedding T
	}
	Usage struct {
		Prompt int `json:"prompt_tokens"`
		Total  int `json:"total_tokens"`
	}
}

// TestEmbeddings asks for more than one call takes, as numbers and as base64: the vectors keep their order, and are the same.
func TestEmbeddings(t *testing.T) {
	s := newSurface(t, 3)
	inputs := make([]string, 250)
	for i := range inputs {
		inputs[i] = fmt.Sprintf("text %d", i)
	}
	list, err := json.Marshal(inputs)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(format string) string {
		return `{"model":"gemini-embedding-2","dimensions":64,"encoding_format":"` + format + `","input":` + string(list) + `}`
	}
	floats := decode[embeddingAnswer[[]float32]](t, s.json(t, "/v1/embeddings", ask("float")))
	texts := decode[embeddingAnswer[string]](t, s.json(t, "/v1/embeddings", ask("base64")))
	one := decode[embeddingAnswer[[]float32]](t, s.json(t, "/v1/embeddings", `{"model":"gemini-embedding-2","dimensions":64,"input":"text 249"}`))
	if len(floats.Data) != 250 || len(texts.Data) != 250 || floats.Object != "list" || floats.Model != "gemini-embedding-2" {
		t.Fatalf("%d and %d vectors, %s, %s", len(floats.Data), len(texts.Data), floats.Object, floats.Model)
	}
	if floats.Usage.Prompt < 250 || floats.Usage.Total != floats.Usage.Prompt {
		t.Errorf("usage %+v", floats.Usage)
	}
	for i, item := range floats.Data {
		if item.Index != i || item.Object != "embedding" || len(item.Embedding) != 64 {
			t.Fatalf("item %d is %+v", i, item)
		}
		raw, err := base64.StdEncoding.DecodeString(texts.Data[i].Embedding)
		if err != nil || len(raw) != 4*64 {
			t.Fatalf("item %d: %d bytes, %v", i, len(raw), err)
		}
		length := 0.0
		for j, v := range item.Embedding {
			length += float64(v) * float64(v)
			if math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:])) != v {
				t.Fatalf("item %d differs at %d", i, j)
			}
		}
		if math.Abs(length-1) > 1e-3 {
			t.Fatalf("item %d has length %f", i, length)
		}
	}
	for j, v := range one.Data[0].Embedding {
		if floats.Data[249].Embedding[j] != v {
			t.Fatal("the last text of many has another vector than alone")
		}
	}
	s.wantSent(t, 7)
	if events := s.ended(); len(events) != 3 || events[0].API != "embeddings" || events[0].InputTokens != floats.Usage.Prompt || len(events[0].Attempts) != 3 {
		t.Errorf("recorded %+v", events)
	}
}

func TestEmbeddingsAreCountedWhereGeminiDoesNot(t *testing.T) {
	s := newSurface(t, 1)
	got := decode[embeddingAnswer[[]float32]](t, s.json(t, "/v1/embeddings", `{"model":"gemini-embedding-001","input":["a text of some length","another"]}`))
	if got.Usage.Prompt < 4 || len(got.Data[0].Embedding) != 3072 {
		t.Errorf("usage %+v, width %d", got.Usage, len(got.Data[0].Embedding))
	}
	if e := s.wantEvent(t, "embeddings", http.StatusOK, "ok"); e.InputTokens != got.Usage.Prompt || e.Model != "gemini-embedding-001" {
		t.Errorf("recorded %+v", e)
	}
}

// TestIncompleteEmbeddingsAreAskedForAgain lets Gemini forget vectors, or put an error into a 200.
func TestIncompleteEmbeddingsAreAskedForAgain(t *testing.T) {
	for body, verdict := range map[string]string{
		`{"embeddings":[{"values":[1,0]}]}`:             "empty",
		`{"embeddings":[{"values":[1,0]},{}]}`:          "empty",
		`{}`:                                            "empty",
		`{"embeddings":`:                                "malformed",
		`{"embeddings":[{"values":["a"]},{}]}`:          "malformed",
		`{"error":{"code":503,"status":"UNAVAILABLE"}}`: "transient",
	} {
		t.Run(body, func(t *testing.T) {
			s := newSurface(t, 3)
			s.sim.Script(geminisim.Target{}, geminisim.Raw(200, body))
			got := decode[embeddingAnswer[[]float32]](t, s.json(t, "/v1/embeddings", `{"model":"gemini-embedding-2","input":["a","b"]}`))
			if len(got.Data) != 2 {
				t.Errorf("%d vectors", len(got.Data))
			}
			s.wantEvent(t, "embeddings", http.StatusOK, verdict, "ok")
		})
	}
}

// TestEmbeddingsAreWholeOrNone lets Gemini refuse one of three calls: a list with holes is of no use.
func TestEmbeddingsAreWholeOrNone(t *testing.T) {
	s := newSurface(t, 3)
	s.sim.Script(geminisim.Target{}, geminisim.Raw(400, `{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}`))
	inputs := `"a"` + strings.Repeat(`,"a"`, 299)
	wantError(t, s.json(t, "/v1/embeddings", `{"model":"gemini-embedding-2","input":[`+inputs+`]}`), 400, "", "")
	if events := s.ended(); len(events) != 1 || events[0].Status != 400 || len(events[0].Attempts) == 0 {
		t.Errorf("recorded %+v", events)
	}
}
