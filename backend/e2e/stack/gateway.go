package stack

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"
)

// Gateway is the server under test: its data outlives its process, which can be stopped, killed and started again.
type Gateway struct {
	URL         string // of the first start, kept by the later ones
	directory   string
	environment []string
	out         *output
	process     *process
	stopped     bool // by the test, on purpose
}

// newGateway makes a gateway that is not started yet.
func newGateway(t testing.TB, environment []string) *Gateway {
	g := &Gateway{directory: t.TempDir(), out: newOutput()}
	t.Cleanup(func() { // whatever became of the test
		if g.process != nil {
			g.process.kill()
		}
	})
	g.environment = append(basics(), "HOST=127.0.0.1", "DATA_DIR="+g.directory, "LOG_LEVEL=debug", "LOG_FORMAT=json")
	g.environment = append(g.environment, environment...)
	return g
}

// Start starts the server, at the same address as before if it ran before, and returns when /health answers.
func (g *Gateway) Start(t testing.TB) {
	t.Helper()
	g.Launch(t)
	address := g.process.await(t, `"msg":"listening","address":"([^"]+)"`)[1]
	g.URL = "http://" + address
	client := newClient(t)
	Eventually(t, startLimit, func() error { return healthy(t, client, g.URL) })
}

// StartTimed starts the server at a free port and gives the time from its exec to the first 200 of /health.
func (g *Gateway) StartTimed(t testing.TB) time.Duration {
	t.Helper()
	if g.URL == "" {
		g.URL = "http://" + freeAddress(t)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	begun := time.Now()
	g.Launch(t)
	for healthy(t, client, g.URL) != nil {
		if !g.process.running() || time.Since(begun) > startLimit {
			t.Fatalf("the gateway does not answer %s after its start", time.Since(begun))
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(begun)
}

// Launch starts the server's process and does not wait for it.
func (g *Gateway) Launch(t testing.TB) {
	t.Helper()
	port := "0"
	if g.URL != "" {
		port = portOf(t, g.URL)
	}
	g.stopped = false
	g.process = launch(t, g.out, g.directory, append(g.environment, "PORT="+port), Program(t, "gemini-proxy"), "serve")
}

// Signal sends SIGTERM and does not wait.
func (g *Gateway) Signal(t testing.TB) {
	t.Helper()
	g.stopped = true
	if err := g.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("stopping the gateway: %v", err)
	}
}

// Wait waits for the end after Signal, which must be a good one.
func (g *Gateway) Wait(t testing.TB) {
	t.Helper()
	if err := g.process.wait(); err != nil {
		t.Errorf("the gateway did not end well: %v", err)
	}
}

// Stop ends the server as a host does, with SIGTERM, and wants a good end.
func (g *Gateway) Stop(t testing.TB) {
	t.Helper()
	g.Signal(t)
	g.Wait(t)
}

// Kill ends the server as a crash does.
func (g *Gateway) Kill(t testing.TB) {
	t.Helper()
	g.stopped = true
	if err := g.process.signal(syscall.SIGKILL); err == nil {
		t.Error("the gateway ended well although it was killed")
	}
}

// Running reports whether the process has not ended.
func (g *Gateway) Running() bool { return g.process != nil && g.process.running() }

// Log gives all that the server has printed, over all its runs.
func (g *Gateway) Log() string { return g.out.String() }

// healthy gives an error unless /health answers with 200.
func healthy(t testing.TB, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(requestContext(t), http.MethodGet, address+"/health", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("/health answered %s", response.Status)
	}
	return nil
}

// freeAddress finds a port of 127.0.0.1 that nobody listens on. Another program could take it first; on a machine that runs tests, none does.
func freeAddress(t testing.TB) string {
	t.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(requestContext(t), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

func portOf(t testing.TB, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Port()
}
