package geminisim

import "encoding/json"

type response struct {
	Candidates     []candidate     `json:"candidates,omitempty"`
	PromptFeedback *promptFeedback `json:"promptFeedback,omitempty"`
	Usage          *Usage          `json:"usageMetadata,omitempty"`
	ModelVersion   string          `json:"modelVersion,omitempty"`
	ResponseID     string          `json:"responseId,omitempty"`
}

type promptFeedback struct {
	BlockReason string `json:"blockReason"`
}

type candidate struct {
	Content       *content   `json:"content,omitempty"`
	FinishReason  string     `json:"finishReason,omitempty"`
	FinishMessage string     `json:"finishMessage,omitempty"`
	Index         *int       `json:"index,omitempty"`
	Continuation  string     `json:"continuationToken,omitempty"`
	AvgLogprobs   float64    `json:"avgLogprobs,omitempty"`
	Logprobs      *logprobs  `json:"logprobsResult,omitempty"`
	Grounding     *grounding `json:"groundingMetadata,omitempty"`
}

type content struct {
	Parts []part `json:"parts,omitempty"`
	Role  string `json:"role,omitempty"`
}

type part struct {
	Text         *string   `json:"text,omitempty"`
	Thought      bool      `json:"thought,omitempty"`
	InlineData   *blob     `json:"inlineData,omitempty"`
	FunctionCall *callPart `json:"functionCall,omitempty"`
	Signature    string    `json:"thoughtSignature,omitempty"`
}

type blob struct {
	MimeType string `json:"mimeType"`
	Data     []byte `json:"data"`
}

type callPart struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
}

type logprobs struct {
	Chosen []logprob    `json:"chosenCandidates"`
	Top    []topLogprob `json:"topCandidates,omitempty"`
}

type logprob struct {
	Token string  `json:"token"`
	ID    int     `json:"tokenId,omitempty"`
	Value float64 `json:"logProbability"`
}

type topLogprob struct {
	Candidates []logprob `json:"candidates"`
}

type grounding struct {
	Queries []string         `json:"webSearchQueries"`
	Chunks  []groundingChunk `json:"groundingChunks"`
}

type groundingChunk struct {
	Web struct {
		URI   string `json:"uri"`
		Title string `json:"title"`
	} `json:"web"`
}

// Usage is usageMetadata. Counts of zero are left out of the JSON, as Google leaves them out.
type Usage struct {
	Prompt     int `json:"promptTokenCount,omitempty"`
	Cached     int `json:"cachedContentTokenCount,omitempty"`
	Candidates int `json:"candidatesTokenCount,omitempty"`
	Thoughts   int `json:"thoughtsTokenCount,omitempty"`
	ToolUse    int `json:"toolUsePromptTokenCount,omitempty"`
	Total      int `json:"totalTokenCount,omitempty"`

	PromptDetails     []ModalityCount `json:"promptTokensDetails,omitempty"`
	CacheDetails      []ModalityCount `json:"cacheTokensDetails,omitempty"`
	CandidatesDetails []ModalityCount `json:"candidatesTokensDetails,omitempty"`
	Tier              string          `json:"serviceTier,omitempty"`
}

// ModalityCount is the tokens of one modality (TEXT, IMAGE, AUDIO, VIDEO, DOCUMENT).
type ModalityCount struct {
	Modality string `json:"modality"`
	Tokens   int    `json:"tokenCount"`
}

func textPart(s string) part { return part{Text: &s} }
