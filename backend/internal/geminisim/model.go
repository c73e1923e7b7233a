package geminisim

import (
	"regexp"
	"strconv"
	"strings"
)

// Model is one model served. What it accepts (thinking, signatures, prefill, candidates, modalities) follows from the
// generation in its name, and an unknown gemini name is taken for the newest generation.
type Model struct {
	// Name is the id without "models/".
	Name string `json:"name"`
	// AliasOf is the model that answers under this name, for the "-latest" names.
	AliasOf string `json:"alias_of,omitempty"`
	// Family is the quota family in 429 bodies; empty means the name without its stage.
	Family string `json:"family,omitempty"`
	// InputTokens and OutputTokens bound a request; 0 means 1,048,576 and 65,536.
	InputTokens  int `json:"input_tokens,omitempty"`
	OutputTokens int `json:"output_tokens,omitempty"`
	// Free are the limits of a free project that sets none of its own; nil means the model is not on the free tier.
	Free *Limits `json:"free,omitempty"`
	// ClosedToNewUsers answers 404 to projects whose NewUser is set.
	ClosedToNewUsers bool `json:"closed_to_new_users,omitempty"`
}

// DefaultModels are the models of November 2026, with the free limits that were observed.
func DefaultModels() []Model {
	free := func(rpm, tpm, rpd int) *Limits { return &Limits{RPM: rpm, TPM: tpm, RPD: rpd} }
	return []Model{
		{Name: "gemini-4-carbon"}, {Name: "gemini-4-neon"}, {Name: "gemini-4-argon"},
		{Name: "gemini-4-hydrogen", Free: free(5, 250_000, 20)},
		{Name: "gemini-3.8-flash", Free: free(5, 250_000, 20)},
		{Name: "gemini-3.7-flash", Free: free(5, 250_000, 20)},
		{Name: "gemini-3.6-flash", Free: free(5, 250_000, 20)},
		{Name: "gemini-3.5-flash", Free: free(5, 250_000, 20)},
		{Name: "gemini-3.5-flash-lite", Free: free(15, 250_000, 500)},
		{Name: "gemini-3.1-flash-lite", Free: free(15, 250_000, 500)},
		{Name: "gemini-3.1-pro-preview"}, {Name: "gemini-3.1-pro-preview-customtools"},
		{Name: "gemini-3-flash-preview", Free: free(5, 250_000, 20)},
		{Name: "gemini-2.5-pro", ClosedToNewUsers: true},
		{Name: "gemini-2.5-flash", Free: free(5, 250_000, 20)},
		{Name: "gemini-2.5-flash-lite", Free: free(10, 250_000, 20)},
		{Name: "gemini-flash-latest", AliasOf: "gemini-3.8-flash", Free: free(5, 250_000, 20)},
		{Name: "gemini-pro-latest", AliasOf: "gemini-3.1-pro-preview"},
		{Name: "gemini-flash-lite-latest", AliasOf: "gemini-3.5-flash-lite", Free: free(15, 250_000, 500)},
		{Name: "gemini-3-pro-image"}, {Name: "gemini-3.1-flash-image"}, {Name: "gemini-3.1-flash-lite-image"},
		{Name: "gemini-nano-banana-2.1"}, {Name: "gemini-2.5-flash-image"},
		{Name: "gemini-3.8-flash-tts", InputTokens: 8192, OutputTokens: 16384, Free: free(3, 10_000, 15)},
		{Name: "gemini-3.8-flash-lite-tts", InputTokens: 8192, OutputTokens: 16384, Free: free(3, 10_000, 15)},
		{Name: "gemini-3.1-flash-tts-preview", InputTokens: 8192, OutputTokens: 16384, Free: free(3, 10_000, 15)},
		{Name: "gemini-3.5-transcribe"},
		{Name: "gemini-embedding-2", InputTokens: 8192, OutputTokens: 1, Free: free(100, 30_000, 1000)},
		{Name: "gemini-embedding-001", InputTokens: 2048, OutputTokens: 1, Free: free(100, 30_000, 1000)},
		{Name: "gemma-4-31b-it", InputTokens: 262_144, OutputTokens: 32_768, Free: free(30, 15_000, 14_400)},
		{Name: "gemma-4-26b-a4b-it", InputTokens: 262_144, OutputTokens: 32_768, Free: free(30, 15_000, 14_400)},
		{Name: "imagen-4.0-generate-001", InputTokens: 480, OutputTokens: 8192},
		{Name: "veo-3.1-generate-preview", InputTokens: 1024, OutputTokens: 1},
	}
}

// product is what a model makes.
type product uint8

const (
	makesText product = iota
	makesImages
	makesSpeech
	makesVectors
	makesImagen // the legacy :predict
	makesTranscripts
	makesVideo // :predictLongRunning
)

// model is a Model with what follows from its name.
type model struct {
	Model
	answersAs   string // the modelVersion of its answers
	makes       product
	generation  int // 25, 30, 38, 40…; 0 for Gemma and the like
	signs       bool
	noPrefill   bool
	oneAnswer   bool // candidateCount above 1 is refused
	noPenalties bool
	noCaching   bool
	logprobs    bool
	wav         bool // speech as WAV, not bare PCM
	thinking    thinking
}

// thinking is what a model family accepts in thinkingConfig.
type thinking struct {
	budgets   bool
	min, max  int
	off       bool     // budget 0 turns it off
	levels    []string // none: levels are refused
	byDefault bool
}

func newModel(m Model, version *regexp.Regexp) *model {
	name := m.Name
	if m.AliasOf != "" {
		name = m.AliasOf
	}
	if m.InputTokens == 0 {
		m.InputTokens = 1_048_576
	}
	if m.OutputTokens == 0 {
		m.OutputTokens = 65_536
	}
	if m.Family == "" {
		m.Family = familyOf(name)
	}
	out := &model{Model: m, answersAs: name, makes: productOf(name)}
	out.generation = generationOf(name, version)
	gen := out.generation
	text := out.makes == makesText
	out.signs = text && gen >= 30
	out.noPrefill = text && (gen >= 36 || strings.Contains(name, "3.5-flash-lite"))
	out.oneAnswer = gen >= 30 || !text
	out.noPenalties = gen >= 25
	out.noCaching = gen >= 40 || !text
	out.logprobs = name == "gemini-2.5-flash"
	out.wav = gen >= 38
	if text {
		out.thinking = thinkingOf(name, gen)
	}
	return out
}

func generationOf(name string, version *regexp.Regexp) int {
	if !strings.HasPrefix(name, "gemini-") {
		return 0
	}
	found := version.FindStringSubmatch(name)
	if found == nil {
		return 40 // an unknown gemini name behaves like the newest
	}
	major, _ := strconv.Atoi(found[1]) // the pattern admits digits only
	minor, _ := strconv.Atoi(found[2]) // absent reads as 0
	return major*10 + minor
}

func productOf(name string) product {
	switch {
	case strings.HasPrefix(name, "imagen"):
		return makesImagen
	case strings.HasPrefix(name, "veo"):
		return makesVideo
	case strings.Contains(name, "embedding"):
		return makesVectors
	case strings.Contains(name, "-image"), strings.Contains(name, "nano-banana"):
		return makesImages
	case strings.Contains(name, "-tts"):
		return makesSpeech
	case strings.Contains(name, "transcribe"):
		return makesTranscripts
	}
	return makesText
}

// familyOf drops the stage: gemini-3.1-pro-preview-customtools → gemini-3.1-pro.
func familyOf(name string) string {
	family, _, _ := strings.Cut(name, "-preview")
	return family
}

// thinkingOf is the table of gemini-wire §4.4.
func thinkingOf(name string, gen int) thinking {
	switch {
	case strings.HasPrefix(name, "gemma-4"):
		return thinking{levels: []string{"MINIMAL", "HIGH"}}
	case gen == 0:
		return thinking{}
	case gen < 30 && strings.Contains(name, "pro"):
		return thinking{budgets: true, min: 128, max: 32768, byDefault: true}
	case gen < 30 && strings.Contains(name, "flash-lite"):
		return thinking{budgets: true, min: 512, max: 24576, off: true}
	case gen < 30:
		return thinking{budgets: true, min: 1, max: 24576, off: true, byDefault: true}
	case strings.Contains(name, "hydrogen"), strings.Contains(name, "neon"):
		return thinking{levels: []string{"LOW", "MEDIUM", "HIGH", "XHIGH"}, byDefault: true}
	case gen >= 40:
		return thinking{levels: []string{"LOW", "MEDIUM", "HIGH"}, byDefault: true}
	case gen >= 37, strings.Contains(name, "3.1-pro"):
		return thinking{budgets: true, min: 1, max: 32768, levels: []string{"LOW", "MEDIUM", "HIGH"}, byDefault: true}
	}
	return thinking{budgets: true, min: 1, max: 32768, off: true, levels: []string{"MINIMAL", "LOW", "MEDIUM", "HIGH"}, byDefault: true}
}

// methods are the supportedGenerationMethods of models.list.
func (m *model) methods() []string {
	switch m.makes {
	case makesVectors:
		return []string{"embedContent", "countTextTokens", "countTokens", "asyncBatchEmbedContent"}
	case makesImagen:
		return []string{"predict"}
	case makesVideo:
		return []string{"predictLongRunning"}
	case makesTranscripts:
		return []string{"interactions"}
	case makesText:
		if !m.noCaching {
			return []string{"generateContent", "countTokens", "createCachedContent", "batchGenerateContent"}
		}
	case makesImages, makesSpeech:
	}
	return []string{"generateContent", "countTokens", "batchGenerateContent"}
}

// serves says whether the model has the method.
func (m *model) serves(method string) bool {
	switch method {
	case "generateContent", "streamGenerateContent":
		return m.makes == makesText || m.makes == makesImages || m.makes == makesSpeech
	case "countTokens":
		return m.makes != makesImagen && m.makes != makesVideo && m.makes != makesTranscripts
	case "batchGenerateContent":
		return m.makes == makesText || m.makes == makesImages || m.makes == makesSpeech
	case "predictLongRunning":
		return m.makes == makesVideo
	case "embedContent", "batchEmbedContents", "asyncBatchEmbedContent":
		return m.makes == makesVectors
	case "predict":
		return m.makes == makesImagen
	}
	return false
}
