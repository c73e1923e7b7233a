package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemini-proxy/backend/e2e/stack"
)

const passphrase = "a passphrase for tests"

// TestRestoreServesTheSameUserKeys brings a fresh server, under another secret key, to serve the clients of a lost one.
func TestRestoreServesTheSameUserKeys(t *testing.T) {
	t.Parallel()
	lost := stack.Start(t, stack.Config{Projects: stack.Projects(3, 2)})
	chat(t, newClient(lost), ask(flash, freeText))
	file := lost.Admin.Backup(t, passphrase)
	lost.Kill(t)

	fresh := stack.Start(t, stack.Config{Projects: stack.Projects(3, 2), NoKeys: true, Environment: []string{"SECRET_KEY=FAKE-another-secret-key-of-the-tests-9"}})
	fresh.UserKey = lost.UserKey
	refused(t, newClient(fresh), ask(flash, freeText), http.StatusUnauthorized)
	if status := fresh.Admin.Restore(t, file, "another passphrase"); status != http.StatusBadRequest {
		t.Errorf("another passphrase: %d", status)
	}
	if status := fresh.Admin.Restore(t, file, passphrase); status != http.StatusOK {
		t.Fatalf("restoring: %d", status)
	}
	if answer := content(chat(t, newClient(fresh), ask(flash, freeText))); answer == "" {
		t.Error("no answer")
	}
	if keys := fresh.Admin.Keys(t); len(keys) != 6 {
		t.Errorf("%d keys", len(keys))
	}
}

// TestCommandsWithoutAPage backs up, rotates the secret key and restores by the commands alone.
func TestCommandsWithoutAPage(t *testing.T) {
	t.Parallel()
	s := stack.Start(t, stack.Config{})
	file := filepath.Join(t.TempDir(), "backup.age")
	if output, ok := s.Command(t, passphrase+"\n", nil, "backup", "--usage", file); !ok {
		t.Fatalf("backup: %s", output)
	}
	if output, ok := s.Command(t, passphrase+"\n", nil, "backup", file); ok {
		t.Errorf("a file is written over: %s", output)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file can be read by others: %v", err)
	}
	s.Stop(t)

	previous, next := []string{"PREVIOUS_SECRET_KEY=FAKE-secret-key-of-the-tests-0123456789"}, []string{"SECRET_KEY=FAKE-a-new-secret-key-of-the-tests-1"}
	for range 2 { // the second finds it done
		if output, ok := s.Command(t, "", append(previous, next...), "rotate-secret"); !ok {
			t.Fatalf("rotate-secret: %s", output)
		}
	}
	if output, ok := s.Command(t, "", next, "backup", filepath.Join(t.TempDir(), "x")); ok || !strings.Contains(output, "passphrase") {
		t.Errorf("without a passphrase: %s", output)
	}
	if output, ok := s.Command(t, passphrase, nil, "restore", "--preview", file); ok || !strings.Contains(output, "SECRET_KEY") {
		t.Errorf("with the old secret key: %s", output)
	}
	s.SetEnvironment(next...)
	if output, ok := s.Command(t, passphrase, nil, "restore", "--preview", file); !ok || !strings.Contains(output, "Gemini keys  0 added, 0 changed, 3 the same") {
		t.Errorf("restore: %s", output)
	}
	s.Start(t)
	chat(t, newClient(s), ask(flash, freeText))
}
