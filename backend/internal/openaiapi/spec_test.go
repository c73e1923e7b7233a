package openaiapi_test

import (
	"testing"

	"gemini-proxy/backend/internal/openaispec"
)

// published is what OpenAI says of its API. Every answer that a test's client reads is held against it.
func published(t *testing.T) *openaispec.Spec {
	t.Helper()
	spec, err := openaispec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}
