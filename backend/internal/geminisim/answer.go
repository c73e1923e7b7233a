package geminisim

import (
	"encoding/json"
	"net/http"
)

// answer sends the reply, whole or as a stream.
func (c *call) answer(r *reply, p pace) *apiError {
	c.w.Header().Set("X-Gemini-Service-Tier", "standard")
	if c.route.method == "streamGenerateContent" {
		return c.stream(r, p)
	}
	out := c.unary(r)
	body, err := json.Marshal(out)
	if err != nil {
		return serverError(http.StatusInternalServerError, err.Error())
	}
	c.w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	switch p.breaks {
	case unbroken, breakEnd:
		send(c.w, body)
	case breakEvent, breakBare:
		return serverError(p.code, "")
	case breakCut, breakReset, breakStall:
		c.w.Header().Set("Content-Length", itoa(int64(len(body))))
		send(c.w, body[:len(body)/2])
		c.flush()
		if p.breaks == breakStall {
			c.waitFor(nil)
		}
		c.breakConnection(p.breaks == breakReset)
	}
	return nil
}

func (c *call) flush() {
	_ = http.NewResponseController(c.w).Flush() // a writer that cannot flush sends at the end
}

// unary is the reply as one response: texts of one kind in a row are joined.
func (c *call) unary(r *reply) response {
	out := response{ModelVersion: c.model.answersAs, ResponseID: c.sim.id(22), Usage: c.usage(r)}
	if r.block != "" {
		out.PromptFeedback = &promptFeedback{BlockReason: r.block}
		return out
	}
	if r.shape == noCandidates {
		return out
	}
	var parts []part
	for _, ch := range c.signed(r) {
		for _, p := range ch {
			if n := len(parts); n > 0 && joins(parts[n-1], p) {
				joined := *parts[n-1].Text + *p.Text
				parts[n-1].Text = &joined
				continue
			}
			parts = append(parts, p)
		}
	}
	if c.signs(r) && !hasCall(parts) {
		if n := len(parts); n > 0 && parts[n-1].Text != nil && !parts[n-1].Thought {
			parts[n-1].Signature = c.sim.signature(c.key.project)
		}
	}
	one := c.candidate(r, parts)
	c.conclude(&one, r)
	out.Candidates = one.times(r.copies)
	return out
}

// times is the candidate and its copies, numbered.
func (one candidate) times(copies int) []candidate {
	out := []candidate{one}
	for i := range copies {
		next, index := one, i+1
		next.Index = &index
		out = append(out, next)
	}
	return out
}

func joins(a, b part) bool {
	return a.Text != nil && b.Text != nil && a.Thought == b.Thought && a.Signature == "" && b.Signature == ""
}

func hasCall(parts []part) bool {
	for _, p := range parts {
		if p.FunctionCall != nil {
			return true
		}
	}
	return false
}

// signs says that the answer carries a thought signature.
func (c *call) signs(r *reply) bool { return c.model.signs && !r.unsigned && r.shape == wholeShape }

// signed is the chunks with a signature on the first function call alone.
func (c *call) signed(r *reply) []chunk {
	if !c.signs(r) {
		return r.chunks
	}
	out := make([]chunk, len(r.chunks))
	copy(out, r.chunks)
	for i, ch := range out {
		for j := range ch {
			if ch[j].FunctionCall == nil {
				continue
			}
			out[i] = append(chunk(nil), ch...)
			out[i][j].Signature = c.sim.signature(c.key.project)
			return out
		}
	}
	return out
}

func (c *call) candidate(r *reply, parts []part) candidate {
	one := candidate{}
	if !r.omitIndex {
		one.Index = new(int)
	}
	switch r.shape {
	case emptyContent:
		one.Content = &content{}
	case noContent, noCandidates:
	case wholeShape, noParts:
		one.Content = &content{Role: "model", Parts: parts}
	}
	return one
}

// conclude sets what comes with the end of the answer.
func (c *call) conclude(one *candidate, r *reply) {
	one.FinishReason = r.finish
	switch {
	case len(r.hops) > 0:
		one.FinishReason = "CONTINUATION"
		one.Continuation = c.world.hops.mint(c, r.hops)
	case r.finish == "":
		one.FinishReason = "STOP"
	case r.finish == "-":
		one.FinishReason = ""
	}
	one.FinishMessage = r.finishMessage
	one.Grounding = r.grounding
	if one.Logprobs = r.logprobs; r.logprobs != nil {
		one.AvgLogprobs = logprobValue
	}
}

// usage is the total after the whole reply.
func (c *call) usage(r *reply) *Usage {
	if r.usage != nil {
		return r.usage
	}
	u := c.promptUsage()
	for _, ch := range r.chunks {
		u.add(ch)
	}
	if r.block == "" {
		u.Thoughts += r.thoughts
	}
	u.Total += u.Candidates + u.Thoughts
	return &u
}

// promptUsage counts the prompt alone: what a stream's first event tells.
func (c *call) promptUsage() Usage {
	u := Usage{
		Prompt: c.tokens, Cached: c.cached, Total: c.tokens,
		PromptDetails: []ModalityCount{{Modality: "TEXT", Tokens: c.tokens}},
	}
	if c.cached > 0 {
		u.CacheDetails = []ModalityCount{{Modality: "TEXT", Tokens: c.cached}}
	}
	return u
}

// add counts a chunk, but not in the total.
func (u *Usage) add(ch chunk) {
	for _, p := range ch {
		if p.Thought {
			u.Thoughts += countPart(p)
		} else {
			u.Candidates += countPart(p)
		}
	}
}
