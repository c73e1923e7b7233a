package geminisim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// stream sends the reply as SSE (alt=sse) or as one JSON array. The last event holds the finish reason, an empty text
// and, on models that sign, the signature.
func (c *call) stream(r *reply, p pace) *apiError {
	out := &framer{call: c, pace: p, sse: c.sse(), eol: "\r\n"}
	if p.lf {
		out.eol = "\n"
	}
	if out.sse {
		c.w.Header().Set("Content-Type", "text/event-stream")
		c.w.Header().Set("Content-Disposition", "attachment")
	} else {
		c.w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	}
	events := c.events(r)
	for i := range events {
		if p.breaks != unbroken && i == p.after {
			return out.breakOff()
		}
		if i > 0 && !c.wait(p.between) {
			return nil
		}
		if !out.event(events[i]) {
			return nil
		}
	}
	if p.breaks != unbroken {
		return out.breakOff()
	}
	out.end()
	return nil
}

// events are the responses of a stream, usage running.
func (c *call) events(r *reply) []response {
	id, one := c.sim.id(22), response{ModelVersion: c.model.answersAs}
	one.ResponseID = id
	if r.block != "" {
		one.PromptFeedback = &promptFeedback{BlockReason: r.block}
	}
	if r.block != "" || r.shape == noCandidates {
		one.Usage = c.usage(r)
		return []response{one}
	}
	var out []response
	chunks := c.signed(r)
	running := c.promptUsage()
	for i, ch := range chunks {
		next, soFar := one, running
		soFar.Total += soFar.Candidates + soFar.Thoughts
		next.Usage = &soFar
		running.add(ch)
		part := c.candidate(r, ch)
		if r.checkpoints {
			part.Continuation = c.world.hops.mint(c, append([]string{chunkText(chunks[i+1:])}, r.hops...))
		}
		next.Candidates = part.times(r.copies)
		out = append(out, next)
	}
	last := one
	last.Usage = c.usage(r)
	var parts []part
	if r.shape == wholeShape {
		parts = []part{textPart("")}
		if c.signs(r) && !anyCall(chunks) {
			parts[0].Signature = c.sim.signature(c.key.project)
		}
	}
	end := c.candidate(r, parts)
	if len(r.hops) > 0 {
		end.Content = nil // a hop ends with its token alone
	}
	c.conclude(&end, r)
	last.Candidates = end.times(r.copies)
	return append(out, last)
}

func chunkText(chunks []chunk) string {
	var b strings.Builder
	for _, ch := range chunks {
		for _, p := range ch {
			if p.Text != nil && !p.Thought {
				b.WriteString(*p.Text)
			}
		}
	}
	return b.String()
}

func anyCall(chunks []chunk) bool {
	for _, ch := range chunks {
		if hasCall(ch) {
			return true
		}
	}
	return false
}

// framer writes events in one of the two framings.
type framer struct {
	*call
	pace  pace
	sse   bool
	eol   string
	begun bool
}

func (f *framer) event(v any) bool {
	body, err := json.Marshal(v)
	if err != nil {
		return false
	}
	var b bytes.Buffer
	b.Grow(len(body) + 16)
	switch {
	case f.sse:
		b.WriteString("data: ")
		b.Write(body)
		b.WriteString(f.eol + f.eol)
	case f.begun:
		b.WriteString("," + f.eol)
		b.Write(body)
	default:
		b.WriteByte('[')
		b.Write(body)
	}
	f.begun = true
	return f.put(b.Bytes())
}

func (f *framer) end() {
	switch {
	case f.sse:
	case f.begun:
		f.put([]byte("]"))
	default:
		f.put([]byte("[]"))
	}
}

// put writes bytes, in pieces where the pace says so, and flushes each.
func (f *framer) put(body []byte) bool {
	for len(body) > 0 {
		n := len(body)
		if f.pace.split > 0 {
			n = min(n, f.pace.split)
		}
		if _, err := f.w.Write(body[:n]); err != nil {
			return false
		}
		f.flush()
		body = body[n:]
	}
	return f.r.Context().Err() == nil
}

// breakOff ends the stream the way the pace says.
func (f *framer) breakOff() *apiError {
	if !f.begun && (f.pace.breaks == breakEvent || f.pace.breaks == breakBare) {
		f.w.WriteHeader(http.StatusOK) // the error is inside a 200, even as the first event
	}
	e := serverError(f.pace.code, "")
	switch f.pace.breaks {
	case breakEvent:
		f.event(map[string]*apiError{"error": e})
		f.end()
	case breakBare:
		f.put(e.body(!f.sse))
	case breakStall:
		f.begin()
		f.waitFor(nil)
		f.breakConnection(false)
	case breakCut:
		f.begin()
		f.breakConnection(false)
	case breakReset:
		f.begin()
		f.breakConnection(true)
	case breakEnd:
		f.begin()
		f.end()
	case unbroken:
	}
	return nil
}

// begin sends the headers of a stream that breaks before its first event.
func (f *framer) begin() {
	if !f.begun {
		f.w.WriteHeader(http.StatusOK)
		f.flush()
	}
}
