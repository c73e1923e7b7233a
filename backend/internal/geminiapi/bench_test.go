package geminiapi_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/settings"
)

// answers is an upstream that answers at once.
func answers(events string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if !strings.Contains(r.URL.Path, "stream") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"candidates":[{"content":{"parts":[{"text":"hello"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"totalTokenCount":9}}`) // a client that left reads nothing
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		control := http.NewResponseController(w)
		for event := range strings.SplitAfterSeq(events, "\r\n\r\n") {
			if _, err := io.WriteString(w, event); err != nil || control.Flush() != nil {
				return
			}
		}
	}
}

// BenchmarkPass compares with a bare reverse proxy that judges nothing.
func BenchmarkPass(b *testing.B) {
	chunk := `data: {"candidates":[{"content":{"parts":[{"text":"` + strings.Repeat("word ", 12) + `"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":2304,"totalTokenCount":2316},"modelVersion":"gemini-2.5-flash"}` + "\r\n\r\n"
	last := `data: {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":2304,"totalTokenCount":2316}}` + "\r\n\r\n"
	upstream := answers(strings.Repeat(chunk, 50) + last)
	ours, key := benchServer(b, upstream)
	behind := httptest.NewServer(upstream)
	b.Cleanup(behind.Close)
	proxy := httputil.NewSingleHostReverseProxy(must(url.Parse(behind.URL))(b))
	proxy.FlushInterval = -1
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // a bare proxy that pipes the body while the answer begins cuts streams off
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	b.Cleanup(bare.Close)
	for name, address := range map[string]string{"ours": ours, "bare proxy": bare.URL} {
		for kind, call := range map[string]string{"whole": ":generateContent", "stream of 50": ":streamGenerateContent?alt=sse", "1 MB": ":generateContent"} {
			body := []byte(hello)
			if kind == "1 MB" {
				body = bytes.Replace(body, []byte("hello"), bytes.Repeat([]byte("A"), 1<<20), 1)
			}
			b.Run(kind+", "+name, func(b *testing.B) {
				for b.Loop() {
					post(b, address+"/v1beta/models/"+flash+call, key, body)
				}
			})
		}
	}
}

func post(b *testing.B, address, key string, body []byte) {
	r := must(http.NewRequestWithContext(b.Context(), http.MethodPost, address, bytes.NewReader(body)))(b)
	r.Header.Set("X-Goog-Api-Key", key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n < 100 || resp.StatusCode != http.StatusOK {
		b.Fatalf("%d, %d bytes, %v", resp.StatusCode, n, err)
	}
	if err := resp.Body.Close(); err != nil {
		b.Error(err)
	}
}

// benchServer is the API with one key in front of an upstream.
func benchServer(b *testing.B, upstream http.HandlerFunc) (address, key string) {
	b.Helper()
	s := &server{settings: settings.Default(), log: &syncBuffer{}}
	s.start(b, 1, upstream)
	b.Cleanup(func() { http.DefaultClient.CloseIdleConnections() })
	return s.url, s.key
}
