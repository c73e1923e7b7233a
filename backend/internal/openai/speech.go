package openai

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// DefaultSpeechModel speaks where the request names one of OpenAI's models.
const DefaultSpeechModel = "gemini-3.8-flash-tts"

// The limits of a speech request. Gemini's own is 8,192 tokens, which only it can count: four characters of English, one or two of other
// scripts. A longer text than ours cannot be within it.
const (
	maxSpeech       = 32_768 // characters
	maxInstructions = 4096
	maxVoice        = 100 // bytes
)

// formatRaw is raw samples in the words of the speech API: 24 kHz, 16-bit little-endian, mono.
const formatRaw = "pcm"

// SpeechRequest is a decoded request for speech. Long strings in it share the memory of the body it was parsed from.
type SpeechRequest struct {
	Model string // Gemini's name

	input, instructions string
	voice               string
	format              string
}

// ParseSpeech decodes the body of POST /v1/audio/speech. Its errors are those of ParseChat.
func ParseSpeech(body []byte) (*SpeechRequest, error) {
	p := newParser(body)
	r := &SpeechRequest{format: formatWAV}
	p.Object(func(key string) { p.speechField(r, key) })
	p.End()
	if err := p.fault(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(r.input) == "" {
		return nil, fault.Field("input", "is required")
	}
	return r, checkModel(r.Model)
}

func (p *parser) speechField(r *SpeechRequest, key string) {
	switch key {
	case "model":
		r.Model = speechModel(p.String())
	case "input":
		r.input = p.characters(maxSpeech)
	case "instructions":
		r.instructions = p.characters(maxInstructions)
	case "voice":
		if r.voice = Voice(p.voice()); len(r.voice) > maxVoice {
			p.Fail("must be at most %d bytes", maxVoice)
		}
	case "response_format":
		if format := p.text(); format != "" {
			r.format = p.speechFormat(format)
		}
	case "speed":
		if speed := p.number(0.25, 4); speed != nil && *speed != 1 {
			p.Fail("must be 1: Gemini's speech has no speed, but heeds instructions such as \"speak slowly\"")
		}
	case "stream_format":
		if p.oneOf("audio", "sse") == "sse" {
			p.Fail("sse is not served: ask for audio")
		}
	default:
		p.Skip()
	}
}

// characters reads a string of a bounded number of characters; null counts as empty.
func (p *parser) characters(most int) string {
	text := p.text()
	if len(text) > most && utf8.RuneCountInString(text) > most {
		p.Fail("must be at most %d characters", most)
	}
	return text
}

func (p *parser) speechFormat(format string) string {
	switch format {
	case formatWAV, formatRaw:
		return format
	}
	p.Fail("%s cannot be made here: ask for wav or pcm", strconv.Quote(format))
	return ""
}

// speechModel gives Gemini's name for a model; OpenAI's own names become the default.
func speechModel(name string) string {
	name = BareModel(name)
	if name == "tts-1" || strings.HasPrefix(name, "tts-1-") || strings.HasPrefix(name, "gpt-") && strings.Contains(name, "-tts") {
		return DefaultSpeechModel
	}
	return name
}

// ToGemini gives the request as Gemini takes it. Instructions go before the text, as Google's guide to speech has it: there is no other
// place for them.
func (r *SpeechRequest) ToGemini() *gemini.Request {
	text := r.input
	if manner := strings.TrimRight(r.instructions, " \t\r\n:"); manner != "" {
		text = manner + ":\n\n" + text
	}
	out := &gemini.Request{Contents: []gemini.Content{{Role: gemini.RoleUser, Parts: []gemini.Part{{Text: text}}}}}
	out.Generation.ResponseModalities = []string{"AUDIO"}
	if r.voice != "" {
		out.Generation.Speech = &gemini.SpeechConfig{Voice: r.voice}
	}
	return out
}

// SpeechFlaw says what keeps an answer from holding speech although Gemini did not refuse to speak, or "".
func SpeechFlaw(r *gemini.Response) string {
	if len(soundsOf(r)) > 0 || refusal(r) != nil || isCutShort(r) {
		return ""
	}
	return "no audio"
}

func soundsOf(r *gemini.Response) []*gemini.Blob {
	if len(r.Candidates) == 0 {
		return nil
	}
	var blobs []*gemini.Blob
	parts := r.Candidates[0].Content.Parts
	for i := range parts {
		if blob := parts[i].InlineData; blob != nil && isAudio(blob) && blob.Data != "" {
			blobs = append(blobs, blob)
		}
	}
	return blobs
}

// isCutShort reports whether an answer ended at the limit of the model's output.
func isCutShort(r *gemini.Response) bool {
	return len(r.Candidates) > 0 && (&Reply{}).finishOf(r.Candidates[0].FinishReason, false) == finishLength
}

// Sound gives the speech in the format asked for, and its media type. Its error is a *fault.Error: Blocked for a text that Gemini refused to
// read, Invalid for one too long to be read to its end, Upstream for an answer that holds no speech.
func (r *SpeechRequest) Sound(answer *gemini.Response) (sound []byte, mime string, err error) {
	if f := refusal(answer); f != nil {
		return nil, "", f
	}
	if isCutShort(answer) {
		return nil, "", fault.Field("input", "is too long for %s to read to its end: give it in parts", r.Model).WithCode("context_length_exceeded")
	}
	sound = soundIn(r.format, soundsOf(answer))
	if len(sound) == 0 {
		return nil, "", fault.New(fault.Upstream, "Gemini made no audio that can be read").WithCode("no_audio")
	}
	if r.format == formatRaw {
		return sound, "audio/pcm", nil
	}
	return sound, "audio/wav", nil
}
