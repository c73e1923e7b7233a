package gemini

// Response is the answer of generateContent, or one chunk of a stream.
type Response struct {
	Candidates   []Candidate
	BlockReason  string // promptFeedback.blockReason: the prompt was refused and there are no candidates
	Usage        Usage  // in a stream a running total: the last one counts
	HasUsage     bool
	ModelVersion string
	ResponseID   string
	Error        *Error // an error inside a 200, in a stream or an array
}

// Candidate is one answer, or a chunk of one.
type Candidate struct {
	Index             int // absent on the wire for 0
	Content           Content
	FinishReason      string // one of the Finish constants, or a newer one; empty while the answer goes on
	FinishMessage     string
	ContinuationToken string
	Grounding         []byte // groundingMetadata, raw JSON
	Citations         []byte // citationMetadata, raw JSON
	URLContext        []byte // urlContextMetadata, raw JSON
	Logprobs          []byte // logprobsResult, raw JSON
}

// The finish reasons (union of Google's Go and JS SDKs, November 2026). Unknown values are not errors.
const (
	FinishStop                   = "STOP"
	FinishMaxTokens              = "MAX_TOKENS"
	FinishSafety                 = "SAFETY"
	FinishRecitation             = "RECITATION"
	FinishLanguage               = "LANGUAGE"
	FinishOther                  = "OTHER"
	FinishBlocklist              = "BLOCKLIST"
	FinishProhibitedContent      = "PROHIBITED_CONTENT"
	FinishSPII                   = "SPII"
	FinishMalformedFunctionCall  = "MALFORMED_FUNCTION_CALL"
	FinishImageSafety            = "IMAGE_SAFETY"
	FinishUnexpectedToolCall     = "UNEXPECTED_TOOL_CALL"
	FinishTooManyToolCalls       = "TOO_MANY_TOOL_CALLS"
	FinishImageProhibitedContent = "IMAGE_PROHIBITED_CONTENT"
	FinishNoImage                = "NO_IMAGE"
	FinishImageRecitation        = "IMAGE_RECITATION"
	FinishImageOther             = "IMAGE_OTHER"
	FinishContinuation           = "CONTINUATION"
	FinishMalformedResponse      = "MALFORMED_RESPONSE"
	FinishMissingSignature       = "MISSING_THOUGHT_SIGNATURE"
)

// Usage counts tokens. Zero counts are left out on the wire.
type Usage struct {
	Prompt        int // includes cached
	Cached        int
	Candidates    int // excludes thoughts
	Thoughts      int
	ToolUsePrompt int
	Total         int // prompt + tool use + candidates + thoughts
	PromptBy      Modalities
	CandidatesBy  Modalities
	CachedBy      Modalities
	ServiceTier   string
}

// Modalities splits a count by kind of input or output.
type Modalities struct {
	Text, Image, Audio, Video, Document int
}

// Meaningful reports whether the answer carries something a client can use: text (a thought's too), a call, media or any other
// part. An answer or chunk with none of these may still be tried again on another key.
func (r *Response) Meaningful() bool {
	for i := range r.Candidates {
		for j := range r.Candidates[i].Content.Parts {
			part := &r.Candidates[i].Content.Parts[j]
			if !part.IsText() || part.Text != "" {
				return true
			}
		}
	}
	return false
}
