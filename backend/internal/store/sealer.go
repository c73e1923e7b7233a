package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

const (
	sealVersion  = 1 // first byte of a sealed value
	keyIDSize    = 8
	minSecretKey = 16
)

// errUnknownKey says that a value was sealed with a key that the sealer does not hold.
var errUnknownKey = errors.New("sealed with another key")

// Sealer encrypts what is kept secret, with AES-256-GCM. A sealed value is
//
//	version (1 byte) ‖ key id (8) ‖ random nonce (12) ‖ ciphertext and tag
//
// and is bound to its table and row, so that a value moved to another row does not open. It seals with the current key and opens
// with the older ones too. The keys are derived from the secret keys with HKDF-SHA256.
type Sealer struct {
	current sealKey
	older   []sealKey
	finger  []byte // the key of fingerprints
}

type sealKey struct {
	id   [keyIDSize]byte
	aead cipher.AEAD
}

// NewSealer makes a sealer from the current secret key and those it replaced; each has at least 16 bytes.
func NewSealer(secretKey []byte, older ...[]byte) (*Sealer, error) {
	current, err := newSealKey(secretKey)
	if err != nil {
		return nil, err
	}
	finger, err := hkdf.Key(sha256.New, secretKey, nil, "gemini-proxy fingerprint v1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the fingerprint key: %w", err)
	}
	s := &Sealer{current: current, finger: finger}
	for _, secret := range older {
		key, err := newSealKey(secret)
		if err != nil {
			return nil, err
		}
		s.older = append(s.older, key)
	}
	return s, nil
}

func newSealKey(secret []byte) (sealKey, error) {
	if len(secret) < minSecretKey {
		return sealKey{}, fmt.Errorf("the secret key must have at least %d bytes", minSecretKey)
	}
	var key sealKey
	id, err := hkdf.Key(sha256.New, secret, nil, "gemini-proxy seal id v1", keyIDSize)
	if err != nil {
		return sealKey{}, fmt.Errorf("deriving the seal's id: %w", err)
	}
	copy(key.id[:], id)
	raw, err := hkdf.Key(sha256.New, secret, nil, "gemini-proxy seal v1", 32)
	if err != nil {
		return sealKey{}, fmt.Errorf("deriving the seal: %w", err)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return sealKey{}, fmt.Errorf("making the cipher: %w", err)
	}
	key.aead, err = cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealKey{}, fmt.Errorf("making the seal: %w", err)
	}
	return key, nil
}

// Seal encrypts plain for a row of a table.
func (s *Sealer) Seal(table, row string, plain []byte) []byte {
	head := make([]byte, 0, 1+keyIDSize+len(plain)+s.current.aead.Overhead())
	head = append(append(head, sealVersion), s.current.id[:]...)
	return s.current.aead.Seal(head, nil, plain, identity(table, row)) //nolint:gosec // G407: the cipher makes a random nonce itself, and takes none
}

// Open decrypts what Seal made for the same row of the same table. The error never holds any of it.
func (s *Sealer) Open(table, row string, sealed []byte) ([]byte, error) {
	key, ok := s.keyOf(sealed)
	if !ok {
		return nil, errUnknownKey
	}
	plain, err := key.aead.Open(nil, nil, sealed[1+keyIDSize:], identity(table, row))
	if err != nil {
		return nil, errors.New("sealed value was cut, changed, or moved from another row")
	}
	return plain, nil
}

// Current reports whether a value was sealed with the current key.
func (s *Sealer) Current(sealed []byte) bool {
	key, ok := s.keyOf(sealed)
	return ok && key.id == s.current.id
}

func (s *Sealer) keyOf(sealed []byte) (sealKey, bool) {
	if len(sealed) < 1+keyIDSize || sealed[0] != sealVersion {
		return sealKey{}, false
	}
	id := sealed[1 : 1+keyIDSize]
	if bytes.Equal(id, s.current.id[:]) {
		return s.current, true
	}
	for _, key := range s.older {
		if bytes.Equal(id, key.id[:]) {
			return key, true
		}
	}
	return sealKey{}, false
}

// Fingerprint gives a keyed hash of a secret, in hex: equal secrets have equal fingerprints, and a fingerprint tells nothing of its
// secret to whoever does not hold the key.
func (s *Sealer) Fingerprint(secret string) string {
	mac := hmac.New(sha256.New, s.finger)
	mac.Write([]byte(secret))
	return hex.EncodeToString(mac.Sum(nil))
}

// identity is the additional data that binds a sealed value to its place.
func identity(table, row string) []byte { return []byte(table + "\x00" + row) }
