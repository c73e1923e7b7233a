package app

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/config"
	"gemini-proxy/backend/internal/geminisim"
)

// A stream of events has no end of its own: the server's stop must end it at once, and not wait out its grace.
func TestStopEndsTheStreamsOfEvents(t *testing.T) {
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
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, listener) }()
	base := "http://" + listener.Addr().String()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/admin/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+logIn(t, base))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	if !lines.Scan() || lines.Text() != "event: counters" {
		t.Fatalf("first came %q: %v", lines.Text(), lines.Err())
	}
	stop()
	var last string
	for lines.Scan() {
		if text := lines.Text(); text != "" {
			last = text
		}
	}
	if lines.Err() != nil || last != `data: {"reason":"stopping"}` {
		t.Errorf("last came %q: %v", last, lines.Err())
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(stopGrace):
		t.Error("the server waited for a stream of events")
	}
}
