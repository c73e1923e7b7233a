package openai

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
)

// DefaultTranscriptionModel listens where the request names one of OpenAI's models.
const DefaultTranscriptionModel = "gemini-3.5-flash-lite"

// MaxRecording is how large a recording may be, in bytes: OpenAI's limit.
const MaxRecording = 25 << 20

// The formats of a transcript.
const (
	transcriptJSON    = "json"
	transcriptText    = "text"
	transcriptSRT     = "srt"
	transcriptVTT     = "vtt"
	transcriptVerbose = "verbose_json"
)

const (
	maxLanguage   = 35 // bytes of a language tag
	maxTranscribe = 1  // the highest temperature
)

// TranscriptionRequest is a decoded request for a transcript. The recording shares the memory of the body it was parsed from.
type TranscriptionRequest struct {
	Model  string // Gemini's name; it may be set to another before ToGemini
	Stream bool

	file        []byte
	mime        string
	seconds     float64  // how long it is, where its format tells
	languages   []string // any of which may be spoken
	keywords    []string // how names and terms are spelt
	prompt      string
	format      string
	temperature *float64
	english     bool // a translation into English, not a transcript
}

// ParseTranscription decodes the body of POST /v1/audio/transcriptions, a multipart form. Its error is a *fault.Error that names the field
// at fault; TooLarge for a recording over the limit.
func ParseTranscription(contentType string, body []byte) (*TranscriptionRequest, error) {
	parts, err := parseForm(contentType, body)
	if err != nil {
		return nil, err
	}
	r := &TranscriptionRequest{format: transcriptJSON}
	for i := range parts {
		if err := r.field(&parts[i]); err != nil {
			return nil, err
		}
	}
	return r, r.check()
}

// ParseTranslation decodes the body of POST /v1/audio/translations, as ParseTranscription does. What is spoken is told by the recording alone, and
// there is no stream.
func ParseTranslation(contentType string, body []byte) (*TranscriptionRequest, error) {
	r, err := ParseTranscription(contentType, body)
	if err != nil {
		return nil, err
	}
	if r.Stream {
		return nil, fault.Field("stream", "translations are answered whole: leave it out")
	}
	r.english = true
	return r, nil
}

func (r *TranscriptionRequest) field(part *formPart) error {
	if part.name == "file" {
		return r.setFile(part)
	}
	if part.isFile || len(part.content) > maxFormField || !utf8.Valid(part.content) {
		return fault.Field(part.name, "must be a field of text, UTF-8, of at most %d bytes", maxFormField)
	}
	value := string(part.content)
	switch part.name {
	case "model":
		r.Model = transcriptionModel(value)
	case "language", "languages[]", "languages":
		if !isLanguage(value) {
			return fault.Field(part.name, "must be a language tag such as en or pt-BR")
		}
		r.languages = hint(r.languages, value)
	case "keywords[]", "keywords":
		r.keywords = hint(r.keywords, value)
	case "prompt":
		r.prompt = value
	case "response_format":
		return r.setFormat(value)
	case "temperature":
		return r.setTemperature(value)
	case "stream":
		stream, err := strconv.ParseBool(strings.ToLower(value))
		if err != nil && value != "" {
			return fault.Field("stream", "must be true or false")
		}
		r.Stream = stream
	case "timestamp_granularities[]", "timestamp_granularities":
		if value != "segment" {
			return fault.Field("timestamp_granularities[]", "%s cannot be had from Gemini: ask for segment", strconv.Quote(value))
		}
	case "include[]", "include":
		return fault.Field("include[]", "%s cannot be had from Gemini", strconv.Quote(value))
	}
	return nil
}

func (r *TranscriptionRequest) setFile(part *formPart) error {
	switch {
	case r.file != nil:
		return fault.Field("file", "is given twice: one recording at a time")
	case len(part.content) == 0:
		return fault.Field("file", "is empty")
	case len(part.content) > MaxRecording:
		f := fault.Field("file", "is larger than the limit of %d MiB", MaxRecording>>20).WithCode("file_too_large")
		f.Kind = fault.TooLarge
		return f
	}
	r.file, r.mime, r.seconds = part.content, audioType(part.content), wavSeconds(part.content)
	if r.mime == "" {
		return fault.Field("file", "is of no kind that is known by its first bytes: WAV, MP3, M4A, MP4, WebM, Ogg, FLAC, AAC or AIFF").WithCode("invalid_file_format")
	}
	return nil
}

func (r *TranscriptionRequest) setFormat(format string) error {
	switch format {
	case "":
	case transcriptJSON, transcriptText, transcriptSRT, transcriptVTT, transcriptVerbose:
		r.format = format
	default:
		return fault.Field("response_format", "must be one of json, text, srt, verbose_json, vtt")
	}
	return nil
}

func (r *TranscriptionRequest) setTemperature(text string) error {
	if text == "" {
		return nil
	}
	t, err := strconv.ParseFloat(text, 64)
	if err != nil || !(t >= 0 && t <= maxTranscribe) {
		return fault.Field("temperature", "must be a number between 0 and %d", maxTranscribe)
	}
	r.temperature = &t
	return nil
}

func (r *TranscriptionRequest) check() error {
	if err := checkModel(r.Model); err != nil {
		return err
	}
	switch {
	case r.file == nil:
		return fault.Field("file", "is required")
	case strings.Contains(r.Model, "-transcribe"):
		return fault.Field("model", "%s is served by Google's Interactions API alone: ask for %s, or another model that hears", r.Model, DefaultTranscriptionModel)
	case r.Stream && r.timed():
		return fault.Field("stream", "carries json and text alone: %s has times, which are known at the end", r.format)
	}
	return nil
}

// hint adds a word to those that help to hear; an empty one says nothing. A form has few parts, so that they are bounded.
func hint(words []string, word string) []string {
	if word = strings.TrimSpace(word); word != "" {
		words = append(words, word)
	}
	return words
}

func isLanguage(tag string) bool {
	for i := range len(tag) {
		c := tag[i] | 0x20 // lower case, where it is a letter
		if (c < 'a' || c > 'z') && (tag[i] < '0' || tag[i] > '9') && tag[i] != '-' {
			return false
		}
	}
	return len(tag) <= maxLanguage
}

// transcriptionModel gives Gemini's name for a model; OpenAI's own names become the default.
func transcriptionModel(name string) string {
	name = BareModel(name)
	if strings.HasPrefix(name, "whisper-") || strings.HasPrefix(name, "gpt-") {
		return DefaultTranscriptionModel
	}
	return name
}

// timed reports whether the transcript is wanted in segments with times.
func (r *TranscriptionRequest) timed() bool {
	return r.format == transcriptSRT || r.format == transcriptVTT || r.format == transcriptVerbose
}

// Encoded gives how much memory ToGemini takes for the recording, in bytes.
func (r *TranscriptionRequest) Encoded() int64 {
	return int64(base64.StdEncoding.EncodedLen(len(r.file)))
}

// silence is what the model answers where nothing is said: an empty answer could not be told from a failed one.
const silence = "[no speech]"

// instruction says in words what is wanted of the recording.
func (r *TranscriptionRequest) instruction() string {
	var ask strings.Builder
	what := "transcript"
	if r.english {
		what = "translation"
		ask.WriteString("Translate the speech in this recording into English, faithfully and completely, with punctuation. What is said in English stays " +
			"as it is. Do not summarise, comment or answer what is said.")
	} else {
		ask.WriteString("Transcribe the speech in this recording verbatim, in the language in which it is spoken, with punctuation. Do not translate, " +
			"summarise, comment or answer what is said.")
	}
	if r.timed() {
		ask.WriteString(" Split it into segments of one sentence or phrase each, in order, with the times at which each begins and ends. " +
			"Where there is no speech at all, give no segments.")
	} else {
		ask.WriteString(" Give the " + what + " alone, without times or names of speakers. Where there is no speech at all, answer with exactly " + silence)
	}
	if len(r.languages) > 0 {
		ask.WriteString("\nThe language spoken is " + strings.Join(r.languages, " or ") + " (ISO 639).")
	}
	if len(r.keywords) > 0 {
		ask.WriteString("\nWords that may be said: " + strings.Join(r.keywords, ", "))
	}
	if r.prompt != "" {
		ask.WriteString("\nThe following text came before the recording, or shows how names and terms in it are spelt; it is not part of the " +
			what + ":\n" + r.prompt)
	}
	return ask.String()
}

// ToGemini gives the request as Gemini takes it. The recording is copied, so that the body's memory is free once the request needs no more
// of it.
func (r *TranscriptionRequest) ToGemini() *gemini.Request {
	ask := r.instruction()
	recording := gemini.Blob{MIMEType: r.mime, Data: base64.StdEncoding.EncodeToString(r.file)}
	out := &gemini.Request{Contents: []gemini.Content{{Role: gemini.RoleUser, Parts: []gemini.Part{{Text: ask}, {InlineData: &recording}}}}}
	family := FamilyOf(r.Model)
	if family.Sampling {
		out.Generation.Temperature = r.temperature
	}
	quiet := thinking{effort: "none"} // listening takes no thought
	out.Generation.Thinking = quiet.config(&family)
	if r.timed() {
		out.Generation.ResponseMIMEType = "application/json"
		out.Generation.ResponseJSONSchema = []byte(segmentSchema)
	}
	return out
}

// segmentSchema is the form of a transcript with times. They are asked for as a clock shows them, which models keep to better than to
// seconds.
const segmentSchema = `{"type":"object","properties":{` +
	`"language":{"type":"string","description":"The language spoken, its English name in lower case, such as english"},` +
	`"segments":{"type":"array","items":{"type":"object","properties":{` +
	`"start":{"type":"string","description":"When the segment begins, as HH:MM:SS.mmm"},` +
	`"end":{"type":"string","description":"When the segment ends, as HH:MM:SS.mmm"},` +
	`"text":{"type":"string","description":"What is said"}},` +
	`"required":["start","end","text"],"propertyOrdering":["start","end","text"]}}},` +
	`"required":["language","segments"],"propertyOrdering":["language","segments"]}`
