package openai

import (
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// Chunker turns the chunks of a Gemini stream into the events of an OpenAI stream. It is for one stream and one goroutine.
type Chunker struct {
	reply        Reply
	includeUsage bool
	head         []byte // an event up to the choice's index
	tail         []byte // an event from the choice's end
	choices      []streamed
	usage        []gemini.Usage // running totals, one for each upstream call
	signatures   map[string]string
}

// streamed is what has been said of one choice.
type streamed struct {
	known     bool // the upstream has spoken of it
	begun     bool // its role was sent
	calls     int
	images    int
	finish    string // Gemini's finish reason
	length    int    // bytes of text
	text      []byte // kept only where it may be cited
	grounding []byte
	citations []byte
	hasAudio  bool
}

// maxStreamed bounds the choices of a stream; what lies beyond is no choice that was asked for.
const maxStreamed = 64

const (
	eventStart = "data: "
	eventEnd   = "\n\n"
	doneEvent  = "data: [DONE]\n\n"
)

// NewChunker begins a stream. With includeUsage every chunk has a usage, null but in the last.
func NewChunker(reply Reply, includeUsage bool) *Chunker {
	c := &Chunker{reply: reply, includeUsage: includeUsage, choices: make([]streamed, 1, 2), usage: make([]gemini.Usage, 1)}
	c.head = append(c.appendPrefix(nil), `[{"index":`...)
	c.tail = append(c.tail, `}]`...)
	if includeUsage {
		c.tail = append(c.tail, `,"usage":null`...)
	}
	c.tail = append(c.tail, "}"+eventEnd...)
	return c
}

// appendPrefix writes an event up to the value of choices.
func (c *Chunker) appendPrefix(dst []byte) []byte {
	dst = jsonio.AppendString(append(dst, eventStart+`{"id":`...), c.reply.ID)
	dst = append(dst, `,"object":"`+objectChunk+`","created":`...)
	dst = jsonio.AppendInt(dst, c.reply.Created)
	dst = jsonio.AppendString(append(dst, `,"model":`...), c.reply.Model)
	return append(dst, `,"choices":`...)
}

// Next appends the events for one upstream chunk: none when it says nothing, several when it begins an answer or holds tool calls.
func (c *Chunker) Next(dst []byte, r *gemini.Response) []byte { return c.NextOf(dst, 0, r) }

// NextOf is Next for a request that is answered by several upstream calls at once (see ChatRequest.FanOut): call, from 0, is the choice that the
// chunk belongs to.
func (c *Chunker) NextOf(dst []byte, call int, r *gemini.Response) []byte {
	if call < 0 || call >= maxStreamed {
		return dst
	}
	for len(c.usage) <= call {
		c.usage = append(c.usage, gemini.Usage{})
	}
	if r.HasUsage {
		c.usage[call] = r.Usage
	}
	if r.BlockReason != "" {
		if s := c.choice(call); s.finish == "" {
			s.finish = gemini.FinishProhibitedContent
		}
	}
	for i := range r.Candidates {
		candidate := &r.Candidates[i]
		index := candidate.Index + call
		if index < 0 || index >= maxStreamed {
			continue
		}
		dst = c.candidate(dst, index, candidate)
	}
	return dst
}

// choice gives the state of a choice, and makes it known.
func (c *Chunker) choice(index int) *streamed {
	for len(c.choices) <= index {
		c.choices = append(c.choices, streamed{})
	}
	s := &c.choices[index]
	s.known = true
	return s
}

// content is what the parts of one chunk amount to.
type content struct{ text, thoughts, calls, images, audio, signed bool }

func survey(parts []gemini.Part) content {
	var has content
	for i := range parts {
		switch p := &parts[i]; {
		case p.FunctionCall != nil:
			has.calls = true
		case p.InlineData != nil:
			has.images = has.images || isImage(p.InlineData)
			has.audio = has.audio || isAudio(p.InlineData)
		case p.Raw != nil:
			has.text = true
		case !p.IsText():
		case p.Thought:
			has.thoughts = has.thoughts || p.Text != ""
		default:
			has.text = has.text || p.Text != ""
			has.signed = has.signed || p.ThoughtSignature != ""
		}
	}
	return has
}

func (c *Chunker) candidate(dst []byte, index int, from *gemini.Candidate) []byte {
	s := c.choice(index)
	if from.FinishReason != "" {
		s.finish = from.FinishReason
	}
	if len(from.Grounding) > 0 {
		s.grounding = from.Grounding
	}
	if len(from.Citations) > 0 {
		s.citations = from.Citations
	}
	parts := from.Content.Parts
	has := survey(parts)
	if has == (content{}) && len(from.Logprobs) == 0 {
		return dst
	}
	dst = c.begin(dst, index, s)
	if has.text || has.thoughts || has.images || has.audio || has.signed || len(from.Logprobs) > 0 {
		dst = c.open(dst, index)
		dst = c.speech(dst, index, s, parts, has)
		dst = append(dst, '}')
		if list := logprobsOf(from.Logprobs); list != nil {
			dst = appendLogprobs(append(dst, `,"logprobs":`...), list)
		}
		dst = c.close(dst, "")
	}
	if has.calls {
		for i := range parts {
			if parts[i].FunctionCall != nil {
				dst = c.call(dst, index, s, &parts[i])
			}
		}
	}
	return dst
}

// begin sends the role, once.
func (c *Chunker) begin(dst []byte, index int, s *streamed) []byte {
	if s.begun {
		return dst
	}
	s.begun = true
	dst = append(c.open(dst, index), `"role":"`+roleOfAnswers+`","content":"","refusal":null}`...)
	return c.close(dst, "")
}

// open writes an event up to the inside of its delta.
func (c *Chunker) open(dst []byte, index int) []byte {
	dst = jsonio.AppendInt(append(dst, c.head...), int64(index))
	return append(dst, `,"delta":{`...)
}

// close ends an event whose delta is closed.
func (c *Chunker) close(dst []byte, finish string) []byte {
	if finish == "" {
		dst = append(dst, `,"finish_reason":null`...)
	} else {
		dst = append(append(append(dst, `,"finish_reason":"`...), finish...), '"')
	}
	return append(dst, c.tail...)
}

// speech writes the fields of a delta: all that a chunk says but its calls.
func (c *Chunker) speech(dst []byte, index int, s *streamed, parts []gemini.Part, has content) []byte {
	from := len(dst)
	field := func(name string) {
		if len(dst) > from {
			dst = append(dst, ',')
		}
		dst = append(dst, name...)
	}
	if has.thoughts {
		field(`"reasoning_content":"`)
		for i := range parts {
			if p := &parts[i]; p.Thought && p.IsText() {
				dst = appendPlain(dst, p.Text)
			}
		}
		dst = append(dst, '"')
	}
	if has.text {
		field(`"content":"`)
		for i := range parts {
			dst = s.appendText(dst, &parts[i], c.reply.Search)
		}
		dst = append(dst, '"')
	}
	if has.images {
		field(`"images":`)
		dst = s.appendImages(dst, parts)
	}
	if has.audio {
		field(`"audio":`)
		dst = s.appendAudio(dst, parts, &c.reply, index)
	}
	if has.signed {
		for i := len(parts) - 1; i >= 0; i-- {
			if p := &parts[i]; p.IsText() && !p.Thought && p.ThoughtSignature != "" {
				field(`"extra_content":{"google":{"thought_signature":`)
				return append(jsonio.AppendString(dst, p.ThoughtSignature), `}}`...)
			}
		}
	}
	return dst
}

func (s *streamed) appendText(dst []byte, p *gemini.Part, keep bool) []byte {
	text := p.Text
	switch {
	case p.Raw != nil:
		text = rawText(p.Raw)
	case p.Thought || !p.IsText():
		return dst
	}
	s.length += len(text)
	if keep {
		s.text = append(s.text, text...)
	}
	return appendPlain(dst, text)
}

func (s *streamed) appendImages(dst []byte, parts []gemini.Part) []byte {
	dst = append(dst, '[')
	first := true
	for i := range parts {
		p := &parts[i]
		if p.InlineData == nil || !isImage(p.InlineData) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		image := Image{MIMEType: p.InlineData.MIMEType, Data: p.InlineData.Data, Signature: p.ThoughtSignature}
		dst = image.appendJSON(dst, s.images)
		s.images++
	}
	return append(dst, ']')
}

func (s *streamed) appendAudio(dst []byte, parts []gemini.Part, reply *Reply, index int) []byte {
	data := ""
	for i := range parts {
		if blob := parts[i].InlineData; blob != nil && isAudio(blob) {
			data += inFormat(blob, reply.AudioFormat)
		}
	}
	audio := Audio{ID: audioID(reply, index), Data: data}
	dst = audio.appendJSON(dst, !s.hasAudio)
	s.hasAudio = true
	return dst
}

// call sends a tool call whole: Gemini never splits one.
func (c *Chunker) call(dst []byte, index int, s *streamed, p *gemini.Part) []byte {
	if s.calls > 0 && (c.reply.SingleCall || c.reply.Legacy) {
		return dst
	}
	call := ToolCall{
		ID:        c.reply.callID(p.FunctionCall, index, s.calls),
		Name:      c.reply.name(p.FunctionCall.Name),
		Arguments: arguments(p.FunctionCall),
		Signature: p.ThoughtSignature,
	}
	if call.Signature != "" {
		if c.signatures == nil {
			c.signatures = map[string]string{}
		}
		c.signatures[call.ID] = call.Signature
	}
	dst = c.open(dst, index)
	if c.reply.Legacy {
		dst = append(call.appendFunction(append(dst, `"function_call":`...)), '}')
	} else {
		dst = append(call.appendJSON(append(dst, `"tool_calls":[`...), s.calls), `]}`...)
	}
	s.calls++
	return c.close(dst, "")
}

// End appends what ends the stream: for each choice its citations and its finish reason, the usage when it was asked for, and [DONE].
// It must not follow an error: see ErrorEvent.
func (c *Chunker) End(dst []byte) []byte {
	for i := range c.choices {
		s := &c.choices[i]
		if !s.known && i > 0 {
			continue
		}
		dst = c.begin(dst, i, s)
		if list := annotationsOf(s.grounding, s.citations, s.spoken()); len(list) > 0 {
			dst = appendAnnotations(append(c.open(dst, i), `"annotations":`...), list)
			dst = c.close(append(dst, '}'), "")
		}
		dst = c.close(append(c.open(dst, i), '}'), c.reply.finishOf(s.finish, s.calls > 0))
	}
	if c.includeUsage {
		total := c.Usage()
		usage := UsageOf(&total)
		dst = usage.appendJSON(append(c.appendPrefix(dst), `[],"usage":`...))
		if tier := tierOf(&total); tier != "" {
			dst = jsonio.AppendString(append(dst, `,"service_tier":`...), tier)
		}
		dst = append(dst, "}"+eventEnd...)
	}
	return append(dst, doneEvent...)
}

// Fail appends what ends a stream that broke off.
func (c *Chunker) Fail(dst []byte, f *fault.Error) []byte { return ErrorEvent(dst, f) }

// spoken gives the text that citations count in. Where it was not kept, as many plain characters stand for it.
func (s *streamed) spoken() string {
	if len(s.text) == s.length || len(s.grounding) == 0 && len(s.citations) == 0 {
		return string(s.text)
	}
	return string(make([]byte, s.length))
}

// Usage gives the tokens counted so far, added up over the upstream calls.
func (c *Chunker) Usage() gemini.Usage {
	if len(c.usage) == 1 {
		return c.usage[0]
	}
	var total gemini.Usage
	for i := range c.usage {
		addUsage(&total, &c.usage[i])
	}
	return total
}

// Finish gives OpenAI's finish reason of the first choice, "" while it goes on.
func (c *Chunker) Finish() string {
	s := &c.choices[0]
	if s.finish == "" {
		return ""
	}
	return c.reply.finishOf(s.finish, s.calls > 0)
}

// Finished reports whether every choice that was begun has its end. A stream that stops before is broken, not done.
func (c *Chunker) Finished() bool {
	for i := range c.choices {
		if c.choices[i].known && c.choices[i].finish == "" {
			return false
		}
	}
	return c.choices[0].known
}

// Signatures gives the thought signatures of the tool calls sent so far, by the id the client saw; nil when there are none.
func (c *Chunker) Signatures() map[string]string { return c.signatures }
