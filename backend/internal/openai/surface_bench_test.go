package openai_test

import (
	"testing"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
)

// BenchmarkEmbeddingList writes a hundred vectors at full width.
func BenchmarkEmbeddingList(b *testing.B) {
	for _, format := range []string{"float", "base64"} {
		b.Run(format, func(b *testing.B) {
			request, err := openai.ParseEmbedding([]byte(`{"model":"m","input":"a","encoding_format":"` + format + `"}`))
			if err != nil {
				b.Fatal(err)
			}
			answer := &gemini.Embeddings{}
			for range 100 {
				vector := make([]float32, 3072)
				for i := range vector {
					vector[i] = float32(i%97)*0.000123 - 0.006
				}
				answer.Vectors = append(answer.Vectors, vector)
			}
			list := request.List(request.Batches("m"), []*gemini.Embeddings{answer})
			var buf []byte
			for b.Loop() {
				buf = list.AppendHead(buf[:0])
				for i := range list.Vectors {
					buf = list.AppendVector(buf, i)
				}
				buf = list.AppendTail(buf)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

// BenchmarkTranscription makes what goes upstream of a recording of 10 MB.
func BenchmarkTranscription(b *testing.B) {
	kind, body := form(b, map[string]string{"model": "whisper-1"}, wav(5<<20))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		request, err := openai.ParseTranscription(kind, body)
		if err != nil {
			b.Fatal(err)
		}
		request.ToGemini().Body()
	}
}
