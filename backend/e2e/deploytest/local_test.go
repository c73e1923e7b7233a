package deploytest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLocalRun is `make run` on other ports: both servers answer, and one signal stops both.
func TestLocalRun(t *testing.T) {
	backend, page := freePort(t), freePort(t)
	data := t.TempDir()
	local := startLocal(t, "run", "BACKEND_PORT="+backend, "PAGE_PORT="+page, "DATA_DIR="+data)
	local.waitFor(t, `Ctrl-C stops`)
	if got, want := get(t, "http://127.0.0.1:"+page+"/config.json"), `{"apiBaseUrl":"http://localhost:`+backend+`"}`; got != want {
		t.Errorf("config.json = %s, want %s", got, want)
	}
	get(t, "http://127.0.0.1:"+backend+"/health")
	local.stop(t)
	if _, err := os.Stat(filepath.Join(data, "gemini-proxy.db")); err != nil {
		t.Errorf("the data is not where DATA_DIR says: %v", err)
	}
	for _, port := range []string{backend, page} {
		var dialer net.Dialer
		if connection, err := dialer.DialContext(t.Context(), "tcp", "127.0.0.1:"+port); err == nil {
			t.Errorf("port %s is still served by %s", port, connection.RemoteAddr())
		}
	}
}

// TestLocalDemo is `make demo`: it gets as far as a user key, with which the gateway then answers a chat.
func TestLocalDemo(t *testing.T) {
	backend := freePort(t)
	local := startLocal(t, "demo", "BACKEND_PORT="+backend, "PAGE_PORT="+freePort(t), "SIM_PORT="+freePort(t))
	key := local.waitFor(t, `A user key +(sk-\S+)`)[1]
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:"+backend+"/v1/chat/completions",
		strings.NewReader(`{"model": "gemini-flash-lite-latest", "messages": [{"role": "user", "content": "hello"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	if answer := do(t, request); !strings.Contains(answer, `"assistant"`) {
		t.Errorf("the chat was answered with %s", answer)
	}
	local.stop(t)
}

// local is deploy/local.sh at work.
type local struct {
	cmd    *exec.Cmd
	output *bufio.Scanner
	said   strings.Builder
}

// startLocal runs deploy/local.sh in a process group of its own, as a terminal does. `make test-e2e` builds the programs it starts.
func startLocal(t *testing.T, mode string, environment ...string) *local {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(top, "deploy/local.sh"), mode)
	cmd.Env = append(os.Environ(), "ADMIN_PASSWORD=", "DATABASE_URL=", "SECRET_KEY=", "GEMINI_API_KEYS=")
	cmd.Env = append(cmd.Env, environment...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = read.Close() }) // nothing was written through it
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := write.Close(); err != nil { // the script has its own
		t.Fatal(err)
	}
	return &local{cmd: cmd, output: bufio.NewScanner(read)}
}

// waitFor reads what is printed until a line matches, and returns the match and its groups.
func (l *local) waitFor(t *testing.T, pattern string) []string {
	t.Helper()
	matcher := regexp.MustCompile(pattern)
	for l.output.Scan() {
		l.said.WriteString(l.output.Text() + "\n")
		if match := matcher.FindStringSubmatch(l.output.Text()); match != nil {
			return match
		}
	}
	t.Fatalf("deploy/local.sh ended before it said %q:\n%s", pattern, &l.said)
	return nil
}

// stop presses Ctrl-C, which reaches every process of the group, and wants a good end.
func (l *local) stop(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-l.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for l.output.Scan() {
		l.said.WriteString(l.output.Text() + "\n")
	}
	if err := l.cmd.Wait(); err != nil {
		t.Errorf("deploy/local.sh ended with %v:\n%s", err, &l.said)
	}
}

// freePort finds a port that nobody listens on. Another program could take it before it is used; on a machine that runs tests, none does.
func freePort(t *testing.T) string {
	t.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func get(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, request)
}

// do sends a request that must be answered with 200, and returns the body.
func do(t *testing.T, request *http.Request) string {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s = %s: %s", request.URL, response.Status, body)
	}
	return string(body)
}
