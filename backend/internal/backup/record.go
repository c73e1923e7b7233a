package backup

import (
	"fmt"
	"log/slog"
	"time"
)

// Record is one line of a backup; one of its fields is set.
type Record struct {
	Head     *Head     `json:"backup,omitempty"`
	Key      *Key      `json:"gemini_key,omitempty"`
	Learnt   *Learnt   `json:"learnt_limit,omitempty"`
	UserKey  *UserKey  `json:"user_key,omitempty"`
	Model    *Model    `json:"model,omitempty"`
	Settings *Settings `json:"settings,omitempty"`
	Usage    *Usage    `json:"usage,omitempty"`
	End      *End      `json:"end,omitempty"`
}

// Head is the first line.
type Head struct {
	Version int       `json:"version"`
	MadeAt  time.Time `json:"made_at"`
	MadeBy  string    `json:"made_by"` // the program's version
	Usage   bool      `json:"usage"`
}

// End is the last line: a file without it was cut short.
type End struct {
	Records int `json:"records"` // lines between the first and this one
}

// Secret is a Gemini key. It prints and logs as a mask, and is written out in a backup alone, which is sealed.
type Secret string

// Format gives the mask for every verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "••••••") }

// LogValue gives the mask to slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("••••••") }

// Key is a Gemini key with what its operator said of it.
type Key struct {
	ID            int64     `json:"id"`
	Secret        Secret    `json:"secret"`
	Name          string    `json:"name"`
	Note          string    `json:"note,omitempty"`
	Project       string    `json:"project,omitempty"`
	ProjectSource string    `json:"project_source"`
	Weight        int       `json:"weight"`
	Enabled       bool      `json:"enabled"`
	CreatedAt     time.Time `json:"created_at"`
	RemovedAt     time.Time `json:"removed_at,omitzero"`
}

// Learnt is a limit of a project that an error told.
type Learnt struct {
	Scope string    `json:"scope"` // "project:atlas", or "key:7" by the key's id in this file
	Model string    `json:"model"`
	RPM   *int64    `json:"rpm,omitempty"`
	TPM   *int64    `json:"tpm,omitempty"`
	RPD   *int64    `json:"rpd,omitempty"`
	At    time.Time `json:"at"`
}

// UserKey is a user key; its hash alone is known. A deleted one is there for its name in the history, and has no hash.
type UserKey struct {
	ID         int64     `json:"id"`
	Hash       string    `json:"hash,omitempty"`
	Prefix     string    `json:"prefix"`
	Suffix     string    `json:"suffix"`
	Name       string    `json:"name"`
	Note       string    `json:"note,omitempty"`
	Enabled    bool      `json:"enabled"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
	DeletedAt  time.Time `json:"deleted_at,omitzero"`
	Limits     string    `json:"limits,omitempty"` // the store's JSON of them
}

// Model is what an operator set for a model.
type Model struct {
	Name    string `json:"name"`
	RPM     *int64 `json:"rpm,omitempty"`
	TPM     *int64 `json:"tpm,omitempty"`
	RPD     *int64 `json:"rpd,omitempty"`
	Enabled bool   `json:"enabled"`
	Alias   string `json:"alias,omitempty"`
	Seeded  bool   `json:"seeded,omitempty"`

	ThinkingBudget  *int64 `json:"thinking_budget,omitempty"`
	IncludeThoughts *bool  `json:"include_thoughts,omitempty"`
}

// Settings is the document of settings.
type Settings struct {
	Document string `json:"document"`
}

// Usage is rows of one of the tables of sums, their columns in the order the store gives them.
type Usage struct {
	Table string  `json:"table"`
	Rows  [][]any `json:"rows"` // numbers and texts
}
