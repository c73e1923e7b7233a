package store

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/pool"
)

func testSealer(t *testing.T, secret byte, older ...byte) *Sealer {
	t.Helper()
	var before [][]byte
	for _, o := range older {
		before = append(before, bytes.Repeat([]byte{o}, 32))
	}
	sealer, err := NewSealer(bytes.Repeat([]byte{secret}, 32), before...)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestSealedValuesOpenInTheirPlaceAlone(t *testing.T) {
	s := testSealer(t, 1)
	plain := []byte("AIzaSy-FAKE-plain")
	sealed := s.Seal("gemini_keys", "row", plain)
	if bytes.Contains(sealed, plain[:6]) || bytes.Equal(sealed, s.Seal("gemini_keys", "row", plain)) {
		t.Error("the seal shows its value, or is the same twice")
	}
	if got, err := s.Open("gemini_keys", "row", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("Open = %q, %v", got, err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := s.Open("gemini_keys", "row", changed); err == nil {
			t.Errorf("it opens with byte %d changed", i)
		}
		if _, err := s.Open("gemini_keys", "row", sealed[:i]); err == nil {
			t.Errorf("it opens when cut to %d bytes", i)
		}
	}
	for name, open := range map[string]func() ([]byte, error){
		"another row":         func() ([]byte, error) { return s.Open("gemini_keys", "other", sealed) },
		"another table":       func() ([]byte, error) { return s.Open("admins", "row", sealed) },
		"a shifted border":    func() ([]byte, error) { return s.Open("gemini_keysr", "ow", sealed) },
		"another key":         func() ([]byte, error) { return testSealer(t, 2).Open("gemini_keys", "row", sealed) },
		"another and a third": func() ([]byte, error) { return testSealer(t, 2, 3).Open("gemini_keys", "row", sealed) },
	} {
		if _, err := open(); err == nil {
			t.Errorf("%s opens it", name)
		}
	}
	rotated := testSealer(t, 2, 3, 1)
	if got, err := rotated.Open("gemini_keys", "row", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("with the key among the older ones: %q, %v", got, err)
	}
	if rotated.Current(sealed) || !s.Current(sealed) {
		t.Error("Current mistakes an older key for the current one")
	}
}

func TestFingerprints(t *testing.T) {
	a, b := testSealer(t, 1), testSealer(t, 2)
	if again := testSealer(t, 1); a.Fingerprint("x") != again.Fingerprint("x") || a.Fingerprint("x") == a.Fingerprint("y") || a.Fingerprint("x") == b.Fingerprint("x") {
		t.Error("fingerprints must tell secrets apart, and depend on the key")
	}
}

func TestShortSecretKeysAreRefused(t *testing.T) {
	if _, err := NewSealer([]byte("fifteen bytes!!")); err == nil {
		t.Error("15 bytes were taken")
	}
	if _, err := NewSealer(make([]byte, 16), []byte("short")); err == nil {
		t.Error("a short older key was taken")
	}
}

// Whoever can write to the database must not be able to put one key's secret in another's place.
func TestASecretMovedToAnotherKeyDoesNotOpen(t *testing.T) {
	s, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "swap.db"), Sealer: testSealer(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.AddKeys(t.Context(), []pool.Record{{Secret: "AIzaSy-FAKE-one", Weight: 1}, {Secret: "AIzaSy-FAKE-two", Weight: 1}}); err != nil {
		t.Fatal(err)
	}
	swap := "UPDATE gemini_keys SET secret = (SELECT other.secret FROM gemini_keys other WHERE other.id <> gemini_keys.id)"
	if err := s.write.WithContext(t.Context()).Exec(swap).Error; err != nil {
		t.Fatal(err)
	}
	_, err = s.LoadPool(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Gemini key 1") || strings.Contains(err.Error(), "FAKE") {
		t.Errorf("LoadPool after a swap: %v, want an error that names the key and shows no secret", err)
	}
}
