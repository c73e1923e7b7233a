package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const adminPassword = "bench-password"

// startGateway runs the real binary on an empty SQLite, with ten fake keys, and gives a user key. ready is the time from exec to
// the first 200 of /health.
func startGateway(ctx context.Context, binary, upstream, dir string) (p *process, userKey string, ready time.Duration, err error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, "", 0, err
	}
	keys := ""
	for i := range 10 {
		keys += fmt.Sprintf("AIzaSy-FAKE-bench-key-%017d\n", i)
	}
	log, err := os.Create(filepath.Join(dir, "gateway.log")) //nolint:gosec // a folder of our own making
	if err != nil {
		return nil, "", 0, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, binary, "serve") //nolint:gosec // the operator names the binary
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port), "DATA_DIR="+dir, "DATABASE_URL=", "GEMINI_BASE_URL="+upstream,
		"ADMIN_PASSWORD="+adminPassword, "GEMINI_API_KEYS="+keys, "LOG_FORMAT=json")
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, "", 0, err
	}
	p = &process{command: cmd, url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	if err := waitHealthy(ctx, p.url); err != nil {
		p.stop()
		return nil, "", 0, err
	}
	ready = time.Since(started)
	userKey, err = makeUserKey(ctx, p.url)
	return p, userKey, ready, err
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func waitHealthy(ctx context.Context, base string) error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/health", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return fmt.Errorf("the gateway at %s did not become healthy", base)
}

func makeUserKey(ctx context.Context, base string) (string, error) {
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := post(ctx, base+"/admin/v1/auth/login", "", map[string]string{"username": "admin", "password": adminPassword}, &tokens); err != nil {
		return "", err
	}
	var made struct {
		Key string `json:"key"`
	}
	err := post(ctx, base+"/admin/v1/user-keys", tokens.AccessToken, map[string]string{"name": "bench"}, &made)
	return made.Key, err
}

func post(ctx context.Context, url, token string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s answered %s: %s", url, resp.Status, text)
	}
	return json.Unmarshal(text, out)
}
