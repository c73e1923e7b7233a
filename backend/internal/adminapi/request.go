package adminapi

import "time"

// RequestRecord is one request of a client, as it is kept. Prompts and answers are not.
type RequestRecord struct {
	ID        int64     `json:"id" example:"91204"`
	RequestID string    `json:"request_id" example:"3q2f7c5m1x9k4t8w"` // as in the answer's X-Request-Id; one that a client chose can come twice
	Time      time.Time `json:"time" format:"date-time" example:"2026-11-23T02:48:17Z"`
	API       string    `json:"api" example:"chat"` // which of the client APIs
	Model     string    `json:"model" example:"gemini-3.8-flash"`
	Stream    bool      `json:"stream" example:"true"`
	Status    int       `json:"status" example:"200"`    // what the client got; 499 when it went away
	Outcome   string    `json:"outcome" example:"ok"`    // ok, or the word of the fault that ended it
	Finish    string    `json:"finish" example:"STOP"`   // Gemini's finish reason; empty when there was none
	UserKeyID int64     `json:"user_key_id" example:"3"` // who asked
	// its name; null when it is deleted
	UserKey *string `json:"user_key" extensions:"x-nullable" example:"laptop"`
	// null when no attempt was made
	KeyID *int64 `json:"gemini_key_id" extensions:"x-nullable" example:"7"`
	// of the last attempt; null when there was none or the key is gone
	KeyMasked    *string `json:"gemini_key_masked" extensions:"x-nullable" example:"AIza••••••7f3Q"`
	KeyName      *string `json:"gemini_key_name" extensions:"x-nullable" example:"key-07"`
	Attempts     int     `json:"attempts" example:"2"`
	InputTokens  int     `json:"input_tokens" example:"812"`
	OutputTokens int     `json:"output_tokens" example:"240"`  // thoughts included
	Thoughts     int     `json:"thoughts_tokens" example:"96"` // part of the output
	Cached       int     `json:"cached_tokens" example:"0"`    // part of the input
	// to the first part sent; null when none was
	FirstByteSeconds *float64 `json:"first_byte_seconds" extensions:"x-nullable" example:"0.61"`
	Seconds          float64  `json:"seconds" example:"2.7"`
}

// RequestList is a page of requests, the newest first.
type RequestList struct {
	Items []RequestRecord `json:"items"`
	// of requests that match; counting ends at 10,000. null on the pages after the first
	Total *int `json:"total" extensions:"x-nullable" example:"412"`
	// the cursor of the next page; null on the last
	Next *string `json:"next" extensions:"x-nullable" example:"1795402097000000-91204"`
}

// RequestDetail is a request with every attempt.
type RequestDetail struct {
	Request RequestRecord `json:"request"`
	Tries   []Attempt     `json:"tries"` // in order
}

// Attempt is one call to Gemini for a request.
type Attempt struct {
	KeyID     int64   `json:"gemini_key_id" example:"7"`
	KeyMasked *string `json:"gemini_key_masked" extensions:"x-nullable" example:"AIza••••••7f3Q"` // null when the key is gone
	KeyName   *string `json:"gemini_key_name" extensions:"x-nullable" example:"key-07"`
	// it was counted for; null when not known
	Project *string `json:"project" extensions:"x-nullable" example:"atlas"`
	Verdict string  `json:"verdict" example:"minute_quota"`
	Status  int     `json:"status" example:"429"`                               // upstream's; 0 when no answer came
	Message string  `json:"message" example:"You exceeded your current quota."` // upstream's, redacted
	Waited  float64 `json:"waited_seconds" example:"0.2"`                       // for its turn, before the call
	Took    float64 `json:"took_seconds" example:"0.4"`                         // the call itself
	// until when this put the key or its project to rest; null when it did not
	RestUntil *time.Time `json:"rest_until" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:49:17Z"`
	// why other keys were passed over for this one, the most frequent reason in front; keys that merely were not chosen are not in it
	PassedOver []PassedOver `json:"passed_over"`
}

// PassedOver is why a number of keys were passed over. Of very many keys the first 256 are looked at.
type PassedOver struct {
	// a verdict, a state, the limit that is reached (rpm, tpm, rpd), tried (by this request) or protected (its day is nearly used up)
	Reason string `json:"reason" example:"minute_quota"`
	Keys   int    `json:"keys" example:"3"`
	// when the first of them may serve again; null when no time helps by itself
	Until *time.Time `json:"until" extensions:"x-nullable" format:"date-time" example:"2026-11-23T02:49:17Z"`
}
