package openai

import (
	"encoding/json"
	"strings"

	"gemini-proxy/backend/internal/jsonio"
)

// The roles of a message.
const (
	roleSystem    = "system"
	roleDeveloper = "developer"
	roleUser      = "user"
	roleAssistant = "assistant"
	roleTool      = "tool"
	roleFunction  = "function"
)

// message is one message of the conversation. A content that is a plain string is text; otherwise it is in parts.
type message struct {
	role      string
	text      string
	parts     []part
	calls     []call
	callID    string // of a tool message: which call it answers
	name      string // of a function message: which function it answers
	signature string // of an assistant's text: its thought signature
}

// call is a tool call of the assistant's.
type call struct {
	id        string // empty in the legacy form
	name      string
	arguments []byte // JSON object; nil is {}
	signature string
}

// isResult reports whether the message answers a call.
func (m *message) isResult() bool { return m.role == roleTool || m.role == roleFunction }

// fallbacks are what an assistant's message says when its content is empty.
type fallbacks struct{ refusal, transcript string }

func (p *parser) message() message {
	var m message
	var spare fallbacks
	hasContent := false
	p.Object(func(key string) {
		switch key {
		case "role":
			m.role = p.role()
		case "content":
			hasContent = p.content(&m)
		case "tool_calls":
			p.Array(func(int) { m.calls = append(m.calls, p.call()) })
		case "function_call":
			if !p.Null() {
				m.calls = append(m.calls, p.function())
			}
		case "tool_call_id":
			m.callID = p.text()
		case "name":
			m.name = p.text()
		case "refusal":
			spare.refusal = p.text()
		case "audio":
			p.Object(func(key string) {
				if key == "transcript" {
					spare.transcript = p.text()
					return
				}
				p.Skip()
			})
		case "images":
			p.Array(func(i int) { p.shownImage(&m, i) })
		case "extra_content":
			m.signature = p.extraContent()
		default:
			p.Skip()
		}
	})
	p.checkMessage(&m, spare, hasContent)
	return m
}

func (p *parser) role() string {
	return p.oneOf(roleSystem, roleDeveloper, roleUser, roleAssistant, roleTool, roleFunction)
}

// checkMessage holds a message against what its role asks for.
func (p *parser) checkMessage(m *message, spare fallbacks, hasContent bool) {
	switch m.role {
	case "":
		p.refuse("role", "is required")
	case roleAssistant:
		if m.text == "" && len(m.parts) == 0 {
			m.text = spare.refusal + spare.transcript
		}
		if m.text != "" && len(m.parts) > 0 { // a plain content beside images
			m.parts, m.text = append([]part{{text: m.text}}, m.parts...), ""
		}
	case roleTool:
		if m.callID == "" {
			p.refuse("tool_call_id", "is required: the id of the tool call that this message answers")
		}
	case roleFunction:
		if m.name == "" {
			p.refuse("name", "is required: the name of the function that this message answers")
		}
	default:
		if !hasContent {
			p.refuse("content", "is required")
		}
	}
	if m.role != roleAssistant && len(m.calls) > 0 {
		p.refuse("tool_calls", "are the assistant's alone")
	}
	if m.role == roleSystem || m.role == roleDeveloper {
		for i := range m.parts {
			if m.parts[i].isMedia() {
				p.refuse(m.parts[i].place, "media cannot be in a %s message", m.role)
			}
		}
	}
}

// content reads a message's content and reports whether there was any.
func (p *parser) content(m *message) bool {
	switch p.Kind() {
	case jsonio.Null:
		return !p.Null()
	case jsonio.Array:
		p.Array(func(i int) { p.part(m, i) })
		return len(m.parts) > 0
	case jsonio.Object:
		p.Fail("must be a string or an array of parts, not an object")
		return false
	default:
		m.text = p.Text()
		return true
	}
}

func (p *parser) call() call {
	var c call
	kind := "function"
	var id, signature string
	p.Object(func(key string) {
		switch key {
		case "id":
			id = p.text()
		case "type":
			kind = p.oneOf("function", "custom", "")
		case "function":
			c = p.function()
		case "extra_content":
			signature = p.extraContent()
		default:
			p.Skip()
		}
	})
	if kind == "custom" {
		p.refuse("type", "custom tools are not supported: Gemini has function tools alone")
	}
	if c.name == "" {
		p.refuse("function.name", "is required")
	}
	if id == "" {
		p.refuse("id", "is required")
	}
	c.id, c.signature = id, signature
	return c
}

// function reads {name, arguments} of a call.
func (p *parser) function() call {
	var c call
	p.Object(func(key string) {
		switch key {
		case "name":
			c.name = p.String()
		case "arguments":
			c.arguments = p.arguments()
		default:
			p.Skip()
		}
	})
	if c.name == "" {
		p.refuse("name", "is required")
	}
	return c
}

// arguments reads a call's arguments, a JSON object in a string; some clients send the object itself.
func (p *parser) arguments() []byte {
	if p.Kind() == jsonio.Object {
		return p.Raw()
	}
	text := strings.TrimSpace(p.text())
	if text == "" || text == "null" {
		return nil
	}
	if text[0] != '{' || !json.Valid([]byte(text)) {
		p.Fail("must be a JSON object in a string")
		return nil
	}
	return []byte(text)
}

// extraContent reads {"google":{"thought_signature":"…"}}, the place of a signature on Google's own OpenAI endpoint.
func (p *parser) extraContent() string {
	signature := ""
	p.Object(func(key string) {
		if key != "google" {
			p.Skip()
			return
		}
		p.Object(func(key string) {
			if key == "thought_signature" {
				signature = p.text()
				return
			}
			p.Skip()
		})
	})
	return signature
}
