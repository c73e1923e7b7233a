package openai

import (
	"strings"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// Transcriber writes a transcript as events while it is made. The zero Transcriber is ready; it is for one goroutine.
type Transcriber struct {
	said  strings.Builder
	held  string // what may be the word for silence, or white space at the end
	begun bool   // something was written
	usage gemini.Usage
}

// Next writes the events of one chunk of the answer, if any.
func (t *Transcriber) Next(dst []byte, chunk *gemini.Response) []byte {
	if chunk.HasUsage {
		t.usage = chunk.Usage
	}
	text := t.held + spokenText(chunk)
	if !t.begun {
		text = strings.TrimLeft(text, " \t\r\n")
		if strings.HasPrefix(silence, strings.ToLower(text)) || unlessSilent(text) == "" {
			t.held = text
			return dst
		}
	}
	ready := strings.TrimRight(text, " \t\r\n")
	t.held = text[len(ready):]
	return t.delta(dst, ready)
}

func (t *Transcriber) delta(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	t.begun = true
	t.said.WriteString(text)
	dst = jsonio.AppendString(append(append(dst, eventStart...), `{"type":"transcript.text.delta","delta":`...), text)
	return append(append(dst, '}'), eventEnd...)
}

// Fault gives why a chunk ends what is no whole transcript, as TranscriptionRequest.Transcript does, or nil.
func (*Transcriber) Fault(chunk *gemini.Response) error {
	if f := transcriptFault(chunk); f != nil {
		return f
	}
	return nil
}

// End writes the last events, after the last chunk.
func (t *Transcriber) End(dst []byte) []byte {
	if !t.begun {
		dst = t.delta(dst, unlessSilent(t.held)) // a beginning of the word for silence, and no more
	}
	usage := UsageOf(&t.usage)
	dst = jsonio.AppendString(append(append(dst, eventStart...), `{"type":"transcript.text.done","text":`...), t.said.String())
	dst = usage.appendHeard(append(dst, `,"usage":`...))
	dst = append(append(dst, '}'), eventEnd...)
	return append(append(append(dst, eventStart...), "[DONE]"...), eventEnd...)
}
