package geminisim

import "time"

const minuteEntries = 65_536 // kept per ledger when nothing limits the minute

// ledger counts one project's use of one quota family. Refused requests do not count.
type ledger struct {
	minute        []entry // the last 60 s, oldest first, from head
	head          int
	tokens        int // of the entries in the minute
	day, inDay    int
	total, denied int
}

type entry struct {
	at     time.Time
	tokens int
}

// Counts is the use of one quota family by one project.
type Counts struct {
	// MinuteRequests and MinuteTokens are of the last 60 seconds.
	MinuteRequests int `json:"minute_requests"`
	MinuteTokens   int `json:"minute_tokens"`
	// DayRequests is of the current day in America/Los_Angeles.
	DayRequests int `json:"day_requests"`
	// Total is every request accepted, Refused every one answered with 429 from these counters.
	Total   int `json:"total"`
	Refused int `json:"refused"`
}

func (l *ledger) settle(now time.Time) {
	for l.head < len(l.minute) && now.Sub(l.minute[l.head].at) >= time.Minute {
		l.tokens -= l.minute[l.head].tokens
		l.head++
	}
	if l.head > 1024 && l.head > len(l.minute)/2 {
		l.minute = append(l.minute[:0], l.minute[l.head:]...)
		l.head = 0
	}
	if day := pacificDay(now); day != l.day {
		l.day, l.inDay = day, 0
	}
}

func (l *ledger) counts(now time.Time) Counts {
	l.settle(now)
	return Counts{
		MinuteRequests: len(l.minute) - l.head, MinuteTokens: l.tokens,
		DayRequests: l.inDay, Total: l.total, Refused: l.denied,
	}
}

// shortage is what stood in a request's way, and how long until the minute has room.
type shortage struct {
	minute, tokens, day bool
	none                bool // not on the tier at all
	wait                time.Duration
}

// admit counts n requests with so many input tokens, or says what is short and counts nothing.
func (l *ledger) admit(now time.Time, limits Limits, n, tokens int) *shortage {
	l.settle(now)
	var s shortage
	used := len(l.minute) - l.head
	switch {
	case limits.none():
		s = shortage{none: true, minute: true, tokens: true, day: true}
	default:
		if limits.RPM > 0 && used+n > limits.RPM {
			s.minute, s.wait = true, l.opening(now, func(requests, _ int) bool { return requests+n <= limits.RPM })
		}
		if limits.TPM > 0 && l.tokens+tokens > limits.TPM {
			s.tokens = true
			s.wait = max(s.wait, l.opening(now, func(_, used int) bool { return used+tokens <= limits.TPM }))
		}
		s.day = limits.RPD > 0 && l.inDay+n > limits.RPD
	}
	if s.minute || s.tokens || s.day {
		l.denied++
		return &s
	}
	for range n {
		l.minute = append(l.minute, entry{now, tokens})
		l.tokens += tokens
		tokens = 0 // the first carries them all
	}
	if len(l.minute)-l.head > minuteEntries {
		l.tokens -= l.minute[l.head].tokens
		l.head++
	}
	l.inDay += n
	l.total += n
	return nil
}

// opening is how long until enough of the minute has passed for room to hold.
func (l *ledger) opening(now time.Time, room func(requests, tokens int) bool) time.Duration {
	requests, tokens := len(l.minute)-l.head, l.tokens
	for _, e := range l.minute[l.head:] {
		requests--
		tokens -= e.tokens
		if room(requests, tokens) {
			return e.at.Add(time.Minute).Sub(now)
		}
	}
	return time.Minute
}
