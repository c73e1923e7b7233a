package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// env turns name, value pairs into what os.Getenv is to the program.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestRunCommandLine(t *testing.T) {
	tests := []struct {
		name           string
		args           []string
		env            func(string) string
		code           int
		stdout, stderr string // a part that must be there
	}{
		{"version", []string{"version"}, env(), 0, "dev\n", ""},
		{"unknown command", []string{"fly"}, env(), 2, "", "usage: gemini-proxy-admin"},
		{"too much", []string{"serve", "now"}, env(), 2, "", "usage: gemini-proxy-admin"},
		{"bad port", nil, env("PORT", "http"), 1, "", `PORT: "http" is not a port`},
		{"port zero", nil, env("PORT", "0"), 1, "", `PORT: "0" is not a port`},
		{"bad API address", nil, env("API_BASE_URL", "ftp://x"), 1, "", "API_BASE_URL: the scheme must be http or https"},
		{"bad port of the health check", []string{"healthcheck"}, env("PORT", "-1"), 1, "", `PORT: "-1" is not a port`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), tt.args, tt.env, &stdout, &stderr); code != tt.code {
				t.Errorf("code = %d, want %d", code, tt.code)
			}
			if !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("printed %q and %q, want %q and %q in them", &stdout, &stderr, tt.stdout, tt.stderr)
			}
		})
	}
}

// TestServeRefusesATakenPort runs the whole start against a port that is in use.
func TestServeRefusesATakenPort(t *testing.T) {
	taken := listenLocal(t)
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), nil, env("HOST", "127.0.0.1", "PORT", port), io.Discard, &stderr); code != 1 {
		t.Errorf("code = %d, want 1", code)
	}
	if !strings.Contains(stderr.String(), "listen: ") {
		t.Errorf("printed %q, want why it cannot listen", &stderr)
	}
}

func TestServeOnFinishesWhatIsUnderWay(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		write(w, []byte("whole"))
	})
	listener := &watchedListener{Listener: listenLocal(t), closed: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- serveOn(ctx, listener, slow) }()

	body := make(chan string, 1)
	go func() { body <- get(t, "http://"+listener.Addr().String()) }()
	<-entered
	stop()
	<-listener.closed // stopping has begun
	close(release)
	if got := <-body; got != "whole" {
		t.Errorf("the request under way got %q, want it whole", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("serveOn = %v, want nil", err)
	}
}

func TestHealthcheck(t *testing.T) {
	alive := httptest.NewServer(newTestSite(t, builtPage()))
	defer alive.Close()
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer sick.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tests := []struct {
		name, url, host string
		code            int
	}{
		{"alive", alive.URL, "127.0.0.1", 0},
		{"alive, on all interfaces", alive.URL, "0.0.0.0", 0},
		{"alive, no host named", alive.URL, "", 0},
		{"sick", sick.URL, "127.0.0.1", 1},
		{"gone", gone.URL, "127.0.0.1", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			port := tt.url[strings.LastIndexByte(tt.url, ':')+1:]
			if code := run(t.Context(), []string{"healthcheck"}, env("HOST", tt.host, "PORT", port), io.Discard, &stderr); code != tt.code {
				t.Errorf("code = %d, want %d: %s", code, tt.code, &stderr)
			}
		})
	}
}

// watchedListener tells when it is closed.
type watchedListener struct {
	net.Listener
	once   sync.Once
	closed chan struct{}
}

func (l *watchedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// listenLocal opens a port of this machine that closes with the test.
func listenLocal(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // a second close, where the server made the first, is an error of no weight
	return listener
}

// get returns a body, or the error in its place, so that it may run beside the test.
func get(t *testing.T, address string) string {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		return err.Error()
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
