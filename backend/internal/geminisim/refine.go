package geminisim

import "time"

// After waits before the headers.
func (s Step) After(d time.Duration) Step { s.pace.delay = d; return s }

// Pace waits between stream events.
func (s Step) Pace(d time.Duration) Step { s.pace.between = d; return s }

// Times repeats the step for n requests; Forever for all.
func (s Step) Times(n int) Step { s.times = n; return s }

// CutAfter breaks the connection after n stream events, with no finish reason; a unary answer breaks mid-body.
// The last event of a stream is the one with the finish reason, so n = len(chunks)+1 cuts after STOP.
func (s Step) CutAfter(n int) Step { return s.broken(breakCut, n) }

// EndAfter ends the stream properly after n events, so that only the finish reason is missing.
func (s Step) EndAfter(n int) Step { return s.broken(breakEnd, n) }

// ResetAfter resets the TCP connection after n events.
func (s Step) ResetAfter(n int) Step { return s.broken(breakReset, n) }

// StallAfter sends nothing more after n events, until the client or the simulator goes.
func (s Step) StallAfter(n int) Step { return s.broken(breakStall, n) }

// ErrorAfter sends n events, then the error for the status code in the form, and ends. With n above the number of
// events it comes after STOP. A unary answer is just the error.
func (s Step) ErrorAfter(n int, form ErrorForm, code int) Step {
	s = s.broken(breakEvent, n)
	if form == BareForm {
		s.pace.breaks = breakBare
	}
	s.pace.code = code
	return s
}

func (s Step) broken(how breakage, n int) Step {
	s.pace.breaks, s.pace.after = how, n
	return s
}

// Split cuts the stream into writes of n bytes, wherever that falls: in a character, in "data:".
func (s Step) Split(n int) Step { s.pace.split = n; return s }

// LF ends the stream's lines with "\n".
func (s Step) LF() Step { s.pace.lf = true; return s }

// As sets the content type of a Raw answer.
func (s Step) As(contentType string) Step {
	if s.raw != nil {
		raw := *s.raw
		raw.contentType = contentType
		s.raw = &raw
	}
	return s
}

// FinishWith sets the finish reason after the content; "-" leaves it out.
func (s Step) FinishWith(reason string) Step {
	return s.changed(func(r *reply) { r.finish = reason })
}

// WithUsage replaces the counts of the last event; the total is as given.
func (s Step) WithUsage(u Usage) Step { return s.changed(func(r *reply) { r.usage = &u }) }

// OmitIndex leaves out the candidate's index, which Google may do for 0.
func (s Step) OmitIndex() Step { return s.changed(func(r *reply) { r.omitIndex = true }) }

// Checkpoints puts a continuation token on every stream event, good for the text after it, with no finish reason.
func (s Step) Checkpoints() Step { return s.changed(func(r *reply) { r.checkpoints = true }) }

// Unsigned leaves out thought signatures.
func (s Step) Unsigned() Step { return s.changed(func(r *reply) { r.unsigned = true }) }

func (s Step) changed(f func(*reply)) Step {
	r := reply{}
	if s.reply != nil {
		r = *s.reply
	}
	f(&r)
	s.reply = &r
	return s
}
