package openai

import "gemini-proxy/backend/internal/gemini"

// rank orders the words for thinking from the least to the most; it gives -1 for a word that is none of them.
func rank(word string) int {
	switch word {
	case "none":
		return 0
	case "minimal":
		return 1
	case "low":
		return 2
	case "medium":
		return 3
	case "high":
		return 4
	case "xhigh":
		return 5
	case "max":
		return 6
	}
	return -1
}

// byBudget gives the word for a budget of tokens, by the same table as budgetOf.
func byBudget(tokens int) string {
	switch {
	case tokens <= 0:
		return "none"
	case tokens <= 512:
		return "minimal"
	case tokens <= 4096:
		return "low"
	case tokens <= 16384:
		return "medium"
	}
	return "high"
}

// budgetOf gives the budget for a word (ai.google.dev, OpenAI compatibility), before the family's own bounds.
func (f *Family) budgetOf(word string) int {
	switch word {
	case "none":
		return 0
	case "minimal", "low":
		return 1024
	case "medium":
		return 8192
	case "high":
		return 24576
	}
	return f.MaxBudget
}

// fitBudget brings a budget within the family's bounds; -1, the model's own choice, is kept.
func (f *Family) fitBudget(tokens int) int {
	switch {
	case tokens < 0:
		return -1
	case tokens == 0 && f.CanNotThink:
		return 0
	}
	return min(max(tokens, f.MinBudget), f.MaxBudget)
}

// fitLevel gives the family's level nearest to a word, the higher of two that are equally near.
func (f *Family) fitLevel(word string) string {
	best, distance := "", 0
	for _, level := range f.Levels {
		d := rank(level) - rank(word)
		if d < 0 {
			d = -d
		}
		if best == "" || d <= distance {
			best, distance = level, d
		}
	}
	return best
}

// config gives the thinking part of the generation config, nil when the model's default shall stand.
func (t *thinking) config(f *Family) *gemini.ThinkingConfig {
	c := &gemini.ThinkingConfig{IncludeThoughts: t.include}
	word := t.effort
	if t.level != "" {
		word = t.level
	}
	switch f.Thinking {
	case ThinkingNone:
		return nil
	case ThinkingBudget:
		if t.budget != nil || word != "" {
			budget := 0
			if t.budget != nil {
				budget = f.fitBudget(*t.budget)
			} else {
				budget = f.fitBudget(f.budgetOf(word))
			}
			c.Budget = &budget
		}
	case ThinkingLevel:
		if t.budget != nil && *t.budget >= 0 {
			word = byBudget(*t.budget)
		}
		if word != "" {
			c.Level = f.fitLevel(word)
		}
	}
	if c.Budget == nil && c.Level == "" && !c.IncludeThoughts {
		return nil
	}
	return c
}
