package adminapi

import "time"

// UserKey is an access key we issued. The key itself is shown once, when it is made or rotated.
type UserKey struct {
	ID        int64     `json:"id" example:"3"`
	Name      string    `json:"name" example:"laptop"`
	Note      string    `json:"note" example:"for the editor"`
	Masked    string    `json:"masked" example:"sk-ab12…wxyz"`
	Enabled   bool      `json:"enabled" example:"true"`
	CreatedAt time.Time `json:"created_at" format:"date-time" example:"2026-11-20T09:00:00Z"`
	// null: never
	LastUsedAt *time.Time `json:"last_used_at" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:48:17Z"`
	// since midnight in tz; null while the database does not answer
	RequestsToday *int64 `json:"requests_today" extensions:"x-nullable" example:"120"`
	// in and out; null while the database does not answer
	TokensToday *int64 `json:"tokens_today" extensions:"x-nullable" example:"48000"`
	// null while the database does not answer
	RequestsTotal *int64 `json:"requests_total" extensions:"x-nullable" example:"9120"`
	// of what operators set; send it as If-Match, in quotes, with a change that must not overwrite another
	Version string `json:"version" example:"6d1c0f7be2a94c35"`
	UserKeyLimits
	// what it has used of its limits; null when nothing of it is counted
	Use *UserKeyUse `json:"use" extensions:"x-nullable"`
}

// UserKeyLimits bounds what a user key may do.
type UserKeyLimits struct {
	// null: never
	ExpiresAt *time.Time `json:"expires_at" extensions:"x-nullable" format:"date-time" example:"2027-01-01T00:00:00Z"`
	// requests a minute; null: no limit
	RPM *int64 `json:"rpm" extensions:"x-nullable" example:"60"`
	// tokens a minute, in and out
	TPM *int64 `json:"tpm" extensions:"x-nullable" example:"100000"`
	// requests a day of UTC
	RPD *int64 `json:"rpd" extensions:"x-nullable" example:"5000"`
	// tokens a calendar month of UTC, in and out
	MonthlyTokens *int64 `json:"monthly_tokens" extensions:"x-nullable" example:"10000000"`
	// requests at one time
	Concurrency *int64   `json:"concurrency" extensions:"x-nullable" example:"8"`
	Models      []string `json:"models" example:"gemini-*-flash"`   // it may use, by name or pattern; empty: every one
	Networks    []string `json:"networks" example:"203.0.113.0/24"` // it may be used from; empty: from everywhere
}

// UserKeyUse is what a user key has used of its limits.
type UserKeyUse struct {
	InFlight       int64 `json:"in_flight" example:"1"`
	MinuteRequests int64 `json:"minute_requests" example:"12"`
	MinuteTokens   int64 `json:"minute_tokens" example:"9000"`
	DayRequests    int64 `json:"day_requests" example:"230"`
	MonthTokens    int64 `json:"month_tokens" example:"812000"`
}

// UserKeyList is one page of user keys.
type UserKeyList struct {
	Items []UserKey `json:"items"`
	Total int       `json:"total" example:"3"`
}

// NewUserKey is a user key with the key itself, shown this once.
type NewUserKey struct {
	UserKey
	Key string `json:"key" example:"sk-ab12…"` // store it now: it is not kept
}

// UserKeyRequest makes a user key.
type UserKeyRequest struct {
	Name string  `json:"name" minLength:"1" maxLength:"100" example:"laptop"`
	Note *string `json:"note" validate:"optional" maxLength:"1000" example:"for the editor"`
	// RFC 3339; null: never
	ExpiresAt nullable `json:"expires_at" validate:"optional" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2027-01-01T00:00:00Z"`
	// requests a minute; null: no limit
	RPM nullableNumber `json:"rpm" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"60"`
	// tokens a minute, in and out
	TPM nullableNumber `json:"tpm" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"100000"`
	// requests a day of UTC
	RPD nullableNumber `json:"rpd" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"5000"`
	// tokens a calendar month of UTC, in and out
	MonthlyTokens nullableNumber `json:"monthly_tokens" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"10000000"`
	// requests at one time
	Concurrency nullableNumber `json:"concurrency" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"8"`
	Models      *[]string      `json:"models" validate:"optional" maxItems:"100" example:"gemini-*-flash"`   // names or patterns; empty: every one
	Networks    *[]string      `json:"networks" validate:"optional" maxItems:"100" example:"203.0.113.0/24"` // or addresses; empty: from everywhere
}

// UserKeyPatch is what can be changed of a user key; what is absent stays.
type UserKeyPatch struct {
	Name    *string `json:"name" validate:"optional" minLength:"1" maxLength:"100" example:"laptop"`
	Note    *string `json:"note" validate:"optional" maxLength:"1000" example:"for the editor"`
	Enabled *bool   `json:"enabled" validate:"optional" example:"false"`
	// RFC 3339; null: never
	ExpiresAt nullable `json:"expires_at" validate:"optional" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2027-01-01T00:00:00Z"`
	// requests a minute; null: no limit
	RPM nullableNumber `json:"rpm" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"60"`
	// tokens a minute, in and out
	TPM nullableNumber `json:"tpm" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"100000"`
	// requests a day of UTC
	RPD nullableNumber `json:"rpd" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"5000"`
	// tokens a calendar month of UTC, in and out
	MonthlyTokens nullableNumber `json:"monthly_tokens" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"10000000"`
	// requests at one time
	Concurrency nullableNumber `json:"concurrency" validate:"optional" minimum:"1" maximum:"1000000000000" swaggertype:"integer" extensions:"x-nullable" example:"8"`
	Models      *[]string      `json:"models" validate:"optional" maxItems:"100" example:"gemini-*-flash"`   // names or patterns; empty: every one
	Networks    *[]string      `json:"networks" validate:"optional" maxItems:"100" example:"203.0.113.0/24"` // or addresses; empty: from everywhere
}
