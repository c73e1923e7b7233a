package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRotationOfTheFile(t *testing.T) {
	start(t, nil)
	before, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := LoadRotation("")
	if err != nil {
		t.Fatal(err)
	}
	if first.PreviousSecretKey != before.SecretKey || first.SecretKey == before.SecretKey || len(first.SecretKey.Reveal()) < minSecretKey {
		t.Fatal("the keys are not the old and a new one")
	}
	if string(first.PreviousSealingKey()) != string(before.SealingKey()) {
		t.Error("the previous sealing key is another one")
	}
	if _, err := Load(""); err == nil || !strings.Contains(err.Error(), "rotate-secret") {
		t.Errorf("a start in the middle of it: %v", err)
	}
	again, finish, err := LoadRotation("") // it broke off
	if err != nil || again.SecretKey != first.SecretKey {
		t.Fatalf("the second try makes another key (%v)", err)
	}
	if err := finish(); err != nil {
		t.Fatal(err)
	}
	after, err := Load("")
	if err != nil || after.SecretKey != first.SecretKey {
		t.Errorf("after it the key is not the new one (%v)", err)
	}
	kept := filepath.Join("data", previousSecretFile)
	if text, err := os.ReadFile(kept); err != nil || strings.TrimSpace(string(text)) != before.SecretKey.Reveal() {
		t.Errorf("the old key is not kept: %v", err)
	}
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v", err)
	}
}

func TestRotationByVariables(t *testing.T) {
	start(t, map[string]string{secretKey: fakeKey})
	if _, _, err := LoadRotation(""); err == nil || !strings.Contains(err.Error(), previousSecretKey) {
		t.Errorf("without the previous key: %v", err)
	}
	t.Setenv(previousSecretKey, fakeKey+"old")
	c, finish, err := LoadRotation("")
	if err != nil || c.PreviousSecretKey != fakeKey+"old" || c.SecretKey != fakeKey || finish() != nil {
		t.Errorf("with both: %v", err)
	}
	start(t, nil)
	if _, _, err := LoadRotation(""); err == nil {
		t.Error("there is no key to change")
	}
	if _, err := os.Stat(filepath.Join("data", newSecretFile)); err == nil {
		t.Error("a key was made")
	}
}
