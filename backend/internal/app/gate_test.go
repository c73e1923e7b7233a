package app

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/geminisim"
)

const (
	gateKey      = "AIzaSy-FAKE-00000000000000000000000gate"
	gatePassword = "a password for tests alone"
)

// house is the whole server before a simulated Gemini.
type house struct {
	t     *testing.T
	front *httptest.Server
	token string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	gin.SetMode(gin.TestMode)
	sim := geminisim.New(geminisim.Config{Seed: 1, Projects: []geminisim.Project{{Number: "1", Tier: "tier1", Keys: []geminisim.Key{{Value: gateKey}}}}})
	upstream := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); upstream.Close() })
	for name, value := range map[string]string{
		"DATA_DIR": t.TempDir(), "DATABASE_URL": "", "GEMINI_BASE_URL": upstream.URL, "GEMINI_API_KEYS": gateKey, "ADMIN_PASSWORD": gatePassword,
		"SECRET_KEY": strings.Repeat("k", 40),
	} {
		t.Setenv(name, value)
	}
	cfg, err := config.Load("")
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(t.Context(), cfg, Build{Version: "test"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.client.CloseIdle()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{t: t, front: httptest.NewServer(server.handler())}
	t.Cleanup(h.front.Close)
	var session struct {
		AccessToken string `json:"access_token"`
	}
	h.read(h.ask(http.MethodPost, "/admin/v1/auth/login", "", `{"username":"admin","password":"`+gatePassword+`"}`), &session)
	h.token = session.AccessToken
	return h
}

func (h *house) ask(method, path, credential, body string) *httptest.ResponseRecorder {
	h.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.front.URL+path, reader)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if credential != "" {
		r.Header.Set("Authorization", "Bearer "+credential)
	}
	resp, err := h.front.Client().Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	w := httptest.NewRecorder() // as a record of what came
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	if _, err := io.Copy(w, resp.Body); err != nil {
		h.t.Fatal(err)
	}
	return w
}

// admin asks the admin API, which must not refuse.
func (h *house) admin(method, path, body string, answer any) {
	h.t.Helper()
	w := h.ask(method, "/admin/v1"+path, h.token, body)
	if w.Code >= http.StatusBadRequest {
		h.t.Fatalf("%s %s answers %d: %s", method, path, w.Code, w.Body)
	}
	if answer != nil {
		h.read(w, answer)
	}
}

func (h *house) read(w *httptest.ResponseRecorder, answer any) {
	h.t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), answer); err != nil {
		h.t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
}

// userKey makes a user key with limits.
func (h *house) userKey(limits string) string {
	h.t.Helper()
	var made struct{ Key string }
	h.admin(http.MethodPost, "/user-keys", `{"name":"laptop"`+limits+`}`, &made)
	return made.Key
}

// chat and native ask for the model in either dialect.
func (h *house) chat(key, model string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.ask(http.MethodPost, "/v1/chat/completions", key, fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"hello"}]}`, model))
}

func (h *house) native(key, model string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.ask(http.MethodPost, "/v1beta/models/"+model+":generateContent", key, `{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}`)
}

func (h *house) models(key string) []string {
	h.t.Helper()
	var list struct{ Data []struct{ ID string } }
	h.read(h.ask(http.MethodGet, "/v1/models", key, ""), &list)
	var names []string
	for _, m := range list.Data {
		names = append(names, m.ID)
	}
	return names
}

const flash = "gemini-2.5-flash"

func TestModelsThatAreOffAndAliases(t *testing.T) {
	h := newHouse(t)
	key := h.userKey("")
	if names := h.models(key); !slices.Contains(names, flash) {
		t.Fatalf("models are %v", names)
	}
	h.admin(http.MethodPut, "/models/"+flash, `{"rpm":null,"tpm":null,"rpd":null,"enabled":true,"alias":"gpt-4o"}`, nil)
	for _, model := range []string{flash, "gpt-4o"} {
		for name, ask := range map[string]func(string, string) *httptest.ResponseRecorder{"chat": h.chat, "native": h.native} {
			if w := ask(key, model); w.Code != http.StatusOK {
				t.Errorf("%s with %s answers %d: %s", name, model, w.Code, w.Body)
			}
		}
	}
	if w := h.chat(key, "gpt-4o"); !strings.Contains(w.Body.String(), `"model":"gpt-4o"`) {
		t.Errorf("an answer to the alias says %s", w.Body)
	}
	if names := h.models(key); !slices.Contains(names, "gpt-4o") {
		t.Errorf("the alias is not among %v", names)
	}
	h.admin(http.MethodPut, "/models/"+flash, `{"rpm":null,"tpm":null,"rpd":null,"enabled":false,"alias":"gpt-4o"}`, nil)
	for _, model := range []string{flash, "gpt-4o"} {
		for name, ask := range map[string]func(string, string) *httptest.ResponseRecorder{"chat": h.chat, "native": h.native} {
			if w := ask(key, model); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), model) {
				t.Errorf("%s with %s that is off answers %d: %s", name, model, w.Code, w.Body)
			}
		}
		if w := h.ask(http.MethodGet, "/v1/models/"+model, key, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s that is off is described: %s", model, w.Body)
		}
	}
	if names := h.models(key); slices.Contains(names, "gpt-4o") || slices.Contains(names, flash) {
		t.Errorf("a model that is off is among %v", names)
	}
	if w := h.ask(http.MethodGet, "/v1beta/models?pageSize=1000", key, ""); strings.Contains(w.Body.String(), `models/`+flash+`"`) {
		t.Error("a model that is off is listed natively")
	}
}

func TestUserKeyLimitsHold(t *testing.T) {
	h := newHouse(t)
	h.admin(http.MethodPut, "/models/"+flash, `{"rpm":null,"tpm":null,"rpd":null,"enabled":true}`, nil) // no limit but the keys' own
	for name, ask := range map[string]func(string, string) *httptest.ResponseRecorder{"chat": h.chat, "native": h.native} {
		t.Run(name, func(t *testing.T) {
			key := h.userKey(`,"rpm":2,"tpm":100000`)
			for i, remaining := range []string{"1", "0"} {
				w := ask(key, flash)
				if head := w.Header(); w.Code != http.StatusOK || head.Get("X-Ratelimit-Limit-Requests") != "2" || head.Get("X-Ratelimit-Remaining-Requests") != remaining ||
					head.Get("X-Ratelimit-Reset-Tokens") == "" {
					t.Errorf("request %d: %d %v", i, w.Code, head)
				}
			}
			w := ask(key, flash)
			if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || w.Header().Get("X-Ratelimit-Remaining-Requests") != "0" {
				t.Errorf("over the limit: %d %v %s", w.Code, w.Header(), w.Body)
			}
			key = h.userKey(`,"models":["gemini-3*"]`)
			if w := ask(key, flash); w.Code != http.StatusForbidden {
				t.Errorf("another model: %d %s", w.Code, w.Body)
			}
			if w := ask(key, "gemini-3-flash-preview"); w.Code != http.StatusOK || w.Header().Get("X-Ratelimit-Limit-Requests") != "" {
				t.Errorf("its own model: %d %s", w.Code, w.Body)
			}
			if names := h.models(key); slices.Contains(names, flash) || !slices.Contains(names, "gemini-3-flash-preview") {
				t.Errorf("it is shown %v", names)
			}
			if w := ask(h.userKey(`,"networks":["203.0.113.0/24"]`), flash); w.Code != http.StatusForbidden {
				t.Errorf("from elsewhere: %d %s", w.Code, w.Body)
			}
			key = h.userKey(`,"monthly_tokens":1`)
			if w := ask(key, flash); w.Code != http.StatusOK {
				t.Errorf("the first of the month: %d %s", w.Code, w.Body)
			}
			if w := ask(key, flash); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
				t.Errorf("over the month's tokens: %d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}

// A place at one time is given back whatever became of the request, in every API.
func TestConcurrencyIsGivenBack(t *testing.T) {
	h := newHouse(t)
	key := h.userKey(`,"concurrency":1`)
	for range 3 {
		for _, path := range []string{"/v1/chat/completions", "/v1/embeddings", "/v1/images/generations", "/v1/audio/speech"} {
			body := `{"model":"gemini-embedding-001","input":"hello","prompt":"hello","voice":"alloy","stream":true,"messages":[{"role":"user","content":"hello"}]}`
			if w := h.ask(http.MethodPost, path, key, body); w.Code == http.StatusTooManyRequests {
				t.Fatalf("%s: %s", path, w.Body)
			}
		}
		if w := h.native(key, "no-such-model"); w.Code == http.StatusTooManyRequests {
			t.Fatalf("native: %s", w.Body)
		}
		if w := h.chat(key, flash); w.Code != http.StatusOK {
			t.Fatalf("chat: %d %s", w.Code, w.Body)
		}
	}
}

func TestMetricsAreForThoseWhoMay(t *testing.T) {
	t.Setenv("METRICS_TOKEN", "FAKE-metrics-token")
	h := newHouse(t)
	h.chat(h.userKey(""), flash)
	for name, tt := range map[string]struct {
		token  string
		status int
	}{
		"nobody": {"", http.StatusUnauthorized}, "a stranger": {"FAKE-metrics-toke", http.StatusUnauthorized},
		"Prometheus": {"FAKE-metrics-token", http.StatusOK}, "an admin": {h.token, http.StatusOK}, "a client": {h.userKey(""), http.StatusUnauthorized},
	} {
		w := h.ask(http.MethodGet, "/metrics", tt.token, "")
		if w.Code != tt.status {
			t.Errorf("%s gets %d: %.200s", name, w.Code, w.Body)
		}
		if told := strings.Contains(w.Body.String(), `gemini_proxy_requests_total{api="chat"`); told != (tt.status == http.StatusOK) {
			t.Errorf("%s is told: %v", name, told)
		}
	}
}
