package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Secret is text that must not be shown. It prints, logs and marshals as a mask; Reveal alone gives it.
type Secret string

const mask = "••••••"

// Reveal gives the text itself.
func (s Secret) Reveal() string { return string(s) }

// String gives the mask, and nothing for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString gives the mask, so that %#v shows nothing either.
func (s Secret) GoString() string { return s.String() }

// Format gives the mask for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue gives the mask to slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON gives the mask.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// MarshalText gives the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
