package adminapi

import (
	"time"

	"gemini-proxy/backend/internal/auth"
)

// limitFields is the fields of a body that speak of limits; those that are not given stay as they are.
type limitFields struct {
	expires                              nullable
	rpm, tpm, rpd, monthly, concurrently nullableNumber
	models, networks                     *[]string
}

func (r *UserKeyRequest) limits() limitFields {
	return limitFields{r.ExpiresAt, r.RPM, r.TPM, r.RPD, r.MonthlyTokens, r.Concurrency, r.Models, r.Networks}
}

func (p *UserKeyPatch) limits() limitFields {
	return limitFields{p.ExpiresAt, p.RPM, p.TPM, p.RPD, p.MonthlyTokens, p.Concurrency, p.Models, p.Networks}
}

// change gives what the fields do to limits, or what is wrong with them. Whether a number is in its bounds, auth checks; but there 0 is no
// limit, and here it is none that makes sense.
func (f limitFields) change() (func(*auth.KeyLimits), error) {
	var faults fieldFaults
	var expires time.Time
	if f.expires.Text != nil {
		at, err := time.Parse(time.RFC3339, *f.expires.Text)
		if err != nil || at.Year() < 2000 || at.Year() > 2200 {
			faults = append(faults, FieldFault{Field: "expires_at", Message: "must be a time like 2027-01-01T00:00:00Z, or null"})
		}
		expires = at.UTC().Truncate(time.Microsecond) // as it is kept
	}
	numbers := []struct {
		name  string
		given nullableNumber
		of    func(*auth.KeyLimits) *int64
	}{
		{"rpm", f.rpm, func(l *auth.KeyLimits) *int64 { return &l.RPM }},
		{"tpm", f.tpm, func(l *auth.KeyLimits) *int64 { return &l.TPM }},
		{"rpd", f.rpd, func(l *auth.KeyLimits) *int64 { return &l.RPD }},
		{"monthly_tokens", f.monthly, func(l *auth.KeyLimits) *int64 { return &l.MonthlyTokens }},
		{"concurrency", f.concurrently, func(l *auth.KeyLimits) *int64 { return &l.Concurrency }},
	}
	for _, n := range numbers {
		if n.given.Number != nil && *n.given.Number < 1 {
			faults = append(faults, FieldFault{Field: n.name, Message: "must be a whole number from 1, or null for no limit"})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return func(l *auth.KeyLimits) {
		if f.expires.Given {
			l.ExpiresAt = expires
		}
		for _, n := range numbers {
			if n.given.Given {
				*n.of(l) = value(n.given.Number)
			}
		}
		if f.models != nil {
			l.Models = *f.models
		}
		if f.networks != nil {
			l.Networks = *f.networks
		}
	}, nil
}

func userKeyLimitsOf(l *auth.KeyLimits) UserKeyLimits {
	if l == nil {
		l = &auth.KeyLimits{}
	}
	limit := func(n int64) *int64 {
		if n == 0 {
			return nil
		}
		return &n
	}
	return UserKeyLimits{
		ExpiresAt: optionalTime(l.ExpiresAt), RPM: limit(l.RPM), TPM: limit(l.TPM), RPD: limit(l.RPD), MonthlyTokens: limit(l.MonthlyTokens),
		Concurrency: limit(l.Concurrency), Models: append([]string{}, l.Models...), Networks: append([]string{}, l.Networks...),
	}
}
