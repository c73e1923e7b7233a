// Package shape holds what the operator's settings change in a request on its way to Gemini: an injected prompt, the default of thinking,
// the form in which Gemini is asked, symbols. Its functions are pure but for the memory of prompts seen; randomness is handed in.
package shape

import (
	"strings"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// AsksStream reports whether Gemini is asked for a stream when the client asks, or does not ask, for one.
func AsksStream(mode string, client bool) bool {
	switch mode {
	case settings.StreamOn:
		return true
	case settings.StreamOff:
		return false
	}
	return client
}

// ThinkingOf gives the settings as they hold for a model for which something is set of its own: a budget that is there stands for the settings',
// also where they have thinking off, and so does the word on whether thoughts are shown.
func ThinkingOf(s settings.Thinking, budget *int64, include *bool) settings.Thinking {
	if budget != nil {
		s.Enabled, s.Budget = true, int(*budget)
	}
	if include != nil {
		s.IncludeThoughts = *include
	}
	return s
}

// Thinking gives what holds for a request that says nothing of thinking: its budget in tokens, nil for the model's own choice, and whether
// thoughts are shown.
func Thinking(s settings.Thinking) (budget *int, include bool) {
	if s.Enabled && s.Budget < 0 {
		return nil, s.IncludeThoughts
	}
	tokens := s.Budget
	if !s.Enabled {
		tokens = 0
	}
	return &tokens, s.Enabled && s.IncludeThoughts
}

// speaks reports a request for speech and nothing else: whatever its text says is read aloud.
func speaks(r *gemini.Request) bool {
	modalities := r.Generation.ResponseModalities
	return len(modalities) == 1 && modalities[0] == "AUDIO"
}

// holdsResults reports a turn of tools' results.
func holdsResults(c *gemini.Content) bool {
	for i := range c.Parts {
		if c.Parts[i].FunctionResponse != nil {
			return true
		}
	}
	return false
}

// lastMessage gives the index of the turn with the user's last message, -1 when there is none. The turn of a tool's results is none, nor is
// the one with their media after it, which has no text.
func lastMessage(contents []gemini.Content) int {
	for i := len(contents) - 1; i >= 0; i-- {
		turn := &contents[i]
		if turn.Role != gemini.RoleUser || holdsResults(turn) {
			continue
		}
		if i > 0 && holdsResults(&contents[i-1]) && lastText(turn.Parts) < 0 {
			continue
		}
		return i
	}
	return -1
}

// firstText gives the index of the first part that is text with something in it, -1 when there is none.
func firstText(parts []gemini.Part) int {
	for i := range parts {
		if isText(&parts[i]) {
			return i
		}
	}
	return -1
}

func lastText(parts []gemini.Part) int {
	for i := len(parts) - 1; i >= 0; i-- {
		if isText(&parts[i]) {
			return i
		}
	}
	return -1
}

func isText(p *gemini.Part) bool { return p.IsText() && strings.TrimSpace(p.Text) != "" }
