package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/geminisim"
)

// A chat that fails over is told to the collector, with its attempts and its caller's trace, and without a word of it.
func TestTracesReachACollector(t *testing.T) {
	sim := geminisim.New(geminisim.Config{Seed: 1, Projects: []geminisim.Project{{Number: "1", Tier: "tier1", Keys: []geminisim.Key{{Value: gateKey}}}}})
	upstream := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); upstream.Close() })
	told := make(chan string, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("X-Collector") != "FAKE key" {
			t.Errorf("the collector is asked %s: %v", r.URL, err)
		}
		told <- string(body)
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(collector.Close)
	for name, value := range map[string]string{
		"DATA_DIR": t.TempDir(), "DATABASE_URL": "", "GEMINI_BASE_URL": upstream.URL, "GEMINI_API_KEYS": gateKey, "ADMIN_PASSWORD": gatePassword,
		"SECRET_KEY": strings.Repeat("k", 40), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_EXPORTER_OTLP_HEADERS": "X-Collector=FAKE%20key",
	} {
		t.Setenv(name, value)
	}
	base, stop := serve(t)
	token := logIn(t, base)
	made := speak(t, http.MethodPost, base+"/admin/v1/user-keys", token, `{"name":"client"}`)
	_, rest, _ := strings.Cut(made.body, `"key":"`)
	userKey, _, _ := strings.Cut(rest, `"`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/chat/completions",
		strings.NewReader(`{"model":"gemini-3.5-flash","messages":[{"role":"user","content":"a secret question"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+userKey)
	request.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("chat: %d %v", response.StatusCode, err)
	}
	stop() // what waits goes out at the end
	select {
	case text := <-told:
		for _, word := range []string{`"4bf92f3577b34da6a3ce929d0e0e4736"`, `"chat gemini-3.5-flash"`, `"attempt gemini-3.5-flash"`} {
			if !strings.Contains(text, word) {
				t.Errorf("%s is not told: %s", word, text)
			}
		}
		for _, word := range []string{"a secret question", gateKey, userKey} {
			if strings.Contains(text, word) {
				t.Errorf("%.8s… is told", word)
			}
		}
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was told")
	}
}
