package gemini

// Request is the body of generateContent and streamGenerateContent. Raw fields hold JSON as it goes on the wire.
type Request struct {
	Contents          []Content
	SystemInstruction *Content
	Tools             []Tool
	ToolConfig        *ToolConfig
	SafetySettings    []SafetySetting
	Generation        GenerationConfig
	CachedContent     string // "cachedContents/…"
	ServiceTier       string // "flex", "priority"; empty is standard
	ContinuationToken string // base64; goes on with an answer that stopped with FinishContinuation
}

// The roles of a Content.
const (
	RoleUser  = "user"
	RoleModel = "model"
)

// Content is one turn: a role and its parts. A system instruction has no role.
type Content struct {
	Role  string
	Parts []Part
}

// Part is one piece of a turn. At most one of the pointers is set; with none set it is a text part, whose text may be empty.
type Part struct {
	Text             string
	Thought          bool   // a summary of the model's thinking, not of its answer
	ThoughtSignature string // base64; must come back with the same part, unchanged
	InlineData       *Blob
	FileData         *FileData
	FunctionCall     *FunctionCall
	FunctionResponse *FunctionResponse
	Raw              []byte // a part of another kind (executableCode, codeExecutionResult, toolCall …), a whole JSON object
	VideoMetadata    []byte // JSON object: startOffset, endOffset, fps
	MediaResolution  string // "MEDIA_RESOLUTION_LOW" … (Gemini 3 and later, per part)
}

// IsText reports whether the part holds text and nothing else.
func (p *Part) IsText() bool {
	return p.InlineData == nil && p.FileData == nil && p.FunctionCall == nil && p.FunctionResponse == nil && p.Raw == nil
}

// Blob is media carried in the request or answer itself.
type Blob struct {
	MIMEType string
	Data     string // base64, standard alphabet
}

// FileData is media that Gemini holds or fetches, or that is held here.
type FileData struct {
	MIMEType string
	FileURI  string
	Held     int64 // the id of a file of ours: Body leaves a hole for it in the place of both the fields above
	Size     int64 // its bytes, to estimate its tokens; 0 is not known
}

// FunctionCall is the model asking for a tool.
type FunctionCall struct {
	ID   string
	Name string
	Args []byte // JSON object; nil is {}
}

// FunctionResponse is a tool's result.
type FunctionResponse struct {
	ID       string
	Name     string
	Response []byte // JSON object
	Parts    []Blob // media of the result (Gemini 3 and later)
}

// Tool is one entry of tools: functions of the client's, or one of Google's own tools as raw JSON.
type Tool struct {
	Functions []FunctionDeclaration
	Raw       []byte // a whole tool object: {"googleSearch":{}}
}

// FunctionDeclaration describes a function the model may call.
type FunctionDeclaration struct {
	Name                 string
	Description          string
	ParametersJSONSchema []byte // JSON Schema subset; nil when the function takes none
}

// The function calling modes.
const (
	ModeAuto      = "AUTO"
	ModeAny       = "ANY"
	ModeNone      = "NONE"
	ModeValidated = "VALIDATED"
)

// ToolConfig says how functions may be called. AllowedFunctionNames goes with ANY and VALIDATED.
type ToolConfig struct {
	Mode                 string
	AllowedFunctionNames []string
}

// SafetySetting is one threshold.
type SafetySetting struct {
	Category  string
	Threshold string
}

// GenerationConfig tunes an answer; zero values are left out of the request.
type GenerationConfig struct {
	Temperature        *float64
	TopP               *float64
	TopK               *float64
	CandidateCount     int
	MaxOutputTokens    int
	StopSequences      []string
	Seed               *int32
	PresencePenalty    *float64
	FrequencyPenalty   *float64
	ResponseLogprobs   bool
	Logprobs           *int
	ResponseMIMEType   string
	ResponseJSONSchema []byte // JSON Schema subset; needs ResponseMIMEType
	ResponseModalities []string
	MediaResolution    string
	Thinking           *ThinkingConfig
	Speech             *SpeechConfig
	Image              *ImageConfig
}

// ThinkingConfig sets how much the model thinks: by Budget (2.5) or by Level (3 and later), never both.
type ThinkingConfig struct {
	IncludeThoughts bool
	Budget          *int   // tokens; -1 lets the model decide, 0 turns thinking off where the model can
	Level           string // "minimal", "low", "medium", "high", "xhigh"
}

// SpeechConfig chooses the voices of an audio answer: one, or one a speaker.
type SpeechConfig struct {
	Voice        string
	LanguageCode string
	Speakers     []SpeakerVoice
}

// SpeakerVoice gives a speaker of a dialogue a voice.
type SpeakerVoice struct {
	Speaker string
	Voice   string
}

// ImageConfig shapes an image answer.
type ImageConfig struct {
	AspectRatio string // "16:9"
	ImageSize   string // "1K", "2K", "4K"
}
