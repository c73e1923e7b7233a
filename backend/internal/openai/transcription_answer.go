package openai

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// Transcript is what was heard.
type Transcript struct {
	Text     string
	Language string    // its English name in lower case; with times alone
	Segments []Segment // with times alone
	Seconds  float64   // how long the recording is; estimated where its format does not tell
	Usage    Usage
}

// Flaw says what keeps an answer from being a transcript although Gemini did not refuse to give one, or "".
func (r *TranscriptionRequest) Flaw(answer *gemini.Response) string {
	if !r.timed() || transcriptFault(answer) != nil {
		return ""
	}
	if _, _, ok := decodeSegments(spokenText(answer)); !ok {
		return "a transcript of another form than asked for"
	}
	return ""
}

// transcriptFault gives the fault of an answer that holds no whole transcript, or nil.
func transcriptFault(answer *gemini.Response) *fault.Error {
	if f := refusal(answer); f != nil {
		return f
	}
	if isCutShort(answer) {
		return fault.Field("file", "is too long to be transcribed in one answer: give it in parts").WithCode("context_length_exceeded")
	}
	return nil
}

// Transcript reads the answer. Its error is a *fault.Error: Blocked for a recording that Gemini refused to transcribe, Invalid for one too
// long, Upstream for an answer that is no transcript.
func (r *TranscriptionRequest) Transcript(answer *gemini.Response) (*Transcript, error) {
	if f := transcriptFault(answer); f != nil {
		return nil, f
	}
	t := &Transcript{Usage: UsageOf(&answer.Usage), Seconds: r.seconds}
	if t.Seconds == 0 {
		t.Seconds = float64(answer.Usage.PromptBy.Audio) / tokensPerAudioSecond
	}
	text := spokenText(answer)
	if !r.timed() {
		t.Text = unlessSilent(text)
		return t, nil
	}
	var ok bool
	if t.Language, t.Segments, ok = decodeSegments(text); !ok {
		return nil, fault.New(fault.Upstream, "Gemini made no transcript that can be read").WithCode("no_transcript")
	}
	t.Segments = settle(t.Segments, r.seconds) // an estimate is no bound
	t.Text = joined(t.Segments)
	if n := len(t.Segments); n > 0 && t.Seconds == 0 {
		t.Seconds = t.Segments[n-1].End
	}
	return t, nil
}

// spokenText gives the text of an answer without the thoughts.
func spokenText(answer *gemini.Response) string {
	if len(answer.Candidates) == 0 {
		return ""
	}
	var text strings.Builder
	parts := answer.Candidates[0].Content.Parts
	for i := range parts {
		if parts[i].IsText() && !parts[i].Thought {
			text.WriteString(parts[i].Text)
		}
	}
	return text.String()
}

func unlessSilent(text string) string {
	if text = strings.TrimSpace(text); strings.EqualFold(strings.TrimSuffix(text, "."), silence) {
		return ""
	}
	return text
}

// decodeSegments reads an answer in the form of segmentSchema, be it in a fence of Markdown.
func decodeSegments(text string) (language string, segments []Segment, ok bool) {
	var answer struct {
		Language string `json:"language"`
		Segments *[]struct {
			Start string `json:"start"`
			End   string `json:"end"`
			Text  string `json:"text"`
		} `json:"segments"`
	}
	text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "```json"), "```")
	if json.Unmarshal([]byte(text), &answer) != nil || answer.Segments == nil {
		return "", nil, false
	}
	segments = make([]Segment, 0, len(*answer.Segments))
	for _, s := range *answer.Segments {
		start, okStart := seconds(s.Start)
		end, okEnd := seconds(s.End)
		if !okStart || !okEnd {
			return "", nil, false
		}
		segments = append(segments, Segment{Start: start, End: end, Text: s.Text})
	}
	return strings.ToLower(answer.Language), segments, true
}

// joined puts the texts of segments together, with spaces between them in the scripts that have spaces.
func joined(segments []Segment) string {
	var text strings.Builder
	last := rune(-1)
	for _, s := range segments {
		first, _ := utf8.DecodeRuneInString(s.Text)
		if last >= 0 && !(isUnspaced(last) && isUnspaced(first)) {
			text.WriteByte(' ')
		}
		text.WriteString(s.Text)
		last, _ = utf8.DecodeLastRuneInString(s.Text)
	}
	return text.String()
}

// isUnspaced reports whether a character is of a script that puts no spaces between words, or of its punctuation.
func isUnspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) ||
		r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF
}

// Answer gives the transcript in the format asked for, and its media type.
func (r *TranscriptionRequest) Answer(t *Transcript) (document []byte, mime string) {
	const plain = "text/plain; charset=utf-8"
	switch r.format {
	case transcriptText:
		return append([]byte(t.Text), '\n'), plain
	case transcriptSRT:
		return appendSRT(nil, t.Segments), plain
	case transcriptVTT:
		return appendVTT(nil, t.Segments), "text/vtt; charset=utf-8"
	case transcriptVerbose:
		return r.appendVerbose(nil, t), "application/json"
	}
	dst := jsonio.AppendString([]byte(`{"text":`), t.Text)
	dst = t.Usage.appendHeard(append(dst, `,"usage":`...))
	return append(dst, '}'), "application/json"
}

// appendVerbose writes a transcript as verbose_json. What Gemini does not tell of a segment, and OpenAI's clients look for, is 0 or empty.
func (r *TranscriptionRequest) appendVerbose(dst []byte, t *Transcript) []byte {
	task, language := "transcribe", t.Language
	if r.english {
		task, language = "translate", "english"
	}
	dst = append(append(append(dst, `{"task":"`...), task...), `","language":`...)
	dst = jsonio.AppendString(dst, language)
	dst = jsonio.AppendFloat(append(dst, `,"duration":`...), t.Seconds)
	dst = jsonio.AppendString(append(dst, `,"text":`...), t.Text)
	temperature := 0.0
	if r.temperature != nil {
		temperature = *r.temperature
	}
	dst = append(dst, `,"segments":[`...)
	for i, s := range t.Segments {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonio.AppendInt(append(dst, `{"id":`...), i)
		dst = jsonio.AppendFloat(append(dst, `,"seek":0,"start":`...), s.Start)
		dst = jsonio.AppendFloat(append(dst, `,"end":`...), s.End)
		dst = jsonio.AppendString(append(dst, `,"text":`...), s.Text)
		dst = jsonio.AppendFloat(append(dst, `,"tokens":[],"temperature":`...), temperature)
		dst = append(dst, `,"avg_logprob":0,"compression_ratio":0,"no_speech_prob":0}`...)
	}
	dst = jsonio.AppendFloat(append(dst, `],"usage":{"type":"duration","seconds":`...), t.Seconds)
	return append(dst, `}}`...)
}

// appendHeard writes the counts of a transcript.
func (u *Usage) appendHeard(dst []byte) []byte {
	dst = jsonio.AppendInt(append(dst, `{"type":"tokens","input_tokens":`...), u.Prompt)
	dst = jsonio.AppendInt(append(dst, `,"input_token_details":{"text_tokens":`...), u.Prompt-u.PromptAudio)
	dst = jsonio.AppendInt(append(dst, `,"audio_tokens":`...), u.PromptAudio)
	dst = jsonio.AppendInt(append(dst, `},"output_tokens":`...), u.Completion)
	dst = jsonio.AppendInt(append(dst, `,"total_tokens":`...), u.Total)
	return append(dst, '}')
}
