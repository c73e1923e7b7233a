package openai

import (
	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// ResponseStream turns Gemini's answer, in chunks or whole, into the events of the Responses API, and into the response itself. It is for one answer and
// one goroutine.
type ResponseStream struct {
	request *ResponseRequest
	reply   Reply

	begun      bool
	sequence   int    // of the next event
	items      []byte // those that are done, with commas between them
	done       int    // how many
	open       itemKind
	text       []byte // of the open item
	calls      int
	finish     string // Gemini's finish reason
	usage      gemini.Usage
	grounding  []byte
	citations  []byte
	signatures map[string]string
}

// itemKind is what is being said.
type itemKind int

const (
	noItem itemKind = iota
	reasoningItem
	messageItem
)

// The states of a response and of its items.
const (
	stateInProgress = "in_progress"
	stateCompleted  = "completed"
	stateIncomplete = "incomplete"
)

// NewResponseStream begins an answer; reply is that of the request's chat.
func NewResponseStream(request *ResponseRequest, reply Reply) *ResponseStream {
	return &ResponseStream{request: request, reply: reply}
}

// Next appends the events for one chunk of Gemini's: none when it says nothing.
func (s *ResponseStream) Next(dst []byte, r *gemini.Response) []byte {
	if r.HasUsage {
		s.usage = r.Usage
	}
	if r.BlockReason != "" && s.finish == "" {
		s.finish = gemini.FinishProhibitedContent
	}
	if len(r.Candidates) == 0 {
		return dst
	}
	c := &r.Candidates[0]
	if c.FinishReason != "" {
		s.finish = c.FinishReason
	}
	if len(c.Grounding) > 0 {
		s.grounding = append(s.grounding[:0], c.Grounding...)
	}
	if len(c.Citations) > 0 {
		s.citations = append(s.citations[:0], c.Citations...)
	}
	for i := range c.Content.Parts {
		dst = s.part(dst, &c.Content.Parts[i])
	}
	return dst
}

func (s *ResponseStream) part(dst []byte, p *gemini.Part) []byte {
	switch {
	case p.FunctionCall != nil:
		return s.call(dst, p)
	case p.InlineData != nil && isImage(p.InlineData):
		return s.image(dst, p.InlineData)
	case p.Raw != nil:
		return s.say(dst, messageItem, rawText(p.Raw))
	case p.IsText() && p.Thought:
		return s.say(dst, reasoningItem, p.Text)
	case p.IsText():
		return s.say(dst, messageItem, p.Text)
	}
	return dst
}

// begin says that the answer is being made, once.
func (s *ResponseStream) begin(dst []byte) []byte {
	if s.begun {
		return dst
	}
	s.begun = true
	for _, kind := range []string{"response.created", "response.in_progress"} {
		dst = s.event(dst, kind)
		dst = s.response(append(dst, `,"response":`...), stateInProgress)
		dst = append(dst, "}"+eventEnd...)
	}
	return dst
}

// event writes an event up to its own fields.
func (s *ResponseStream) event(dst []byte, kind string) []byte {
	dst = append(append(append(dst, "event: "...), kind...), "\n"+eventStart+`{"type":"`...)
	dst = append(append(dst, kind...), `","sequence_number":`...)
	dst = jsonio.AppendInt(dst, int64(s.sequence))
	s.sequence++
	return dst
}

// at writes which item an event is of.
func (s *ResponseStream) at(dst []byte, id string) []byte {
	dst = jsonio.AppendString(append(dst, `,"item_id":`...), id)
	return jsonio.AppendInt(append(dst, `,"output_index":`...), int64(s.done))
}

// id gives the name of the item that comes next.
func (s *ResponseStream) id(prefix string) string { return prefix + s.reply.derived(0, s.done) }

// added tells of a new item; its end is told by finished.
func (s *ResponseStream) added(dst []byte, item []byte) []byte {
	dst = s.event(dst, "response.output_item.added")
	dst = jsonio.AppendInt(append(dst, `,"output_index":`...), int64(s.done))
	return append(append(append(dst, `,"item":`...), item...), "}"+eventEnd...)
}

func (s *ResponseStream) finished(dst []byte, item []byte) []byte {
	dst = s.event(dst, "response.output_item.done")
	dst = jsonio.AppendInt(append(dst, `,"output_index":`...), int64(s.done))
	dst = append(append(append(dst, `,"item":`...), item...), "}"+eventEnd...)
	if s.done > 0 {
		s.items = append(s.items, ',')
	}
	s.items = append(s.items, item...)
	s.done++
	return dst
}

// say goes on with an item of text, or begins one.
func (s *ResponseStream) say(dst []byte, kind itemKind, text string) []byte {
	if text == "" {
		return dst
	}
	dst = s.begin(dst)
	if s.open != kind {
		dst = s.close(dst)
		dst = s.openItem(dst, kind)
	}
	s.text = append(s.text, text...)
	if kind == reasoningItem {
		dst = s.at(s.event(dst, "response.reasoning_summary_text.delta"), s.id("rs_"))
		dst = append(dst, `,"summary_index":0,"delta":`...)
	} else {
		dst = s.at(s.event(dst, "response.output_text.delta"), s.id("msg_"))
		dst = append(dst, `,"content_index":0,"logprobs":[],"delta":`...)
	}
	return append(jsonio.AppendString(dst, text), "}"+eventEnd...)
}

func (s *ResponseStream) openItem(dst []byte, kind itemKind) []byte {
	s.open, s.text = kind, s.text[:0]
	if kind == reasoningItem {
		dst = s.added(dst, s.reasoning(nil, false))
		dst = s.at(s.event(dst, "response.reasoning_summary_part.added"), s.id("rs_"))
		return append(dst, `,"summary_index":0,"part":{"type":"summary_text","text":""}}`+eventEnd...)
	}
	dst = s.added(dst, s.message(nil, stateInProgress, nil))
	dst = s.at(s.event(dst, "response.content_part.added"), s.id("msg_"))
	return append(dst, `,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}`+eventEnd...)
}

// close ends the item that is being said, if any.
func (s *ResponseStream) close(dst []byte) []byte {
	switch s.open {
	case reasoningItem:
		dst = s.at(s.event(dst, "response.reasoning_summary_text.done"), s.id("rs_"))
		dst = jsonio.AppendString(append(dst, `,"summary_index":0,"text":`...), string(s.text))
		dst = s.at(s.event(append(dst, "}"+eventEnd...), "response.reasoning_summary_part.done"), s.id("rs_"))
		dst = jsonio.AppendString(append(dst, `,"summary_index":0,"part":{"type":"summary_text","text":`...), string(s.text))
		dst = s.finished(append(dst, "}}"+eventEnd...), s.reasoning(nil, true))
	case messageItem:
		cited := annotationsOf(s.grounding, s.citations, string(s.text))
		dst = s.at(s.event(dst, "response.output_text.done"), s.id("msg_"))
		dst = jsonio.AppendString(append(dst, `,"content_index":0,"logprobs":[],"text":`...), string(s.text))
		dst = append(dst, "}"+eventEnd...)
		for i := range cited {
			dst = s.at(s.event(dst, "response.output_text.annotation.added"), s.id("msg_"))
			dst = jsonio.AppendInt(append(dst, `,"content_index":0,"annotation_index":`...), int64(i))
			dst = append(cited[i].appendFlat(append(dst, `,"annotation":`...)), "}"+eventEnd...)
		}
		dst = s.at(s.event(dst, "response.content_part.done"), s.id("msg_"))
		dst = s.outputText(append(dst, `,"content_index":0,"part":`...), cited)
		dst = s.finished(append(dst, "}"+eventEnd...), s.message(nil, stateCompleted, cited))
	case noItem:
	}
	s.open = noItem
	return dst
}

// call says a function call whole: Gemini never splits one.
func (s *ResponseStream) call(dst []byte, p *gemini.Part) []byte {
	if s.calls > 0 && s.reply.SingleCall {
		return dst
	}
	dst = s.close(s.begin(dst))
	call := ToolCall{
		ID: s.reply.callID(p.FunctionCall, 0, s.calls), Name: s.reply.name(p.FunctionCall.Name), Arguments: arguments(p.FunctionCall), Signature: p.ThoughtSignature,
	}
	s.calls++
	if call.Signature != "" {
		if s.signatures == nil {
			s.signatures = map[string]string{}
		}
		s.signatures[call.ID] = call.Signature
	}
	id := s.id("fc_")
	dst = s.added(dst, call.item(id, "", stateInProgress))
	dst = s.at(s.event(dst, "response.function_call_arguments.delta"), id)
	dst = append(jsonio.AppendString(append(dst, `,"delta":`...), call.Arguments), "}"+eventEnd...)
	dst = s.at(s.event(dst, "response.function_call_arguments.done"), id)
	dst = jsonio.AppendString(append(dst, `,"name":`...), call.Name)
	dst = append(jsonio.AppendString(append(dst, `,"arguments":`...), call.Arguments), "}"+eventEnd...)
	return s.finished(dst, call.item(id, call.Arguments, stateCompleted))
}

// image says an image that the model made, as the result of OpenAI's tool for that.
func (s *ResponseStream) image(dst []byte, b *gemini.Blob) []byte {
	dst = s.close(s.begin(dst))
	head := jsonio.AppendString([]byte(`{"type":"image_generation_call","id":`), s.id("ig_"))
	dst = s.added(dst, append(append([]byte(nil), head...), `,"status":"in_progress","result":null}`...))
	item := jsonio.AppendString(append(head, `,"status":"completed","result":`...), b.Data)
	return s.finished(dst, append(item, '}'))
}

// End appends what ends the answer: the open item's end, and the whole response.
func (s *ResponseStream) End(dst []byte) []byte {
	dst = s.close(s.begin(dst))
	kind := "response.completed"
	if s.cutShort() != "" {
		kind = "response.incomplete"
	}
	dst = s.Response(append(s.event(dst, kind), `,"response":`...))
	return append(dst, "}"+eventEnd...)
}

// Response appends the response, when all of the answer was given to Next.
func (s *ResponseStream) Response(dst []byte) []byte {
	s.begun = true
	s.close(nil)
	state := stateCompleted
	if s.cutShort() != "" {
		state = stateIncomplete
	}
	return s.response(dst, state)
}

// cutShort says why the answer is not whole, "" when it is.
func (s *ResponseStream) cutShort() string {
	switch s.reply.finishOf(s.finish, s.calls > 0) {
	case finishLength:
		return "max_output_tokens"
	case finishFilter:
		return "content_filter"
	}
	return ""
}

// Fail appends the event of a fault in the middle. Nothing follows it.
func (s *ResponseStream) Fail(dst []byte, f *fault.Error) []byte {
	dst = s.event(dst, "error")
	dst = appendOrNull(append(dst, `,"code":`...), errorCode(f))
	dst = jsonio.AppendString(append(dst, `,"message":`...), f.Message)
	dst = appendOrNull(append(dst, `,"param":`...), f.Field)
	return append(dst, "}"+eventEnd...)
}

// Signatures gives the thought signatures of the calls said so far, by the id the client saw; nil when there are none.
func (s *ResponseStream) Signatures() map[string]string { return s.signatures }
