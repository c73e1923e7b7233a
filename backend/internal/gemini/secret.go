// Package gemini speaks the Gemini API: its wire types, its errors decoded once, its event streams, and a client that is given a
// key for every call. Source of the wire facts: Google's Go SDK (google.golang.org/genai) and ai.google.dev, as of late 2026.
package gemini

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
)

// Secret is a Gemini key. It prints, logs and marshals as its mask; Reveal alone gives the key.
type Secret string

// Reveal gives the key itself, for the header of an upstream call and for sealing.
func (s Secret) Reveal() string { return string(s) }

// Mask gives what may be shown: the prefix of the key's kind and its last four characters, "AIza••••••7f3Q" or "AQ.••••w4Hn".
// A key too short to hide anything is masked whole.
func (s Secret) Mask() string {
	key := string(s)
	if len(key) < 16 {
		return "••••••"
	}
	tail := key[len(key)-4:]
	if kind, _, found := strings.Cut(key, "."); found && len(kind) <= 3 {
		return kind + ".••••" + tail
	}
	return key[:4] + "••••••" + tail
}

// String gives the mask.
func (s Secret) String() string { return s.Mask() }

// GoString gives the mask, so that %#v shows nothing either.
func (s Secret) GoString() string { return s.Mask() }

// Format gives the mask for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.Mask()) }

// LogValue gives the mask to slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.Mask()) }

// MarshalJSON gives the mask.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.Mask()) }

// MarshalText gives the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.Mask()), nil }
