package adminapi

import "time"

// Overview is what the console shows, in one answer.
type Overview struct {
	GeneratedAt time.Time `json:"generated_at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	Keys        KeyCounts `json:"keys"`
	// when the first of the resting keys is back; null where none rests
	FirstBackAt    *time.Time      `json:"first_back_at" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:49:17Z"`
	UserKeys       UserKeyCounts   `json:"user_keys"`
	Projects       []Project       `json:"projects"`                    // at most 50
	ProjectsTotal  int             `json:"projects_total" example:"12"` // all of them
	Capacity       Capacity        `json:"capacity"`
	Today          DayTotals       `json:"today"`     // since midnight in tz
	Yesterday      DayTotals       `json:"yesterday"` // up to this time of day
	Models         []ModelQuota    `json:"models"`
	Attention      []AttentionKey  `json:"attention"`                 // keys that need a look or rest, at most 20
	Shares         []KeyShare      `json:"shares"`                    // who served today, the most first, at most 10
	SharesRest     int64           `json:"shares_rest" example:"120"` // today's requests of the keys not in shares
	RecentFailures []RecentFailure `json:"recent_failures"`           // the newest first, at most 10
}

// Capacity is what all projects with a live key can do in a minute, over the models that were asked for in the quota day.
type Capacity struct {
	Projects int   `json:"projects" example:"4"`   // with a key that is neither failing nor disabled
	RPMUsed  int64 `json:"rpm_used" example:"23"`  // requests of the last minute
	RPMLimit int64 `json:"rpm_limit" example:"40"` // the sum of the projects' limits, as far as they are known
	RPMLeast int64 `json:"rpm_least" example:"10"` // the smallest known limit of a project
	RPMMost  int64 `json:"rpm_most" example:"10"`  // the largest
	Unknown  int   `json:"unknown" example:"0"`    // of the projects, those whose limit is not known
}

// UserKeyCounts is how many user keys there are.
type UserKeyCounts struct {
	All     int `json:"all" example:"4"`
	Enabled int `json:"enabled" example:"3"`
}

// Project is a Google project, or a single key whose project is not known, with its keys.
type Project struct {
	Name      string       `json:"name" example:"atlas"` // of the project, else of the key that stands for it
	Source    string       `json:"source" enums:"unknown,marker,error,operator" example:"marker"`
	Keys      []ProjectKey `json:"keys"`                   // at most 50
	KeysTotal int          `json:"keys_total" example:"3"` // all of them
	// requests of the last minute, all models
	RPMUsed  int64  `json:"rpm_used" example:"7"`
	RPMLimit *int64 `json:"rpm_limit" extensions:"x-nullable" example:"30"` // null: not known
}

// ProjectKey is a key in its project.
type ProjectKey struct {
	ID     int64   `json:"id" example:"7"`
	Masked string  `json:"masked" example:"AIza••••••7f3Q"`
	Name   string  `json:"name" example:"key-07"`
	State  string  `json:"state" enums:"healthy,resting,failing,unknown,disabled,removed" example:"resting"`
	Reason *string `json:"reason" extensions:"x-nullable" example:"minute_quota"`
	// of the rest that ends first
	RestSince *time.Time `json:"rest_since" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:48:17Z"`
	RestUntil *time.Time `json:"rest_until" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:49:17Z"`
}

// DayTotals is the requests of a day, or of its part so far.
type DayTotals struct {
	Requests     int64    `json:"requests" example:"5120"`
	Failures     int64    `json:"failures" example:"12"` // answered with an error that was not the client's own
	InputTokens  int64    `json:"input_tokens" example:"912000"`
	OutputTokens int64    `json:"output_tokens" example:"240000"`
	P50          *float64 `json:"latency_p50_seconds" extensions:"x-nullable" example:"1.2"` // null without requests
	P95          *float64 `json:"latency_p95_seconds" extensions:"x-nullable" example:"4.8"`
	P99          *float64 `json:"latency_p99_seconds" extensions:"x-nullable" example:"9.1"`
}

// ModelQuota is how much of a model's quota is used. A limit is the sum over the projects that can serve it.
type ModelQuota struct {
	Name          string `json:"name" example:"gemini-3.8-flash"`
	RequestsToday int64  `json:"requests_today" example:"84"` // in Google's quota day
	Projects      int    `json:"projects" example:"12"`       // that can serve it
	RPM           Quota  `json:"rpm"`                         // requests of the last minute
	TPM           Quota  `json:"tpm"`                         // input tokens of the last minute
	RPD           Quota  `json:"rpd"`                         // requests of the quota day
}

// Quota is use against a limit.
type Quota struct {
	Used  int64  `json:"used" example:"7"`
	Limit *int64 `json:"limit" extensions:"x-nullable" example:"60"` // null: not known
}

// AttentionKey is a key that fails or rests.
type AttentionKey struct {
	KeyID  int64  `json:"key_id" example:"7"`
	Masked string `json:"masked" example:"AIza••••••7f3Q"`
	Name   string `json:"name" example:"key-07"`
	State  string `json:"state" enums:"healthy,resting,failing,unknown,disabled,removed" example:"resting"`
	Reason string `json:"reason" example:"minute_quota"`
	// empty: every model
	Model string `json:"model" example:"gemini-3.8-flash"`
	// when the rest began; null for a failing key
	Since *time.Time `json:"since" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:48:17Z"`
	// null: until it is mended
	Until *time.Time `json:"until" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:49:17Z"`
}

// KeyShare is a key's part in today's requests.
type KeyShare struct {
	KeyID    int64  `json:"key_id" example:"7"`
	Masked   string `json:"masked" example:"AIza••••••7f3Q"`
	Name     string `json:"name" example:"key-07"`
	Requests int64  `json:"requests" example:"640"`
}

// RecentFailure is a request that was answered with an error.
type RecentFailure struct {
	ID       string    `json:"id" example:"3q2f7c5m1x9k4t8w"`
	Time     time.Time `json:"time" format:"date-time" example:"2026-11-23T02:48:17Z"`
	Model    string    `json:"model" example:"gemini-3.8-flash"`
	Outcome  string    `json:"outcome" example:"day_quota"` // the verdict or fault that ended it
	Status   int       `json:"status" example:"429"`        // what the client got
	Attempts int       `json:"attempts" example:"5"`
	Seconds  float64   `json:"seconds" example:"2.7"`
	// of the last attempt; null when there was none or the key is gone
	KeyMasked *string `json:"key_masked" extensions:"x-nullable" example:"AIza••••••7f3Q"`
}

// Timeseries is requests over time, in steps of equal length, empty ones included.
type Timeseries struct {
	From        time.Time `json:"from" format:"date-time" example:"2026-11-22T03:00:00Z"`
	To          time.Time `json:"to" format:"date-time" example:"2026-11-23T03:00:00Z"`
	StepSeconds int       `json:"step_seconds" example:"900"`
	Points      []Point   `json:"points"`
}

// Point is the requests of one step.
type Point struct {
	T            time.Time `json:"t" format:"date-time" example:"2026-11-22T03:00:00Z"` // when the step begins
	Requests     int64     `json:"requests" example:"64"`
	Failures     int64     `json:"failures" example:"1"`
	InputTokens  int64     `json:"input_tokens" example:"12800"`
	OutputTokens int64     `json:"output_tokens" example:"4100"`
}
