package openai_test

import (
	"testing"

	"gemini-proxy/backend/internal/openaispec"
)

// published is what OpenAI says of its API. Reading it takes a while, compiling a schema longer: each test that needs it loads it once.
func published(t testing.TB) *openaispec.Spec {
	t.Helper()
	spec, err := openaispec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// wantFits wants a document to be what OpenAI's schema says.
func wantFits(t *testing.T, spec *openaispec.Spec, schema string, document []byte) {
	t.Helper()
	if err := spec.Check(schema, document); err != nil {
		t.Error(err)
	}
}
