package openai

import (
	"strconv"
	"strings"
)

// Thinking is how a family of models is told how much to think.
type Thinking int

// The ways of control.
const (
	ThinkingNone   Thinking = iota // it is not told: it does not think, or always as it likes
	ThinkingBudget                 // a number of tokens (Gemini 2.5)
	ThinkingLevel                  // a word (Gemini 3 and later)
)

// Family is what the models of one family can do, as far as a request must know it.
// Sources: Google's SDKs and guides and its changelog, November 2026.
type Family struct {
	Thinking       Thinking
	Levels         []string // the levels it takes, lowest first
	MinBudget      int      // the smallest budget but 0 and -1
	MaxBudget      int
	CanNotThink    bool // a budget of 0 turns thinking off
	Penalties      bool // takes presence and frequency penalties; the others answer 400
	Candidates     bool // takes candidateCount over 1; the others answer 400
	Sampling       bool // heeds temperature, topP and topK; the others ignore them or answer 400
	Logprobs       bool // not known to refuse log probabilities
	Prefill        bool // goes on with a last turn of its own; the others answer 400
	SystemTurn     bool // takes a system instruction; for the others it goes before the first user turn
	JSONWithTools  bool // gives JSON output while functions are offered
	Signatures     bool // refuses tool calls of the current turn without a thought signature
	ResultMedia    bool // takes media inside a function's result
	PartResolution bool // takes a media resolution for each part
	Caching        bool // takes an explicit cachedContent
	Speaks         bool // answers with speech and nothing else
}

// version is a model's generation; Gemini names carry it: "gemini-3.1-flash-lite".
type version struct{ major, minor int }

func (v version) before(major, minor int) bool {
	return v.major < major || v.major == major && v.minor < minor
}

// newest stands for a Gemini model whose name tells no version or a later one than is known here.
const newest = 1000

// FamilyOf gives what is known of a model, by its name without "models/". A Gemini model that is not known counts as one of the newest;
// so do other names, for the list of models is Google's to extend.
func FamilyOf(model string) Family {
	if strings.HasPrefix(model, "gemma-") {
		return gemma(model)
	}
	v := versionOf(model)
	f := Family{
		Penalties:      v.before(2, 5),
		Candidates:     v.before(3, 0),
		Sampling:       v.before(3, 6),
		Logprobs:       !strings.HasPrefix(model, "gemini-2.5-pro"),
		Prefill:        v.before(3, 6) && !strings.HasPrefix(model, "gemini-3.5-flash-lite"),
		SystemTurn:     true,
		JSONWithTools:  !v.before(3, 0),
		Signatures:     !v.before(3, 0),
		ResultMedia:    !v.before(3, 0),
		PartResolution: !v.before(3, 0),
		Caching:        v.before(4, 0),
		Speaks:         strings.Contains(model, "-tts"),
	}
	if makesMedia(model) {
		f.Candidates = false
		return f // speech and images think as they like
	}
	f.setThinking(model, v)
	return f
}

func (f *Family) setThinking(model string, v version) {
	switch {
	case v.before(2, 5):
	case v.before(3, 0):
		f.setBudget(model)
	default:
		f.Thinking, f.Levels = ThinkingLevel, levelsOf(model, v)
	}
}

// setBudget holds the table of Gemini 2.5 (ai.google.dev, thinking).
func (f *Family) setBudget(model string) {
	f.Thinking = ThinkingBudget
	switch {
	case strings.Contains(model, "-flash-lite"):
		f.MinBudget, f.MaxBudget, f.CanNotThink = 512, 24576, true
	case strings.Contains(model, "-flash"):
		f.MinBudget, f.MaxBudget, f.CanNotThink = 1, 24576, true
	default:
		f.MinBudget, f.MaxBudget = 128, 32768
	}
}

func levelsOf(model string, v version) []string {
	switch {
	case strings.HasPrefix(model, "gemini-3-pro"):
		return []string{"low", "high"}
	case v.before(3, 7) && !strings.Contains(model, "-pro"):
		return []string{"minimal", "low", "medium", "high"}
	case strings.HasPrefix(model, "gemini-4-hydrogen"), strings.HasPrefix(model, "gemini-4-neon"):
		return []string{"low", "medium", "high", "xhigh"}
	}
	return []string{"low", "medium", "high"}
}

// gemma gives the family of Google's open models.
func gemma(model string) Family {
	f := Family{Sampling: true, Prefill: true, Logprobs: true, JSONWithTools: true}
	if strings.HasPrefix(model, "gemma-4") {
		f.Thinking, f.Levels = ThinkingLevel, []string{"minimal", "high"}
	}
	return f
}

// makesMedia reports whether the model's answers are images or speech.
func makesMedia(model string) bool {
	return strings.Contains(model, "-image") || strings.Contains(model, "-tts") || strings.Contains(model, "nano-banana") ||
		strings.Contains(model, "native-audio")
}

func versionOf(model string) version {
	rest, isGemini := strings.CutPrefix(model, "gemini-")
	if !isGemini {
		return version{major: newest}
	}
	number, _, _ := strings.Cut(rest, "-")
	major, minor, _ := strings.Cut(number, ".")
	v := version{}
	var err error
	if v.major, err = strconv.Atoi(major); err != nil {
		return version{major: newest} // an alias: "gemini-flash-latest"
	}
	if v.minor, err = strconv.Atoi(minor); err != nil {
		v.minor = 0 // "gemini-3-flash"
	}
	return v
}

// searchSuffix asks for an answer grounded in Google Search.
const searchSuffix = "-search"

func isSearch(model string) bool { return strings.HasSuffix(model, searchSuffix) }

// BareModel gives the name under which Gemini knows a model: without "models/", "google/" or "gemini/" before it and without the
// "-search" suffix.
func BareModel(name string) string {
	for _, prefix := range []string{"google/", "gemini/", "models/"} {
		name = strings.TrimPrefix(name, prefix)
	}
	return strings.TrimSuffix(name, searchSuffix)
}
