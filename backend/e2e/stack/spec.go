package stack

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"gemini-proxy/backend/internal/openaispec"
)

// watch makes a client that holds every answer of the OpenAI-compatible API against what OpenAI publishes of it. Its connections end with
// the test.
func watch(t testing.TB) *http.Client {
	t.Helper()
	spec, err := openaispec.Load()
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t)
	client.Transport = spec.Watch(client.Transport, func(err error) { t.Errorf("not as OpenAI publishes it: %v", err) })
	client.Timeout = 0 // the test's context bounds what the client waits for
	return client
}

// Tap stands before the gateway for clients of other languages, and watches what they are answered. It gives its address and ends with the
// test.
func (s *Stack) Tap(t testing.TB) string {
	t.Helper()
	gateway, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(gateway) },
		Transport:     s.Client.Transport,
		FlushInterval: -1,
	}
	tap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // whole: a body that is still being piped when the answer begins can end the answer
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(tap.Close)
	return tap.URL
}
