package stack

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// Command runs another command of the server's program with the server's environment, and gives what it prints and whether it ended well.
func (g *Gateway) Command(t testing.TB, input string, environment []string, arguments ...string) (output string, ok bool) {
	t.Helper()
	command := exec.CommandContext(requestContext(t), Program(t, "gemini-proxy"), arguments...) //nolint:gosec // the program under test
	command.Env = append(append([]string{}, g.environment...), environment...)
	command.Dir = g.directory
	command.Stdin = strings.NewReader(input)
	text, err := command.CombinedOutput()
	return string(text), err == nil
}

// SetEnvironment adds variables, or other values of them, for the next start.
func (g *Gateway) SetEnvironment(environment ...string) {
	g.environment = append(g.environment, environment...)
}

// Backup makes a backup, which must show no secret.
func (a *Admin) Backup(t testing.TB, passphrase string) []byte {
	t.Helper()
	status, file := a.send(t, http.MethodPost, "/backup", map[string]any{"passphrase": passphrase, "include_usage": true})
	if status != http.StatusOK {
		t.Fatalf("backup: %d %s", status, file)
	}
	return file
}

// Restore takes a backup in and gives the answer's status.
func (a *Admin) Restore(t testing.TB, file []byte, passphrase string) int {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("passphrase", passphrase); err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormFile("file", "backup.age")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(requestContext(t), http.MethodPost, a.gateway.URL+"/admin/v1/restore", &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", form.FormDataContentType())
	response, err := a.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}
