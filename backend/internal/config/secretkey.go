package config

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// secretFile is where the key of a SQLite server is kept when none is given.
const secretFile = "secret.key"

// derivedKeyBytes is the size of each derived key: AES-256's, and HS256's recommended one (RFC 7518 §3.2).
const derivedKeyBytes = 32

// SealingKey gives the 32 bytes from which what is kept sealed in the database is sealed.
func (c *Config) SealingKey() []byte { return c.derive("gemini-proxy/sealing/v1") }

// JWTKey gives the 32 bytes that sign access tokens.
func (c *Config) JWTKey() []byte { return c.derive("gemini-proxy/jwt/v1") }

// derive makes a key for one purpose, so that no purpose's key tells of another's (HKDF-SHA256, RFC 5869).
func (c *Config) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, []byte(c.SecretKey.Reveal()), nil, purpose, derivedKeyBytes)
	if err != nil {
		panic("config: derive a key: " + err.Error()) // only for sizes HKDF cannot give
	}
	return key
}

// makeSecretKey gives the configuration the key kept in DATA_DIR, made now if this is the first start.
func (r *reader) makeSecretKey(c *Config) {
	path := filepath.Join(c.DataDir, secretFile)
	if _, err := os.Stat(filepath.Join(c.DataDir, newSecretFile)); err == nil {
		r.fault(secretKey, "a change of %s broke off: run `gemini-proxy rotate-secret` again", path)
		return
	}
	key, err := readSecretFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Stat(c.SQLitePath()); statErr == nil {
			r.fault(secretKey, "%s is missing, and the database %s was sealed with it: put it back, or set SECRET_KEY to the key this database was made with", path, c.SQLitePath())
			return
		}
		key, err = writeSecretFile(path)
	}
	if err != nil {
		r.fault(secretKey, "is not set, and %s cannot be used: %v", path, err)
		return
	}
	c.SecretKey = key
}

// readSecretFile reads a key that was made before.
func readSecretFile(path string) (Secret, error) {
	text, err := os.ReadFile(path) //nolint:gosec // G304: the operator names the directory
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(text))
	if utf8.RuneCountInString(key) < minSecretKey {
		return "", fmt.Errorf("it holds fewer than %d characters", minSecretKey)
	}
	return Secret(key), nil
}

// writeSecretFile makes a key and keeps it for its owner alone. A key that is there already is never overwritten: when another
// process was first, its key is given. The file appears whole or not at all, and is on the disk before the key is used.
func writeSecretFile(path string) (Secret, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	temporary, err := os.CreateTemp(dir, secretFile+".*") // made with mode 0600
	if err != nil {
		return "", err
	}
	defer os.Remove(temporary.Name()) // at worst a file with an unused key is left
	key := make([]byte, derivedKeyBytes)
	rand.Read(key) // never fails, by its contract
	text := base64.StdEncoding.EncodeToString(key)
	_, err = temporary.WriteString(text + "\n")
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return "", err
	}
	// A hard link, unlike a rename, does not replace what is there.
	err = os.Link(temporary.Name(), path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = copyNew(path, text)
	}
	if errors.Is(err, fs.ErrExist) {
		return readSecretFile(path)
	}
	if err != nil {
		return "", err
	}
	return Secret(text), syncDir(dir)
}

// copyNew writes a file that must not be there yet, on file systems without hard links (FAT, some network shares).
func copyNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // G304: the operator names the directory
	if err != nil {
		return err
	}
	_, err = file.WriteString(text + "\n")
	return errors.Join(err, file.Sync(), file.Close())
}

// syncDir makes a new name in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // G304: the operator names the directory
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
