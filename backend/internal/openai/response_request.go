package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/jsonio"
)

// ResponseRequest is a decoded request of the Responses API. What it asks is a chat; what its answer repeats of it is kept beside. Long strings share
// the memory of the body it was parsed from.
type ResponseRequest struct {
	Chat *ChatRequest

	places       []int // of each message of the chat: the item of the input that it came from, -1 for the instructions
	instructions string
	summary      string // reasoning.summary
	repeated     repeated
}

// repeated is what an answer repeats of its request as it was written; nil is absent.
type repeated struct{ tools, toolChoice, metadata, format, truncation []byte }

// ParseResponse decodes the body of POST /v1/responses. Its errors are those of ParseChat, with the fields of this API.
func ParseResponse(body []byte) (*ResponseRequest, error) {
	p := newParser(body)
	r := &ResponseRequest{Chat: &ChatRequest{}}
	r.Chat.sampling.n = 1
	hasInput := false
	p.Object(func(key string) {
		switch key {
		case "input":
			hasInput = !p.Null()
			if hasInput {
				p.items(r)
			}
		case "model", "stream", "service_tier", "extra_body", "google", "thinking_config":
			p.basics(r.Chat, key)
		case "temperature", "top_p":
			p.samplingField(&r.Chat.sampling, key)
		case "tool_choice", "parallel_tool_calls":
			p.toolField(&r.Chat.tools, key)
		default:
			if !p.responseField(r, key) {
				p.responseRefused(key)
			}
		}
	})
	p.End()
	if err := p.fault(); err != nil {
		return nil, err
	}
	if !hasInput {
		return nil, fault.Field("input", "is required")
	}
	if r.instructions != "" {
		r.Chat.messages = append([]message{{role: roleSystem, text: r.instructions}}, r.Chat.messages...)
		r.places = append([]int{-1}, r.places...)
	}
	if err := r.Chat.check(); err != nil {
		return nil, r.Rename(err)
	}
	return r, r.repeated.read(body)
}

// read finds what the answer repeats. The body is known to be an object.
func (k *repeated) read(body []byte) error {
	p := newParser(body)
	p.Object(func(key string) {
		switch key {
		case "tools":
			k.tools = compact(p.Raw())
		case "tool_choice":
			k.toolChoice = compact(p.Raw())
		case "metadata":
			k.metadata = compact(p.Raw())
		case "truncation":
			k.truncation = compact(p.Raw())
		case "text":
			p.Object(func(key string) {
				if key == "format" {
					k.format = compact(p.Raw())
					return
				}
				p.Skip()
			})
		default:
			p.Skip()
		}
	})
	return p.fault()
}

// compact gives JSON without white space, nil for null.
func compact(raw []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil || out.String() == "null" {
		return nil
	}
	return out.Bytes()
}

func (p *parser) responseField(r *ResponseRequest, key string) bool {
	switch key {
	case "instructions":
		r.instructions = p.text()
	case "max_output_tokens":
		r.Chat.sampling.maxTokens = p.limit()
	case "tools":
		p.Array(func(int) { p.flatTool(&r.Chat.tools) })
	case "text":
		p.Object(func(key string) {
			if key == "format" {
				p.responseFormat(&r.Chat.answer)
				return
			}
			p.Skip()
		})
	case "reasoning":
		p.Object(func(key string) {
			switch key {
			case "effort":
				p.basics(r.Chat, "reasoning_effort")
			case "summary", "generate_summary":
				if r.summary = p.text(); r.summary != "" {
					r.Chat.thinking.include, r.Chat.thinking.asked = r.summary != "none", true
				}
			default:
				p.Skip()
			}
		})
	default:
		return false
	}
	return true
}

// responseRefused reads the fields whose meaning would be lost, and passes over what changes nothing.
func (p *parser) responseRefused(key string) {
	switch key {
	case "previous_response_id", "conversation", "prompt":
		if !p.Null() {
			p.Fail("nothing is kept between requests: send the whole conversation as input")
		}
	case "background":
		if p.flag() {
			p.Fail("answers are not made in the background: leave it out")
		}
	case "top_logprobs":
		if n := p.count(0, maxTopLog); n != nil && *n > 0 {
			p.Fail("log probabilities are given by /v1/chat/completions alone")
		}
	default:
		p.Skip()
	}
}

// flatTool reads a tool as the Responses API writes it: a function's fields beside its type.
func (p *parser) flatTool(t *tools) {
	if len(t.functions) >= maxFunctions {
		p.Fail("there may be at most %d tools", maxFunctions)
		return
	}
	kind := ""
	f := function{flat: true}
	p.Object(func(key string) {
		switch key {
		case "type":
			kind = p.String()
		default:
			p.functionField(&f, key)
		}
	})
	if kind == "function" {
		if f.name == "" {
			p.refuse("name", "is required")
		}
		t.functions = append(t.functions, f)
		return
	}
	p.hostedTool(t, kind)
}

// items reads the conversation: a text, or a list of items.
func (p *parser) items(r *ResponseRequest) {
	if p.Kind() != jsonio.Array {
		r.add(0, message{role: roleUser, text: p.String()})
		return
	}
	p.Array(func(i int) {
		if i >= maxMessages {
			p.Fail("there may be at most %d items", maxMessages)
			return
		}
		p.item(r, i)
	})
}

func (r *ResponseRequest) add(item int, m message) {
	r.Chat.messages, r.places = append(r.Chat.messages, m), append(r.places, item)
}

// assistant gives the assistant's message that is being said, or begins one: its text and its calls are items of their own.
func (r *ResponseRequest) assistant(item int) *message {
	if n := len(r.Chat.messages); n == 0 || r.Chat.messages[n-1].role != roleAssistant {
		r.add(item, message{role: roleAssistant})
	}
	return &r.Chat.messages[len(r.Chat.messages)-1]
}

// rawItem is an item of the input as written: every form of it, told apart by type once all of it is read.
type rawItem struct {
	kind       string
	said       message // role and content
	hasContent bool
	call       call
	output     message // of a call
	hasOutput  bool
	image      rawPart // that the model made
}

func (p *parser) item(r *ResponseRequest, i int) {
	var raw rawItem
	p.Object(func(key string) {
		switch key {
		case "type":
			raw.kind = p.String()
		case "role":
			raw.said.role = p.oneOf(roleUser, roleAssistant, roleSystem, roleDeveloper)
		case "content":
			raw.hasContent = p.content(&raw.said)
		case "call_id":
			raw.call.id = p.text()
		case "name":
			raw.call.name = p.text()
		case "arguments":
			raw.call.arguments = p.arguments()
		case "output":
			raw.hasOutput = p.content(&raw.output)
		case "result":
			raw.image = rawPart{kind: "image", below: "result"}
			raw.image.data = p.text()
		case "extra_content":
			raw.call.signature = p.extraContent()
		default:
			p.Skip()
		}
	})
	p.place(r, i, &raw)
}

// place puts an item into the conversation.
func (p *parser) place(r *ResponseRequest, i int, raw *rawItem) {
	switch raw.kind {
	case "", "message":
		p.checkMessage(&raw.said, fallbacks{}, raw.hasContent)
		r.add(i, raw.said)
	case "function_call":
		if raw.call.name == "" || raw.call.id == "" {
			p.refuse("", "a function_call must have a name and a call_id")
		}
		m := r.assistant(i)
		m.calls = append(m.calls, raw.call)
	case "function_call_output":
		if raw.call.id == "" {
			p.refuse("call_id", "is required: the call_id of the function_call that this answers")
		}
		raw.output.role, raw.output.callID = roleTool, raw.call.id
		r.add(i, raw.output)
	case "image_generation_call":
		if raw.image.data != "" {
			p.media(&raw.image, 0)
			raw.image.place = "result"
			m := r.assistant(i)
			m.parts = append(m.parts, raw.image.part)
		}
	case "reasoning", "web_search_call", "code_interpreter_call": // the server's own, which the model needs no more
	case "item_reference":
		p.refuse("type", "nothing is kept between requests: send the item itself")
	default:
		p.refuse("type", "%s is not an item that can be read", strconv.Quote(raw.kind))
	}
}

// Rename gives an error of the chat with the names that its fields have in this API.
func (r *ResponseRequest) Rename(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Field == "" {
		return err
	}
	named := *f
	for _, pair := range [][2]string{
		{"response_format.json_schema.schema", "text.format.schema"}, {"response_format", "text.format"}, {"reasoning_effort", "reasoning.effort"},
		{"messages", "input"},
	} {
		rest, found := strings.CutPrefix(f.Field, pair[0])
		if !found {
			continue
		}
		named.Field = pair[1] + rest
		if number, below, isItem := strings.Cut(strings.TrimPrefix(rest, "["), "]"); pair[0] == "messages" && isItem {
			if k, err := strconv.Atoi(number); err == nil && k < len(r.places) && r.places[k] >= 0 {
				named.Field = "input[" + strconv.Itoa(r.places[k]) + "]" + strings.Replace(below, ".tool_call_id", ".call_id", 1)
			}
		}
		break
	}
	return &named
}
