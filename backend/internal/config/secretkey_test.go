package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestSecretKeyIsMadeOnce(t *testing.T) {
	start(t, nil)
	first, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("data", secretFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o, want 600", mode)
	}
	if len(first.SecretKey.Reveal()) != 44 { // 32 bytes in base64
		t.Errorf("the key has %d characters", len(first.SecretKey.Reveal()))
	}
	write(t, filepath.Join("data", "gemini-proxy.db"), "") // by now there is a database
	second, err := Load("")
	if err != nil || second.SecretKey != first.SecretKey {
		t.Errorf("the second start has another key (%v)", err)
	}
	if entries, err := os.ReadDir("data"); err != nil || len(entries) != 2 {
		t.Errorf("data holds %v, %v", entries, err)
	}
	t.Setenv(secretKey, fakeKey)
	if third, err := Load(""); err != nil || third.SecretKey != fakeKey {
		t.Errorf("a given key does not win: %v", err)
	}
}

func TestSecretKeyIsOneForAllWhoStartAtOnce(t *testing.T) {
	for _, write := range []func(string) (Secret, error){
		writeSecretFile,
		func(path string) (Secret, error) { return "", copyNew(path, "0123456789abcdef") }, // without hard links: others are refused
	} {
		path := filepath.Join(t.TempDir(), secretFile)
		keys := make(chan Secret, 8)
		var all sync.WaitGroup
		for range cap(keys) {
			all.Go(func() {
				if key, err := write(path); err == nil {
					keys <- key
				} else if !os.IsExist(err) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		close(keys)
		kept, err := readSecretFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for key := range keys {
			if key != kept && key != "" {
				t.Error("two keys were given")
			}
		}
	}
}

func TestSecretKeyFaults(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T)
		want    string
	}{
		{"cut short", func(t *testing.T) {
			t.Helper()
			write(t, filepath.Join("data", secretFile), "FAKE-short\n")
		}, "SECRET_KEY: is not set, and data/secret.key cannot be used: it holds fewer than 16 characters"},
		{"lost", func(t *testing.T) {
			t.Helper()
			write(t, filepath.Join("data", "gemini-proxy.db"), "x")
		}, "SECRET_KEY: data/secret.key is missing, and the database data/gemini-proxy.db was sealed with it"},
		{"a directory", func(t *testing.T) {
			t.Helper()
			if err := os.Mkdir(filepath.Join("data", secretFile), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "SECRET_KEY: is not set, and data/secret.key cannot be used"},
		{"data is a file", func(t *testing.T) {
			t.Helper()
			if err := os.Remove("data"); err != nil {
				t.Fatal(err)
			}
			write(t, "data", "")
		}, "DATA_DIR: must be a directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start(t, nil)
			if err := os.Mkdir("data", 0o700); err != nil {
				t.Fatal(err)
			}
			test.prepare(t)
			_, err := Load("")
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "FAKE") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestDerivedKeys(t *testing.T) {
	c, other := Config{SecretKey: fakeKey}, Config{SecretKey: fakeKey + "x"}
	keys := [][]byte{c.SealingKey(), c.JWTKey(), other.SealingKey(), other.JWTKey()}
	for i, key := range keys {
		if len(key) != 32 {
			t.Errorf("key %d has %d bytes", i, len(key))
		}
		for j := range i {
			if bytes.Equal(key, keys[j]) {
				t.Errorf("keys %d and %d are the same", i, j)
			}
		}
	}
	if !bytes.Equal(c.SealingKey(), keys[0]) || !bytes.Equal(c.JWTKey(), keys[1]) {
		t.Error("a derived key changes from call to call")
	}
}
