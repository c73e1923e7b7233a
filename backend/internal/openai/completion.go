package openai

import (
	"strings"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// ChatCompletion is a whole answer.
type ChatCompletion struct {
	ID          string
	Created     int64 // Unix seconds
	Model       string
	Choices     []Choice
	Usage       Usage
	ServiceTier string // empty when Gemini does not say
}

// Choice is one of the answers.
type Choice struct {
	Index        int
	Message      Message
	FinishReason string
	Logprobs     []TokenLogprob
}

// Message is what the model says.
type Message struct {
	Content     string
	HasContent  bool   // false is a null content
	Reasoning   string // the thoughts, apart from the answer
	Signature   string // the thought signature of the text
	ToolCalls   []ToolCall
	Legacy      bool // ToolCalls has the one call, in the legacy form
	Images      []Image
	Audio       *Audio
	Annotations []Annotation
}

// ToolCall is the model asking for a function.
type ToolCall struct {
	ID        string
	Name      string // the client's
	Arguments string // a JSON object
	Signature string // its thought signature
}

// Image is an image the model made.
type Image struct {
	MIMEType  string
	Data      string // base64
	Signature string
}

// Audio is speech the model made.
type Audio struct {
	ID   string
	Data string // base64, in the format asked for
}

// FromGemini gives the answer in OpenAI's form. A prompt that was refused gives one choice that says content_filter. An error inside r
// must have been dealt with before.
func FromGemini(r *gemini.Response, reply Reply) *ChatCompletion {
	c := &ChatCompletion{
		ID:          reply.ID,
		Created:     reply.Created,
		Model:       reply.Model,
		Usage:       UsageOf(&r.Usage),
		ServiceTier: tierOf(&r.Usage),
		Choices:     make([]Choice, 0, max(1, len(r.Candidates))),
	}
	for i := range r.Candidates {
		c.Choices = append(c.Choices, choiceOf(&r.Candidates[i], &reply))
	}
	if len(c.Choices) == 0 {
		finish := finishStop
		if r.BlockReason != "" {
			finish = finishFilter
		}
		c.Choices = append(c.Choices, Choice{Message: Message{HasContent: true}, FinishReason: finish})
	}
	return c
}

func choiceOf(from *gemini.Candidate, reply *Reply) Choice {
	choice := Choice{Index: from.Index}
	m := &choice.Message
	m.Legacy = reply.Legacy
	var text, thoughts strings.Builder
	audio := ""
	for i := range from.Content.Parts {
		p := &from.Content.Parts[i]
		switch {
		case p.FunctionCall != nil:
			m.addCall(p, reply, choice.Index)
		case p.InlineData != nil && isImage(p.InlineData):
			m.Images = append(m.Images, Image{MIMEType: p.InlineData.MIMEType, Data: p.InlineData.Data, Signature: p.ThoughtSignature})
		case p.InlineData != nil && isAudio(p.InlineData):
			audio += inFormat(p.InlineData, reply.AudioFormat)
		case p.Raw != nil:
			text.WriteString(rawText(p.Raw))
		case p.IsText() && p.Thought:
			thoughts.WriteString(p.Text)
		case p.IsText():
			text.WriteString(p.Text)
			if p.ThoughtSignature != "" {
				m.Signature = p.ThoughtSignature
			}
		}
	}
	m.Content, m.Reasoning = text.String(), thoughts.String()
	if audio != "" {
		m.Audio = &Audio{ID: audioID(reply, choice.Index), Data: audio}
	}
	m.HasContent = m.Content != "" || len(m.ToolCalls) == 0 && m.Audio == nil
	m.Annotations = annotationsOf(from.Grounding, from.Citations, m.Content)
	choice.Logprobs = logprobsOf(from.Logprobs)
	choice.FinishReason = reply.finishOf(from.FinishReason, len(m.ToolCalls) > 0)
	return choice
}

func (m *Message) addCall(p *gemini.Part, reply *Reply, choice int) {
	if len(m.ToolCalls) > 0 && (reply.SingleCall || reply.Legacy) {
		return
	}
	m.ToolCalls = append(m.ToolCalls, ToolCall{
		ID:        reply.callID(p.FunctionCall, choice, len(m.ToolCalls)),
		Name:      reply.name(p.FunctionCall.Name),
		Arguments: arguments(p.FunctionCall),
		Signature: p.ThoughtSignature,
	})
}

func audioID(reply *Reply, choice int) string {
	return "audio_" + reply.derived(choice, -1)
}

// Signatures gives the thought signatures of the tool calls by the id the client sees, to be kept until the client names the calls again.
// It is nil when there are none.
func (c *ChatCompletion) Signatures() map[string]string {
	var kept map[string]string
	for i := range c.Choices {
		for j := range c.Choices[i].Message.ToolCalls {
			call := &c.Choices[i].Message.ToolCalls[j]
			if call.Signature == "" {
				continue
			}
			if kept == nil {
				kept = map[string]string{}
			}
			kept[call.ID] = call.Signature
		}
	}
	return kept
}

// AppendJSON writes the answer.
func (c *ChatCompletion) AppendJSON(dst []byte) []byte {
	dst = jsonio.AppendString(append(dst, `{"id":`...), c.ID)
	dst = append(dst, `,"object":"`+objectChat+`","created":`...)
	dst = jsonio.AppendInt(dst, c.Created)
	dst = jsonio.AppendString(append(dst, `,"model":`...), c.Model)
	dst = append(dst, `,"choices":[`...)
	for i := range c.Choices {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = c.Choices[i].appendJSON(dst)
	}
	dst = c.Usage.appendJSON(append(dst, `],"usage":`...))
	if c.ServiceTier != "" {
		dst = jsonio.AppendString(append(dst, `,"service_tier":`...), c.ServiceTier)
	}
	return append(dst, '}')
}

func (c *Choice) appendJSON(dst []byte) []byte {
	dst = jsonio.AppendInt(append(dst, `{"index":`...), int64(c.Index))
	dst = c.Message.appendJSON(append(dst, `,"message":`...))
	dst = append(dst, `,"logprobs":`...)
	if c.Logprobs == nil {
		dst = append(dst, `null`...)
	} else {
		dst = appendLogprobs(dst, c.Logprobs)
	}
	dst = jsonio.AppendString(append(dst, `,"finish_reason":`...), c.FinishReason)
	return append(dst, '}')
}

func (m *Message) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"role":"`+roleOfAnswers+`","content":`...)
	if m.HasContent {
		dst = jsonio.AppendString(dst, m.Content)
	} else {
		dst = append(dst, `null`...)
	}
	dst = append(dst, `,"refusal":null`...)
	if m.Reasoning != "" {
		dst = jsonio.AppendString(append(dst, `,"reasoning_content":`...), m.Reasoning)
	}
	switch {
	case len(m.ToolCalls) == 0:
	case m.Legacy:
		dst = m.ToolCalls[0].appendFunction(append(dst, `,"function_call":`...))
	default:
		dst = append(dst, `,"tool_calls":[`...)
		for i := range m.ToolCalls {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = m.ToolCalls[i].appendJSON(dst, -1)
		}
		dst = append(dst, ']')
	}
	if len(m.Images) > 0 {
		dst = appendImages(append(dst, `,"images":`...), m.Images)
	}
	if m.Audio != nil {
		dst = m.Audio.appendJSON(append(dst, `,"audio":`...), true)
	}
	if len(m.Annotations) > 0 {
		dst = appendAnnotations(append(dst, `,"annotations":`...), m.Annotations)
	}
	dst = appendSignature(dst, m.Signature)
	return append(dst, '}')
}

// appendJSON writes the call, with its index in a stream when that is not -1.
func (t *ToolCall) appendJSON(dst []byte, index int) []byte {
	dst = append(dst, '{')
	if index >= 0 {
		dst = append(jsonio.AppendInt(append(dst, `"index":`...), int64(index)), ',')
	}
	dst = jsonio.AppendString(append(dst, `"id":`...), t.ID)
	dst = t.appendFunction(append(dst, `,"type":"function","function":`...))
	return append(appendSignature(dst, t.Signature), '}')
}

func (t *ToolCall) appendFunction(dst []byte) []byte {
	dst = jsonio.AppendString(append(dst, `{"name":`...), t.Name)
	dst = jsonio.AppendString(append(dst, `,"arguments":`...), t.Arguments)
	return append(dst, '}')
}

// appendSignature writes a thought signature as a further field, in the place it has on Google's own OpenAI endpoint.
func appendSignature(dst []byte, signature string) []byte {
	if signature == "" {
		return dst
	}
	dst = jsonio.AppendString(append(dst, `,"extra_content":{"google":{"thought_signature":`...), signature)
	return append(dst, `}}`...)
}

func appendImages(dst []byte, images []Image) []byte {
	dst = append(dst, '[')
	for i := range images {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = images[i].appendJSON(dst, i)
	}
	return append(dst, ']')
}

func (m *Image) appendJSON(dst []byte, index int) []byte {
	dst = jsonio.AppendInt(append(dst, `{"index":`...), int64(index))
	dst = appendPlain(append(dst, `,"type":"image_url","image_url":{"url":"data:`...), m.MIMEType)
	dst = appendPlain(append(dst, `;base64,`...), m.Data)
	return append(appendSignature(append(dst, `"}`...), m.Signature), '}')
}

// appendPlain writes the inside of a JSON string, without its quotes.
func appendPlain(dst []byte, s string) []byte {
	from := len(dst)
	dst = jsonio.AppendString(dst, s)
	copy(dst[from:], dst[from+1:len(dst)-1])
	return dst[:len(dst)-2]
}

// appendJSON writes the audio; its id, expiry and transcript are said once, not in every delta. Gemini gives no transcript, and keeps no
// audio: it expires at once.
func (a *Audio) appendJSON(dst []byte, whole bool) []byte {
	dst = jsonio.AppendString(append(dst, `{"id":`...), a.ID)
	dst = jsonio.AppendString(append(dst, `,"data":`...), a.Data)
	if whole {
		dst = append(dst, `,"transcript":"","expires_at":0`...)
	}
	return append(dst, '}')
}
