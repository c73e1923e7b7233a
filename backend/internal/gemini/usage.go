package gemini

// Add adds the counts of another call for the same answer. The tier is the later call's.
func (u *Usage) Add(more *Usage) {
	u.Prompt += more.Prompt
	u.Cached += more.Cached
	u.Candidates += more.Candidates
	u.Thoughts += more.Thoughts
	u.ToolUsePrompt += more.ToolUsePrompt
	u.Total += more.Total
	u.PromptBy.add(&more.PromptBy)
	u.CandidatesBy.add(&more.CandidatesBy)
	u.CachedBy.add(&more.CachedBy)
	if more.ServiceTier != "" {
		u.ServiceTier = more.ServiceTier
	}
}

func (m *Modalities) add(more *Modalities) {
	m.Text += more.Text
	m.Image += more.Image
	m.Audio += more.Audio
	m.Video += more.Video
	m.Document += more.Document
}
