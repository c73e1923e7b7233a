package usage

import (
	"sync/atomic"
	"time"
)

// Counts is what went through since the server started: known at once, without the database.
type Counts struct {
	Since        time.Time
	Requests     int64
	Failures     int64 // as Event.Failed has it
	InputTokens  int64
	OutputTokens int64
}

// counts adds events up.
type counts struct {
	since                             time.Time
	requests, failures, input, output atomic.Int64
}

func (c *counts) add(e *Event) {
	c.requests.Add(1)
	if e.Failed() {
		c.failures.Add(1)
	}
	c.input.Add(int64(e.InputTokens))
	c.output.Add(int64(e.OutputTokens))
}

// Counts gives what went through since the start, dropped notes included.
func (r *Recorder) Counts() Counts {
	return Counts{
		Since:        r.counts.since,
		Requests:     r.counts.requests.Load(),
		Failures:     r.counts.failures.Load(),
		InputTokens:  r.counts.input.Load(),
		OutputTokens: r.counts.output.Load(),
	}
}
