package adminapi

import "time"

// GeminiKey is one upstream key as the operator sees it. The key itself is never shown.
type GeminiKey struct {
	ID     int64  `json:"id" example:"7"`
	Masked string `json:"masked" example:"AIza••••••7f3Q"`
	Name   string `json:"name" example:"key-07"`
	Note   string `json:"note" example:"from the second account"`
	// null while not known: the key counts as a project of its own
	Project *string `json:"project" extensions:"x-nullable" example:"atlas"`
	// how the project became known
	ProjectSource string `json:"project_source" enums:"unknown,marker,error,operator" example:"marker"`
	// its share of the picks, relative to the others'
	Weight int `json:"weight" minimum:"1" maximum:"100" example:"1"`
	// false: kept, but never used
	Enabled bool `json:"enabled" example:"true"`
	// resting: at least one rest is running
	State string `json:"state" enums:"healthy,resting,failing,unknown,disabled,removed" example:"resting"`
	// the verdict behind the state: dead_key, misconfigured_key, exit, tier, day_quota, minute_quota, bare_429, transient, timeout, empty, malformed
	Reason *string `json:"reason" extensions:"x-nullable" example:"minute_quota"`
	// the one that ends first comes first
	Rests []Rest `json:"rests"`
	// upstream calls in Google's quota day, which begins at midnight in Los Angeles
	RequestsToday int64 `json:"requests_today" example:"41"`
	// moving average; null before the first outcome
	SuccessRate *float64 `json:"success_rate" extensions:"x-nullable" minimum:"0" maximum:"1" example:"0.98"`
	// moving average to the answer; null before the first
	LatencySeconds *float64 `json:"latency_seconds" extensions:"x-nullable" example:"1.4"`
	// the key's own
	ConsecutiveFailures int `json:"consecutive_failures" example:"0"`
	// null: never
	LastUsedAt *time.Time `json:"last_used_at" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:48:17Z"`
	LastError  *KeyError  `json:"last_error" extensions:"x-nullable"`
	CreatedAt  time.Time  `json:"created_at" format:"date-time" example:"2026-11-20T09:00:00Z"`
	// of what operators set; send it as If-Match, in quotes, with a change that must not overwrite another
	Version string `json:"version" example:"6d1c0f7be2a94c35"`
	// null while it is in the pool
	RemovedAt *time.Time `json:"removed_at" extensions:"x-nullable" format:"date-time" example:"2026-11-22T09:00:00Z"`
}

// Rest is a time in which a key, or its project's quota for a model, is not asked.
type Rest struct {
	Model  string    `json:"model" example:"gemini-flash-latest"` // empty: every model
	Reason string    `json:"reason" example:"minute_quota"`       // a verdict
	Since  time.Time `json:"since" format:"date-time" example:"2026-11-23T02:48:17Z"`
	Until  time.Time `json:"until" format:"date-time" example:"2026-11-23T02:49:17Z"`
	Scope  string    `json:"scope" enums:"key,project" example:"project"` // whose rest it is
}

// KeyError is the last fault met with a key.
type KeyError struct {
	At      time.Time `json:"at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	Verdict string    `json:"verdict" example:"minute_quota"`
	Status  int       `json:"status" example:"429"` // upstream's; 0 when no answer came
	Message string    `json:"message" example:"You exceeded your current quota."`
}

// KeyCounts is how many keys there are by state. All leaves the removed out.
type KeyCounts struct {
	All      int `json:"all" example:"14"`
	Healthy  int `json:"healthy" example:"9"`
	Resting  int `json:"resting" example:"2"`
	Failing  int `json:"failing" example:"1"`
	Unknown  int `json:"unknown" example:"1"`
	Disabled int `json:"disabled" example:"1"`
	Removed  int `json:"removed" example:"3"`
}

// GeminiKeyList is one page of Gemini keys.
type GeminiKeyList struct {
	Items  []GeminiKey `json:"items"`
	Total  int         `json:"total" example:"14"` // that match, over all pages
	Counts KeyCounts   `json:"counts"`             // of the whole pool, whatever the filters
}

// ImportRequest is any text with Gemini keys in it.
type ImportRequest struct {
	// at most 4 MiB; keys are found by their pattern, whatever stands around them
	Text    string  `json:"text" example:"AIzaSy-FAKE-000000000000000000000000000"`
	Project *string `json:"project" validate:"optional" maxLength:"100" example:"atlas"` // of all of them, when you know it
	Weight  *int    `json:"weight" validate:"optional" minimum:"1" maximum:"100" default:"1" example:"1"`
	// of their names, which are numbered on from the last that begins so
	NamePrefix *string `json:"name_prefix" validate:"optional" maxLength:"90" default:"key-" example:"spare-"`
	DryRun     *bool   `json:"dry_run" validate:"optional" default:"false"` // only say what would happen
}

// ImportResult is what became of the keys in a text. Each list names the first thousand; the totals count all.
type ImportResult struct {
	Added           []GeminiKey    `json:"added"`      // in a dry run their ids are 0
	Duplicates      []DuplicateKey `json:"duplicates"` // already there; a removed one comes back by restore
	Invalid         []RejectedText `json:"invalid"`    // looked like keys but are none
	AddedTotal      int            `json:"added_total" example:"14"`
	DuplicatesTotal int            `json:"duplicates_total" example:"2"`
	InvalidTotal    int            `json:"invalid_total" example:"0"`
	DryRun          bool           `json:"dry_run" example:"false"`
}

// ImportProgress is how far an import is: the data of an event "progress".
type ImportProgress struct {
	Done       int `json:"done" example:"3000"`
	Total      int `json:"total" example:"50000"`
	Added      int `json:"added" example:"2990"`
	Duplicates int `json:"duplicates" example:"10"`
	Invalid    int `json:"invalid" example:"0"`
}

// DuplicateKey is an imported key that is in the pool already.
type DuplicateKey struct {
	Masked  string `json:"masked" example:"AIza••••••7f3Q"`
	ID      int64  `json:"id" example:"7"`
	Name    string `json:"name" example:"key-07"`
	Removed bool   `json:"removed" example:"false"`
}

// RejectedText is a piece of imported text that is no Gemini key.
type RejectedText struct {
	Text   string `json:"text" example:"sk-a••••••9x2z"` // masked
	Reason string `json:"reason" example:"a user key of this server"`
}

// GeminiKeyPatch is what an operator can change of a key; what is absent stays.
type GeminiKeyPatch struct {
	Name    *string `json:"name" validate:"optional" minLength:"1" maxLength:"100" example:"key-07"`
	Note    *string `json:"note" validate:"optional" maxLength:"1000" example:"from the second account"`
	Weight  *int    `json:"weight" validate:"optional" minimum:"1" maximum:"100" example:"1"`
	Enabled *bool   `json:"enabled" validate:"optional" example:"true"`
	// null: forget it
	Project nullable `json:"project" validate:"optional" maxLength:"100" swaggertype:"string" extensions:"x-nullable" example:"atlas"`
}

// CheckResult is what asking Gemini about a key found.
type CheckResult struct {
	OK        bool      `json:"ok" example:"true"`
	Verdict   string    `json:"verdict" example:"ok"`
	Message   string    `json:"message" example:""` // Gemini's, redacted
	LatencyMS int64     `json:"latency_ms" example:"182"`
	Key       GeminiKey `json:"key"` // as it is now
}
