package openai

import "gemini-proxy/backend/internal/jsonio"

// response writes the response object as it stands.
func (s *ResponseStream) response(dst []byte, state string) []byte {
	chat, again := s.request.Chat, &s.request.repeated
	dst = jsonio.AppendString(append(dst, `{"id":`...), s.reply.ID)
	dst = jsonio.AppendInt(append(dst, `,"object":"response","created_at":`...), s.reply.Created)
	dst = append(append(append(dst, `,"status":"`...), state...), `","error":null,"incomplete_details":`...)
	if why := s.cutShort(); state == stateIncomplete {
		dst = append(append(append(dst, `{"reason":"`...), why...), `"}`...)
	} else {
		dst = append(dst, `null`...)
	}
	dst = appendOrNull(append(dst, `,"instructions":`...), s.request.instructions)
	dst = appendCount(append(dst, `,"max_output_tokens":`...), chat.sampling.maxTokens)
	dst = jsonio.AppendString(append(dst, `,"model":`...), s.reply.Model)
	dst = append(append(append(dst, `,"output":[`...), s.items...), `],"parallel_tool_calls":`...)
	dst = appendBool(dst, !chat.tools.single)
	dst = append(dst, `,"previous_response_id":null,"reasoning":{"effort":`...)
	dst = appendOrNull(dst, chat.thinking.effort)
	dst = appendOrNull(append(dst, `,"summary":`...), s.request.summary)
	dst = appendNumber(append(dst, `},"store":false,"temperature":`...), chat.sampling.temperature)
	dst = appendRaw(append(dst, `,"text":{"format":`...), again.format, `{"type":"text"}`)
	dst = appendRaw(append(dst, `},"tool_choice":`...), again.toolChoice, `"auto"`)
	dst = appendRaw(append(dst, `,"tools":`...), again.tools, `[]`)
	dst = appendNumber(append(dst, `,"top_p":`...), chat.sampling.topP)
	dst = appendRaw(append(dst, `,"truncation":`...), again.truncation, `"disabled"`)
	if tier := tierOf(&s.usage); tier != "" {
		dst = jsonio.AppendString(append(dst, `,"service_tier":`...), tier)
	}
	if state != stateInProgress {
		usage := UsageOf(&s.usage)
		dst = usage.appendResponse(append(dst, `,"usage":`...))
	}
	dst = appendRaw(append(dst, `,"metadata":`...), again.metadata, `{}`)
	return append(dst, '}')
}

// message writes the open item of text.
func (s *ResponseStream) message(dst []byte, state string, cited []Annotation) []byte {
	dst = jsonio.AppendString(append(dst, `{"type":"message","id":`...), s.id("msg_"))
	dst = append(append(append(dst, `,"status":"`...), state...), `","role":"assistant","content":[`...)
	if state == stateCompleted {
		dst = s.outputText(dst, cited)
	}
	return append(dst, `]}`...)
}

func (s *ResponseStream) outputText(dst []byte, cited []Annotation) []byte {
	dst = jsonio.AppendString(append(dst, `{"type":"output_text","text":`...), string(s.text))
	dst = append(dst, `,"annotations":[`...)
	for i := range cited {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = cited[i].appendFlat(dst)
	}
	return append(dst, `],"logprobs":[]}`...)
}

// reasoning writes the open item of thoughts.
func (s *ResponseStream) reasoning(dst []byte, done bool) []byte {
	dst = jsonio.AppendString(append(dst, `{"type":"reasoning","id":`...), s.id("rs_"))
	dst = append(dst, `,"summary":[`...)
	if done {
		dst = jsonio.AppendString(append(dst, `{"type":"summary_text","text":`...), string(s.text))
		dst = append(dst, '}')
	}
	return append(dst, `]}`...)
}

// item writes a call as an item of the Responses API.
func (t *ToolCall) item(id, arguments, state string) []byte {
	dst := jsonio.AppendString([]byte(`{"type":"function_call","id":`), id)
	dst = jsonio.AppendString(append(dst, `,"call_id":`...), t.ID)
	dst = jsonio.AppendString(append(dst, `,"name":`...), t.Name)
	dst = jsonio.AppendString(append(dst, `,"arguments":`...), arguments)
	return append(append(append(dst, `,"status":"`...), state...), `"}`...)
}

// appendFlat writes a citation as the Responses API does.
func (a *Annotation) appendFlat(dst []byte) []byte {
	dst = jsonio.AppendInt(append(dst, `{"type":"url_citation","start_index":`...), int64(a.Start))
	dst = jsonio.AppendInt(append(dst, `,"end_index":`...), int64(a.End))
	dst = jsonio.AppendString(append(dst, `,"url":`...), a.URL)
	return append(jsonio.AppendString(append(dst, `,"title":`...), a.Title), '}')
}

func (u *Usage) appendResponse(dst []byte) []byte {
	dst = jsonio.AppendInt(append(dst, `{"input_tokens":`...), int64(u.Prompt))
	dst = jsonio.AppendInt(append(dst, `,"input_tokens_details":{"cached_tokens":`...), int64(u.Cached))
	dst = jsonio.AppendInt(append(dst, `,"cache_write_tokens":0},"output_tokens":`...), int64(u.Completion))
	dst = jsonio.AppendInt(append(dst, `,"output_tokens_details":{"reasoning_tokens":`...), int64(u.Reasoning))
	return append(jsonio.AppendInt(append(dst, `},"total_tokens":`...), int64(u.Total)), '}')
}

func appendRaw(dst, raw []byte, absent string) []byte {
	if raw == nil {
		return append(dst, absent...)
	}
	return append(dst, raw...)
}

func appendNumber(dst []byte, n *float64) []byte {
	if n == nil {
		return append(dst, '1') // OpenAI's default
	}
	return jsonio.AppendFloat(dst, *n)
}

func appendCount(dst []byte, n int) []byte {
	if n == 0 {
		return append(dst, `null`...)
	}
	return jsonio.AppendInt(dst, int64(n))
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, `true`...)
	}
	return append(dst, `false`...)
}
