package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/geminisim"
	"gemini-proxy/backend/internal/store/storetest"
)

// TestDatabaseGone takes a real Postgres away from a server at work: chat goes on, the admin API and /ready say what is wrong, and
// everything is well when it is back.
func TestDatabaseGone(t *testing.T) {
	cluster := storetest.NewCluster(t)
	sim := geminisim.New(geminisim.Config{Seed: 1, Projects: []geminisim.Project{{Number: "1", Tier: "tier1", Keys: []geminisim.Key{{Value: gateKey}}}}})
	upstream := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); upstream.Close() })
	for name, value := range map[string]string{
		"DATABASE_URL": cluster.URL("postgres"), "GEMINI_BASE_URL": upstream.URL, "GEMINI_API_KEYS": gateKey,
		"ADMIN_PASSWORD": gatePassword, "SECRET_KEY": strings.Repeat("k", 40), "DATA_DIR": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	base, stop := serve(t)
	token := logIn(t, base)
	made := speak(t, http.MethodPost, base+"/admin/v1/user-keys", token, `{"name":"client"}`)
	_, rest, _ := strings.Cut(made.body, `"key":"`)
	userKey, _, _ := strings.Cut(rest, `"`)
	chat := func() answer {
		return speak(t, http.MethodPost, base+"/v1/chat/completions", userKey, `{"model":"gemini-3.5-flash","messages":[{"role":"user","content":"hello"}]}`)
	}
	if got := chat(); got.status != http.StatusOK {
		t.Fatalf("before: %+v", got)
	}

	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if got := chat(); got.status != http.StatusOK {
			t.Errorf("chat without the database: %+v", got)
		}
	}
	if got := speak(t, http.MethodGet, base+"/admin/v1/gemini-keys", token, ""); got.status != http.StatusOK {
		t.Errorf("the list of keys is in memory: %+v", got)
	}
	if got := speak(t, http.MethodPost, base+"/admin/v1/user-keys", token, `{"name":"other"}`); got.status != http.StatusServiceUnavailable ||
		!strings.Contains(got.body, "database_unavailable") {
		t.Errorf("making a user key: %+v", got)
	}
	if got := speak(t, http.MethodGet, base+"/ready", "", ""); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, `"database":"unavailable"`) {
		t.Errorf("ready: %+v", got)
	}
	if got := speak(t, http.MethodGet, base+"/health", "", ""); got.status != http.StatusOK {
		t.Errorf("health: %+v", got)
	}

	if err := cluster.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	recovered := func() bool {
		return speak(t, http.MethodGet, base+"/ready", "", "").status == http.StatusOK &&
			speak(t, http.MethodPost, base+"/admin/v1/user-keys", token, `{"name":"other"}`).status == http.StatusCreated
	}
	for deadline := time.Now().Add(30 * time.Second); !recovered(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server did not recover")
		}
	}
	stop()
}

// serve runs the server on a free port; stop ends it and wants a good end.
func serve(t *testing.T) (base string, stop func()) {
	t.Helper()
	cfg, err := config.Load("")
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(t.Context(), cfg, Build{Version: "test"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, listener) }()
	return "http://" + listener.Addr().String(), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server did not end well: %v", err)
		}
	}
}

func logIn(t *testing.T, base string) string {
	t.Helper()
	got := speak(t, http.MethodPost, base+"/admin/v1/auth/login", "", fmt.Sprintf(`{"username":"admin","password":%q}`, gatePassword))
	_, rest, _ := strings.Cut(got.body, `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	if got.status != http.StatusOK || token == "" {
		t.Fatalf("logging in: %d", got.status)
	}
	return token
}

// answer is what a request came to.
type answer struct {
	status int
	body   string
}

func speak(t *testing.T, method, url, credential, body string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if credential != "" {
		request.Header.Set("Authorization", "Bearer "+credential)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, string(text)}
}
