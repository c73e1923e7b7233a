package adminapi

import "time"

// Model is a model with what is set for it and how it is used now.
type Model struct {
	Name string `json:"name" example:"gemini-3.8-flash"`
	// another name that clients ask for it by
	Alias   *string `json:"alias" extensions:"x-nullable" example:"gpt-4o"`
	Enabled bool    `json:"enabled" example:"true"`                               // off: clients are told that there is no such model
	Source  string  `json:"source" enums:"seed,operator,none" example:"operator"` // who set its limits: the program, you, nobody
	Limits  Limits  `json:"limits"`
	// of what operators set; send it as If-Match, in quotes, with a change that must not overwrite another
	Version string `json:"version" example:"6d1c0f7be2a94c35"`
	ModelThinking
	// whether Gemini lists it for one of the keys; null while that is not known
	Listed *bool `json:"listed" extensions:"x-nullable" example:"true"`
	// the most tokens of a prompt; null while Gemini has not told
	InputTokens *int64 `json:"input_token_limit" extensions:"x-nullable" example:"1048576"`
	// the most tokens of an answer; null while Gemini has not told
	OutputTokens  *int64 `json:"output_token_limit" extensions:"x-nullable" example:"65536"`
	RequestsToday int64  `json:"requests_today" example:"84"` // in Google's quota day
	InFlight      int    `json:"in_flight" example:"2"`
	Waiting       int    `json:"waiting" example:"0"`   // requests in the queue
	Projects      int    `json:"projects" example:"12"` // that can serve it
	RPM           Quota  `json:"rpm"`                   // requests of the last minute; the limit is the sum over the projects
	TPM           Quota  `json:"tpm"`                   // input tokens of the last minute
	RPD           Quota  `json:"rpd"`                   // requests of the quota day
}

// Limits is what one project may use of a model, unless its own errors told otherwise.
type Limits struct {
	// requests a minute; null: not known, 0: none
	RPM *int64 `json:"rpm" extensions:"x-nullable" example:"5"`
	// input tokens a minute
	TPM *int64 `json:"tpm" extensions:"x-nullable" example:"250000"`
	// requests a quota day
	RPD *int64 `json:"rpd" extensions:"x-nullable" example:"20"`
}

// ModelThinking is how much a model thinks where a request says nothing of it.
type ModelThinking struct {
	// tokens, as near as the model takes; -1 leaves it to the model; null: as the settings say for all
	ThinkingBudget *int64 `json:"thinking_budget" extensions:"x-nullable" example:"-1"`
	// answers carry reasoning_content; null: as the settings say for all
	IncludeThoughts *bool `json:"include_thoughts" extensions:"x-nullable" example:"true"`
}

// ModelList is one page of models.
type ModelList struct {
	Items []Model `json:"items"`
	Total int     `json:"total" example:"31"`
}

// ModelRequest is all that is set for a model.
type ModelRequest struct {
	// requests a minute, per project; null: not known, 0: none
	RPM nullableNumber `json:"rpm" minimum:"0" maximum:"1000000000" swaggertype:"integer" extensions:"x-nullable" example:"5"`
	// input tokens a minute, per project
	TPM nullableNumber `json:"tpm" minimum:"0" maximum:"1000000000" swaggertype:"integer" extensions:"x-nullable" example:"250000"`
	// requests a quota day, per project
	RPD     nullableNumber `json:"rpd" minimum:"0" maximum:"1000000000" swaggertype:"integer" extensions:"x-nullable" example:"20"`
	Enabled bool           `json:"enabled" example:"true"`
	// another name that clients may ask for it by; absent or null: none
	Alias nullable `json:"alias" validate:"optional" maxLength:"128" swaggertype:"string" extensions:"x-nullable" example:"gpt-4o"`
	// tokens of thinking where a request says nothing of it, as near as the model takes; -1 leaves it to the model; absent or null: as the settings say
	ThinkingBudget nullableNumber `json:"thinking_budget" validate:"optional" minimum:"-1" maximum:"32768" swaggertype:"integer" extensions:"x-nullable" example:"-1"`
	// answers carry reasoning_content where a request says nothing of it; absent or null: as the settings say
	IncludeThoughts nullableFlag `json:"include_thoughts" validate:"optional" swaggertype:"boolean" extensions:"x-nullable" example:"true"`
}

// ModelSync is what asking Gemini for its models found.
type ModelSync struct {
	At     time.Time `json:"at" format:"date-time" example:"2026-11-23T02:48:17Z"`
	Listed []string  `json:"listed" example:"gemini-3.8-flash"` // what Gemini lists, by name
	Gone   []string  `json:"gone" example:"gemini-2.5-flash"`   // what is set here and no longer listed
}
