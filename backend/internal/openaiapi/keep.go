package openaiapi

import (
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
)

// keep remembers the thought signatures of calls that a Gemini key answered with, until the client sends the calls' results.
func (x *exchange) keep(signatures map[string]string, keyID int64) {
	if len(signatures) > 0 {
		x.Thoughts.Keep(x.event.UserKeyID, keyID, signatures)
	}
}

// keepOf remembers the signatures of a whole answer. Of several calls each has its own key: a signature may hold for its project alone.
func (x *exchange) keepOf(completion *openai.ChatCompletion) {
	if x.n == 1 {
		x.keep(completion.Signatures(), minter(&x.trace))
		return
	}
	for i := range min(len(completion.Choices), len(x.minters)) {
		one := openai.ChatCompletion{Choices: completion.Choices[i : i+1]}
		x.keep(one.Signatures(), x.minters[i])
	}
}

// minter gives the Gemini key that answered, 0 before one has.
func minter(trace *relay.Trace) int64 {
	if n := len(trace.Attempts); n > 0 {
		return trace.Attempts[n-1].KeyID
	}
	return 0
}
