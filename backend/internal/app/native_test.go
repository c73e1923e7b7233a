package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A browser may ask beforehand for everything the native API takes, and sees what an upload's answers say.
func TestBrowsersMayUpload(t *testing.T) {
	t.Setenv("PUBLIC_URL", "https://gemini.example")
	h := newHouse(t)
	key := h.userKey("")
	ask := func(method, path string, headers ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, h.front.URL+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://app.example")
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			r.Header.Set(name, value)
		}
		resp, err := h.front.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	for _, path := range []string{"/upload/v1beta/files", "/v1beta/files/x", "/v1beta/models/" + flash + ":generateContent"} {
		for _, method := range []string{"POST", "PATCH", "DELETE", "PUT"} {
			before := ask(http.MethodOptions, path, "Access-Control-Request-Method: "+method, "Access-Control-Request-Headers: x-goog-api-key,x-goog-upload-command,content-type")
			allowed := before.Header.Get("Access-Control-Allow-Headers")
			if before.StatusCode != http.StatusNoContent || before.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(allowed, "*") ||
				!strings.Contains(before.Header.Get("Access-Control-Allow-Methods"), method) {
				t.Errorf("%s %s: %d %v", method, path, before.StatusCode, before.Header)
			}
		}
	}
	begun := ask(http.MethodPost, "/upload/v1beta/files", "x-goog-api-key: "+key, "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start")
	exposed := strings.ToLower(begun.Header.Get("Access-Control-Expose-Headers"))
	for _, name := range []string{"x-goog-upload-url", "x-goog-upload-status", "x-goog-upload-size-received", "x-goog-upload-chunk-granularity", "x-request-id", "location"} {
		if !strings.Contains(exposed, name) {
			t.Errorf("%s is not exposed: %s", name, exposed)
		}
	}
	at, err := url.Parse(begun.Header.Get("X-Goog-Upload-Url"))
	if err != nil || begun.StatusCode != http.StatusOK || at.Scheme != "https" || at.Host != "gemini.example" || strings.Contains(at.String(), key) {
		t.Errorf("%d: the upload goes to %s, %v", begun.StatusCode, at, err)
	}
	if refused := ask(http.MethodPost, "/v1beta/files", "x-goog-api-key: sk-FAKE-none"); refused.StatusCode != http.StatusUnauthorized || refused.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a refusal: %d %v", refused.StatusCode, refused.Header)
	}
}

// A user key's networks and models hold for what Google keeps too.
func TestNativeLimitsHold(t *testing.T) {
	h := newHouse(t)
	elsewhere := h.userKey(`,"networks":["192.0.2.0/24"]`)
	for _, path := range []string{"/v1beta/files", "/v1beta/cachedContents", "/v1beta/batches"} {
		if w := h.ask(http.MethodGet, path, elsewhere, ""); w.Code != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d %s", path, w.Code, w.Body)
		}
	}
	for path, body := range map[string]string{
		"/upload/v1beta/files?uploadType=media": "text", "/v1beta/fileSearchStores": "{}", "/v1beta/cachedContents": `{"model":"models/` + flash + `"}`,
		"/v1beta/models/" + flash + ":batchGenerateContent": "{}",
	} {
		if w := h.ask(http.MethodPost, path, elsewhere, body); w.Code != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d %s", path, w.Code, w.Body)
		}
	}
	one := h.userKey(`,"models":["gemini-3*"]`)
	for path, body := range map[string]string{
		"/v1beta/cachedContents":                                     `{"model":"models/` + flash + `","contents":[{"parts":[{"text":"x"}]}]}`,
		"/v1beta/models/" + flash + ":batchGenerateContent":          "{}",
		"/v1beta/interactions":                                       `{"model":"` + flash + `","input":"x"}`,
		"/v1beta/models/veo-3.1-generate-preview:predictLongRunning": "{}",
	} {
		if w := h.ask(http.MethodPost, path, one, body); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "may not use the model") {
			t.Errorf("%s of another model: %d %s", path, w.Code, w.Body)
		}
	}
}

// A cached content that was made natively serves its maker's chats in OpenAI's form, and nobody else's.
func TestChatWithACache(t *testing.T) {
	h := newHouse(t)
	key := h.userKey("")
	var cache struct{ Name string }
	h.read(h.ask(http.MethodPost, "/v1beta/cachedContents", key, `{"model":"models/`+flash+`","contents":[{"role":"user","parts":[{"text":"a long book"}]}]}`), &cache)
	body := `{"model":"` + flash + `","messages":[{"role":"user","content":"what is it?"}],"extra_body":{"google":{"cached_content":"` + cache.Name + `"}}}`
	if w := h.ask(http.MethodPost, "/v1/chat/completions", key, body); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"cached_tokens":`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.ask(http.MethodPost, "/v1/chat/completions", h.userKey(""), body); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "extra_body.google.cached_content") {
		t.Errorf("for another: %d %s", w.Code, w.Body)
	}
}

// A model that the operator has given another name is called by it in paths and in bodies alike.
func TestAliasesInBodies(t *testing.T) {
	h := newHouse(t)
	key := h.userKey("")
	h.admin(http.MethodPut, "/models/"+flash, `{"rpm":null,"tpm":null,"rpd":null,"enabled":true,"alias":"swift"}`, nil)
	h.admin(http.MethodPut, "/models/gemini-embedding-001", `{"rpm":null,"tpm":null,"rpd":null,"enabled":true,"alias":"words"}`, nil)
	for path, body := range map[string]string{
		"/v1beta/models/swift:generateContent":      `{"model":"models/swift","contents":[{"parts":[{"text":"hello"}]}]}`,
		"/v1beta/models/swift:countTokens":          `{"generateContentRequest":{"model":"models/swift","contents":[{"parts":[{"text":"hello"}]}]}}`,
		"/v1beta/models/swift:batchGenerateContent": `{"batch":{"model":"models/swift","inputConfig":{"requests":{"requests":[{"request":{"contents":[]}}]}}}}`,
		"/v1beta/models/words:embedContent":         `{"model":"models/words","content":{"parts":[{"text":"x"}]}}`,
		"/v1beta/models/words:batchEmbedContents":   `{"requests":[{"model":"models/words","content":{"parts":[{"text":"x"}]}}]}`,
		"/v1beta/cachedContents":                    `{"model":"models/swift","contents":[{"parts":[{"text":"hello"}]}]}`,
		"/v1beta/interactions":                      `{"model":"swift","input":"hello"}`,
	} {
		if w := h.ask(http.MethodPost, path, key, body); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
