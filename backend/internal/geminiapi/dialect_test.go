package geminiapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAdopt(t *testing.T) {
	tests := []struct{ path, header, want string }{
		{"/v1/models", "google-genai-sdk/3.3.0 gl-node/20", "/v1beta/models"},
		{"/v1/models/gemini-3.8-flash:generateContent", "x", "/v1beta/models/gemini-3.8-flash:generateContent"},
		{"/v1/files/a", "x", "/v1beta/files/a"},
		{"/upload/v1/files", "x", "/upload/v1beta/files"},
		{"/v1/models", "", "/v1/models"},
		{"/v1/chat/completions", "", "/v1/chat/completions"},
		{"/v1beta/models", "x", "/v1beta/models"},
		{"/upload/v1beta/files", "x", "/upload/v1beta/files"},
		{"/admin/v1/models", "x", "/admin/v1/models"},
		{"/v1", "x", "/v1"},
	}
	for _, tt := range tests {
		var got *http.Request
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.path+"?pageSize=2", nil)
		if tt.header != "" {
			r.Header.Set("X-Goog-Api-Client", tt.header)
		}
		Adopt(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })).ServeHTTP(httptest.NewRecorder(), r)
		if got.URL.Path != tt.want || got.URL.Query().Get("pageSize") != "2" {
			t.Errorf("%s with %q: served %s", tt.path, tt.header, got.URL)
		}
		if r.URL.Path != tt.path {
			t.Errorf("%s: the request itself was changed", tt.path)
		}
	}
}
