package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Beside secret.key while it is changed, and afterwards.
const (
	newSecretFile      = secretFile + ".new"
	previousSecretFile = secretFile + ".previous"
)

// PreviousSealingKey gives the key that sealed the database before SECRET_KEY was changed; nil when none is given.
func (c *Config) PreviousSealingKey() []byte {
	if c.PreviousSecretKey == "" {
		return nil
	}
	before := Config{SecretKey: c.PreviousSecretKey}
	return before.SealingKey()
}

// LoadRotation reads the configuration for a change of the secret key: SecretKey is the new one, PreviousSecretKey the one the database
// is sealed with. Where both are given it is they; where the key is in DATA_DIR/secret.key, a new one is made beside it, and finish puts
// it in its place, once the database is sealed with it. A change that broke off is taken up where it was.
func LoadRotation(file string) (c *Config, finish func() error, err error) {
	c, err = load(file, true)
	if err != nil {
		return nil, nil, err
	}
	if c.SecretKey != "" {
		if c.PreviousSecretKey == "" {
			return nil, nil, Faults{{previousSecretKey, "must be the key until now, and SECRET_KEY the new one"}}
		}
		return c, func() error { return nil }, nil
	}
	path := filepath.Join(c.DataDir, secretFile)
	if c.PreviousSecretKey, err = readSecretFile(path); err != nil {
		return nil, nil, Faults{{secretKey, fmt.Sprintf("is not set, and %s cannot be used: %v", path, err)}}
	}
	fresh := filepath.Join(c.DataDir, newSecretFile)
	if c.SecretKey, err = readSecretFile(fresh); errors.Is(err, fs.ErrNotExist) {
		c.SecretKey, err = writeSecretFile(fresh)
	}
	if err != nil {
		return nil, nil, Faults{{secretKey, fmt.Sprintf("%s cannot be used: %v", fresh, err)}}
	}
	return c, func() error { return replaceSecretFile(c.DataDir) }, nil
}

// replaceSecretFile puts the new key in the old one's place and keeps that one, for copies of the database that were made before.
func replaceSecretFile(dir string) error {
	path, before := filepath.Join(dir, secretFile), filepath.Join(dir, previousSecretFile)
	old, err := os.ReadFile(path) //nolint:gosec // G304: the operator names the directory
	if err != nil {
		return fmt.Errorf("keep the previous secret key: %w", err)
	}
	if err := os.WriteFile(before, old, 0o600); err != nil { //nolint:gosec // G703: the operator names the directory
		return fmt.Errorf("keep the previous secret key: %w", err)
	}
	if err := os.Rename(filepath.Join(dir, newSecretFile), path); err != nil {
		return fmt.Errorf("put the new secret key in its place: %w", err)
	}
	return syncDir(dir)
}
