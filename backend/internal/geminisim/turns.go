package geminisim

import "fmt"

// turn is one content, by what its parts do.
type turn struct {
	model            bool
	calls, responses int
	says             bool // has a part that is neither call nor response
}

func readTurn(n node) turn {
	t := turn{model: n.get("role").text == "model"}
	for _, p := range n.get("parts").items {
		switch {
		case p.get("functionCall").kind == objectKind:
			t.calls++
		case p.get("functionResponse").kind == objectKind:
			t.responses++
		default:
			t.says = true
		}
	}
	return t
}

// checkTurns enforces the order of function calls and responses, and the end of the conversation.
func (c *call) checkTurns(req *request) *apiError {
	var before turn
	for i, one := range req.contents {
		now := readTurn(one)
		switch {
		case before.calls > 0 && now.model && now.calls == 0:
			continue // the end of the same turn: Google's JavaScript client sends every chunk of a stream back as a content of its own
		case now.calls > 0 && (!now.model || i == 0 || before.model):
			return invalid("Please ensure that function call turn comes immediately after a user turn or after a function response turn.")
		case now.responses > 0 && (now.model || before.calls == 0):
			return invalid("Please ensure that function response turn comes immediately after a function call turn.")
		case before.calls > 0 && now.responses != before.calls:
			return invalid("Please ensure that the number of function response parts is equal to the number of function call parts of " +
				"the function call turn.")
		}
		before = now
	}
	if before.model && c.model.noPrefill {
		return invalid("Requests ending with a model turn are not supported.")
	}
	return nil
}

// checkSignatures asks of models that sign: the first function call of every step of the current turn has its
// signature. The current turn begins at the last user content with anything but function responses.
func (c *call) checkSignatures(req *request) *apiError {
	if !c.model.signs {
		return nil
	}
	start := 0
	for i, one := range req.contents {
		if t := readTurn(one); !t.model && t.says {
			start = i
		}
	}
	for i, one := range req.contents {
		called := false
		for _, p := range one.get("parts").items {
			fn := p.get("functionCall")
			sig := p.get("thoughtSignature").text
			if fn.kind == objectKind && !called {
				called = true
				if sig == "" && i >= start {
					return invalid(fmt.Sprintf("Function call is missing a thought_signature in functionCall parts. This is required for tools to "+
						"work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call "+
						"`default_api:%s` , position %d. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.",
						fn.get("name").text, i+1))
				}
			}
			if sig != "" && i >= start {
				if fault := c.sim.checkSignature(sig, c.key.project); fault != "" {
					return invalid(fault)
				}
			}
		}
	}
	return nil
}

// lastText is the text of the last content, if it is the user's.
func (r *request) lastText() string {
	if len(r.contents) == 0 {
		return ""
	}
	last := r.contents[len(r.contents)-1]
	if last.get("role").text == "model" {
		return ""
	}
	text := ""
	for _, p := range last.get("parts").items {
		if t := p.get("text"); t.kind == stringKind {
			if text != "" {
				text += "\n"
			}
			text += t.text
		}
	}
	return text
}
