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
}

// UserKeyPatch is what can be changed of a user key; what is absent stays.
type UserKeyPatch struct {
	Name    *string `json:"name" validate:"optional" minLength:"1" maxLength:"100" example:"laptop"`
	Note    *string `json:"note" validate:"optional" maxLength:"1000" example:"for the editor"`
	Enabled *bool   `json:"enabled" validate:"optional" example:"false"`
}
