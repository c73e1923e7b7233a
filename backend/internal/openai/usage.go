package openai

import (
	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/jsonio"
)

// Usage counts tokens as OpenAI does: reasoning is part of the completion, and prompt and completion make the total.
type Usage struct {
	Prompt, Completion, Total        int
	Cached, PromptAudio              int // parts of Prompt
	PromptText, PromptImage          int // parts of Prompt, where Gemini splits it
	PromptVideo                      int
	Reasoning                        int // part of Completion
	CompletionAudio, CompletionText  int
	CompletionImage                  int
	promptIsSplit, completionIsSplit bool
}

// UsageOf gives OpenAI's counts for Gemini's. Tokens that Gemini counts in the total alone are counted as completion, so that the sum holds.
func UsageOf(g *gemini.Usage) Usage {
	u := Usage{
		Prompt:          g.Prompt + g.ToolUsePrompt,
		Completion:      g.Candidates + g.Thoughts,
		Cached:          g.Cached,
		PromptAudio:     g.PromptBy.Audio,
		PromptText:      g.PromptBy.Text + g.PromptBy.Document,
		PromptImage:     g.PromptBy.Image,
		PromptVideo:     g.PromptBy.Video,
		Reasoning:       g.Thoughts,
		CompletionAudio: g.CandidatesBy.Audio,
		CompletionText:  g.CandidatesBy.Text,
		CompletionImage: g.CandidatesBy.Image,
	}
	u.promptIsSplit = g.PromptBy != gemini.Modalities{}
	u.completionIsSplit = g.CandidatesBy != gemini.Modalities{}
	if hidden := g.Total - u.Prompt - u.Completion; hidden > 0 {
		u.Completion += hidden
	}
	u.Total = u.Prompt + u.Completion
	return u
}

func addUsage(sum, more *gemini.Usage) {
	sum.Prompt += more.Prompt
	sum.Cached += more.Cached
	sum.Candidates += more.Candidates
	sum.Thoughts += more.Thoughts
	sum.ToolUsePrompt += more.ToolUsePrompt
	sum.Total += more.Total
	addModalities(&sum.PromptBy, &more.PromptBy)
	addModalities(&sum.CandidatesBy, &more.CandidatesBy)
	addModalities(&sum.CachedBy, &more.CachedBy)
	if more.ServiceTier != "" {
		sum.ServiceTier = more.ServiceTier
	}
}

func addModalities(sum, more *gemini.Modalities) {
	sum.Text += more.Text
	sum.Image += more.Image
	sum.Audio += more.Audio
	sum.Video += more.Video
	sum.Document += more.Document
}

// tierOf gives OpenAI's word for the tier that served; empty when Gemini does not say.
func tierOf(g *gemini.Usage) string {
	switch g.ServiceTier {
	case "flex", "priority":
		return g.ServiceTier
	case "standard":
		return "default"
	}
	return ""
}

func (u *Usage) appendJSON(dst []byte) []byte {
	field := func(name string, n int) {
		dst = jsonio.AppendInt(append(dst, name...), int64(n))
	}
	field(`{"prompt_tokens":`, u.Prompt)
	field(`,"completion_tokens":`, u.Completion)
	field(`,"total_tokens":`, u.Total)
	field(`,"prompt_tokens_details":{"cached_tokens":`, u.Cached)
	field(`,"audio_tokens":`, u.PromptAudio)
	if u.promptIsSplit {
		field(`,"text_tokens":`, u.PromptText)
		field(`,"image_tokens":`, u.PromptImage)
		field(`,"video_tokens":`, u.PromptVideo)
	}
	field(`},"completion_tokens_details":{"reasoning_tokens":`, u.Reasoning)
	field(`,"audio_tokens":`, u.CompletionAudio)
	if u.completionIsSplit {
		field(`,"text_tokens":`, u.CompletionText)
		field(`,"image_tokens":`, u.CompletionImage)
	}
	return append(dst, `,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`...)
}
