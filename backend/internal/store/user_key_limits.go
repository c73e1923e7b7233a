package store

import (
	"context"
	"encoding/json"
	"time"

	"gemini-proxy/backend/internal/auth"
)

// userKeyLimits gives user keys a column of limits. They are one document, since they are read and written whole and never asked for.
const userKeyLimits = `
ALTER TABLE user_keys ADD COLUMN limits TEXT NOT NULL DEFAULT ''
`

// keyLimits is how limits are kept.
type keyLimits struct {
	ExpiresAt     int64    `json:"expires_at,omitempty"` // microseconds since 1970
	RPM           int64    `json:"rpm,omitempty"`
	TPM           int64    `json:"tpm,omitempty"`
	RPD           int64    `json:"rpd,omitempty"`
	MonthlyTokens int64    `json:"monthly_tokens,omitempty"`
	Concurrency   int64    `json:"concurrency,omitempty"`
	Models        []string `json:"models,omitempty"`
	Networks      []string `json:"networks,omitempty"`
}

func limitsText(l *auth.KeyLimits) string {
	if l == nil {
		return ""
	}
	text, err := json.Marshal(keyLimits{ExpiresAt: micros(l.ExpiresAt), RPM: l.RPM, TPM: l.TPM, RPD: l.RPD, MonthlyTokens: l.MonthlyTokens,
		Concurrency: l.Concurrency, Models: l.Models, Networks: l.Networks})
	if err != nil {
		panic("limits of plain numbers and texts do not encode: " + err.Error())
	}
	return clean(string(text), len(text))
}

// limits gives the kept limits. Ones that cannot be read must not open the key: they let nothing through until they are set again.
func (r *userKeyRow) limits() *auth.KeyLimits {
	if r.Limits == "" {
		return nil
	}
	var l keyLimits
	if err := json.Unmarshal([]byte(r.Limits), &l); err != nil {
		return &auth.KeyLimits{ExpiresAt: time.UnixMicro(1)}
	}
	return &auth.KeyLimits{ExpiresAt: at(l.ExpiresAt), RPM: l.RPM, TPM: l.TPM, RPD: l.RPD, MonthlyTokens: l.MonthlyTokens,
		Concurrency: l.Concurrency, Models: l.Models, Networks: l.Networks}
}

// SpentByUserKey sums up what user keys used from a time until before another, by id.
func (s *Store) SpentByUserKey(ctx context.Context, from, to time.Time) (map[int64]auth.Spent, error) {
	sums, err := s.ByUserKey(ctx, from, to)
	if err != nil {
		return nil, err
	}
	spent := make(map[int64]auth.Spent, len(sums))
	for _, sum := range sums {
		spent[sum.UserKeyID] = auth.Spent{Requests: sum.Requests, Tokens: sum.InputTokens + sum.OutputTokens}
	}
	return spent, nil
}
