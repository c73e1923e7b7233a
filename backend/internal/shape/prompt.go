package shape

import (
	"strings"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/settings"
)

// InjectPrompt adds the operator's text to the request. systemTurn says whether the model takes a system instruction; where it takes none the text goes before
// the first user turn. Media stays as it is, and tools' results are not touched. Left alone are requests for speech, which would read the text aloud,
// and, for the system's place, those with an explicit cache, whose instruction is in the cache.
func InjectPrompt(r *gemini.Request, s *settings.PromptInjection, systemTurn bool) {
	if !s.Enabled || strings.TrimSpace(s.Content) == "" || speaks(r) {
		return
	}
	switch s.Position {
	case settings.BeforeMessage:
		if i := lastMessage(r.Contents); i >= 0 {
			prepend(&r.Contents[i], s.Content)
		}
	case settings.AfterMessage:
		if i := lastMessage(r.Contents); i >= 0 {
			add(&r.Contents[i], s.Content)
		}
	default:
		if r.CachedContent == "" {
			injectSystem(r, s.Content, systemTurn)
		}
	}
}

func injectSystem(r *gemini.Request, text string, systemTurn bool) {
	part := gemini.Part{Text: text}
	switch {
	case systemTurn && r.SystemInstruction == nil:
		r.SystemInstruction = &gemini.Content{Parts: []gemini.Part{part}}
	case systemTurn:
		r.SystemInstruction = &gemini.Content{Role: r.SystemInstruction.Role, Parts: append([]gemini.Part{part}, r.SystemInstruction.Parts...)}
	case len(r.Contents) > 0 && r.Contents[0].Role == gemini.RoleUser && !holdsResults(&r.Contents[0]):
		r.Contents[0].Parts = append([]gemini.Part{part}, r.Contents[0].Parts...)
	default:
		r.Contents = append([]gemini.Content{{Role: gemini.RoleUser, Parts: []gemini.Part{part}}}, r.Contents...)
	}
}

// between stands between the operator's text and the user's.
const between = "\n\n"

func prepend(turn *gemini.Content, text string) {
	if i := firstText(turn.Parts); i >= 0 {
		turn.Parts[i].Text = text + between + turn.Parts[i].Text
		return
	}
	turn.Parts = append([]gemini.Part{{Text: text}}, turn.Parts...)
}

func add(turn *gemini.Content, text string) {
	if i := lastText(turn.Parts); i >= 0 {
		turn.Parts[i].Text += between + text
		return
	}
	turn.Parts = append(turn.Parts[:len(turn.Parts):len(turn.Parts)], gemini.Part{Text: text})
}
