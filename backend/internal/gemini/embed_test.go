package gemini_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/gemini"
)

func TestEmbedRequest(t *testing.T) {
	r := gemini.EmbedRequest{Model: "m", Texts: []string{"a", `"b"`}, TaskType: "CLUSTERING", Dimensions: 7}
	const item = `{"model":"models/m","content":{"parts":[{"text":%s}]},"taskType":"CLUSTERING","outputDimensionality":7}`
	want := `{"requests":[` + fmt.Sprintf(item, `"a"`) + `,` + fmt.Sprintf(item, `"\"b\""`) + `]}`
	if diff := cmp.Diff(want, string(r.Body().Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeEmbeddings(t *testing.T) {
	got, err := gemini.DecodeEmbeddings([]byte(`{"embeddings":[{"values":[ 0.5 ,	-1e-3 ],"new":{}},{"values":[]},{"values":null}],"usageMetadata":{"promptTokenCount":3},"more":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &gemini.Embeddings{Vectors: [][]float32{{0.5, -1e-3}, {}, {}}, Usage: gemini.Usage{Prompt: 3}, HasUsage: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{``, `[]`, `{"embeddings":{}}`, `{"embeddings":[{"values":["a"]}]}`, `{"embeddings":[{"values":[1,,2]}]}`, `{"embeddings":[{"values":[[1]]}]}`, `{"embeddings":[{"values":{}}]}`,
		`{"embeddings":[{"values":[1e999]}]}`, `{"embeddings":[]`, `{"error":7}`} {
		if _, err := gemini.DecodeEmbeddings([]byte(text)); !errors.Is(err, gemini.ErrMalformed) {
			t.Errorf("%s: %v", text, err)
		}
	}
	got, err = gemini.DecodeEmbeddings([]byte(`{"error":{"code":429,"message":"No.","status":"RESOURCE_EXHAUSTED"}}`))
	if err != nil || got.Error == nil || got.Error.StatusCode != 429 {
		t.Errorf("%+v, %v", got, err)
	}
}

// BenchmarkDecodeEmbeddings reads an answer of a hundred vectors at full width, about 3 MB.
func BenchmarkDecodeEmbeddings(b *testing.B) {
	vector := `{"values":[` + strings.TrimSuffix(strings.Repeat("-0.01234567,", 3072), ",") + `]}`
	data := []byte(`{"embeddings":[` + strings.TrimSuffix(strings.Repeat(vector+",", 100), ",") + `]}`)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := gemini.DecodeEmbeddings(data); err != nil {
			b.Fatal(err)
		}
	}
}
