package pool

import (
	"slices"
	"sort"
	"time"
)

const (
	// slack is added to the minute a request is counted for: it reaches Google somewhat after its lease, and Google's minute
	// begins then.
	slack = 250 * time.Millisecond
	// span is how long a request is counted.
	span = time.Minute + slack
	// grain is the width of the buckets that a busy window falls back to.
	grain = 250 * time.Millisecond
	// exactEntries is how many requests a window keeps apart before it begins to share buckets, so that memory is bounded at
	// exactEntries + span/grain entries whatever the traffic.
	exactEntries = 64
)

// window counts requests and tokens of the last minute, sliding. A bucket ends with its last possible moment, so the count is
// never below the truth.
type window struct {
	entries  []entry // oldest first; those before head are spent
	head     int
	requests int64
	tokens   int64
}

type entry struct {
	at       moment // when the last of them can have been made
	requests int32
	tokens   int64
}

// expire drops what is older than a minute.
func (w *window) expire(now moment) {
	for w.head < len(w.entries) && w.entries[w.head].at.add(span) <= now {
		w.requests -= int64(w.entries[w.head].requests)
		w.tokens -= w.entries[w.head].tokens
		w.head++
	}
	switch {
	case w.head == len(w.entries):
		w.entries, w.head = w.entries[:0], 0
	case w.head >= 32 && w.head > len(w.entries)/2:
		w.entries = w.entries[:copy(w.entries, w.entries[w.head:])]
		w.head = 0
	}
}

// add counts a request as so many.
func (w *window) add(now moment, count int32, tokens int64) {
	w.requests += int64(count)
	w.tokens += tokens
	if last := len(w.entries) - 1; last >= w.head && w.entries[last].at >= now {
		w.entries[last].requests += count
		w.entries[last].tokens += tokens
		return
	}
	at := now
	if len(w.entries)-w.head >= exactEntries {
		at = bucketEnd(at)
	}
	w.entries = append(w.entries, entry{at: at, requests: count, tokens: tokens})
}

func bucketEnd(at moment) moment { return at + moment(grain) - at%moment(grain) }

// amend changes what a request made at that moment counts for; nothing when it is older than a minute.
func (w *window) amend(at moment, requests int32, tokens int64) {
	live := w.entries[w.head:]
	i := sort.Search(len(live), func(i int) bool { return live[i].at >= at })
	if i == len(live) || (live[i].at != at && live[i].at != bucketEnd(at)) {
		return
	}
	live[i].requests += requests
	live[i].tokens += tokens
	w.requests += int64(requests)
	w.tokens += tokens
}

// opening gives the first moment at which at most requests and tokens remain counted. The window must have been expired.
func (w *window) opening(now moment, requests, tokens int64) moment {
	haveRequests, haveTokens := w.requests, w.tokens
	if haveRequests <= requests && haveTokens <= tokens {
		return now
	}
	for _, e := range w.entries[w.head:] {
		haveRequests -= int64(e.requests)
		haveTokens -= e.tokens
		if haveRequests <= requests && haveTokens <= tokens {
			return e.at.add(span)
		}
	}
	return never
}

// next gives when the oldest request stops counting; never when there is none.
func (w *window) next() moment {
	if w.head == len(w.entries) {
		return never
	}
	return w.entries[w.head].at.add(span)
}

// merge adds what another window counted.
func (w *window) merge(o *window) {
	all := append(slices.Clone(w.entries[w.head:]), o.entries[o.head:]...)
	slices.SortFunc(all, func(a, b entry) int { return int(min(max(a.at-b.at, -1), 1)) })
	w.entries, w.head = all, 0
	w.requests += o.requests
	w.tokens += o.tokens
}
