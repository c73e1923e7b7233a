package store

import (
	"cmp"
	"maps"
	"slices"

	"gemini-proxy/backend/internal/usage"
)

// hourIdentity is what a row of usage_hours is known by.
type hourIdentity struct {
	hour    int64
	model   string
	userKey int64
}

func (a hourIdentity) compare(b hourIdentity) int {
	return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.model, b.model), cmp.Compare(a.userKey, b.userKey))
}

// hourOfNumber is what a row of key_hours (the number is a Gemini key's id) or latency_hours (a bucket) is known by.
type hourOfNumber struct{ hour, number int64 }

func (a hourOfNumber) compare(b hourOfNumber) int {
	return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.number, b.number))
}

// batchSums is what a batch of requests adds to the kept sums. Its rows are in the order of their identities, so that two servers that
// write at once never lock each other out.
type batchSums struct {
	hours     map[hourIdentity]usage.Sums
	keys      map[hourOfNumber]usage.Sums
	latencies map[hourOfNumber]int64
	userKeys  map[int64]usage.Sums
	quarters  map[int64]usage.Sums
}

func sumUp(rows []requestRow) batchSums {
	sums := batchSums{map[hourIdentity]usage.Sums{}, map[hourOfNumber]usage.Sums{}, map[hourOfNumber]int64{}, map[int64]usage.Sums{}, map[int64]usage.Sums{}}
	for i := range rows {
		r := &rows[i]
		hour := hourOf(r.Time)
		addTo(sums.hours, hourIdentity{hour, r.Model, r.UserKeyID}, r)
		addTo(sums.keys, hourOfNumber{hour, r.KeyID}, r)
		addTo(sums.userKeys, r.UserKeyID, r)
		addTo(sums.quarters, quarterOf(r.Time), r)
		if r.Latency != noLatency {
			sums.latencies[hourOfNumber{hour, int64(r.Latency)}]++
		}
	}
	return sums
}

func addTo[Identity comparable](all map[Identity]usage.Sums, identity Identity, r *requestRow) {
	sums := all[identity]
	sums.Requests++
	sums.Failures += int64(r.Failed)
	sums.InputTokens += r.InputTokens
	sums.OutputTokens += r.OutputTokens
	all[identity] = sums
}

func (b *batchSums) hourRows() [][]any {
	rows := make([][]any, 0, len(b.hours))
	for _, id := range slices.SortedFunc(maps.Keys(b.hours), hourIdentity.compare) {
		rows = append(rows, append([]any{id.hour, id.model, id.userKey}, counts(b.hours[id])...))
	}
	return rows
}

func (b *batchSums) keyRows() [][]any {
	rows := make([][]any, 0, len(b.keys))
	for _, id := range slices.SortedFunc(maps.Keys(b.keys), hourOfNumber.compare) {
		rows = append(rows, append([]any{id.hour, id.number}, counts(b.keys[id])...))
	}
	return rows
}

func (b *batchSums) latencyRows() [][]any {
	rows := make([][]any, 0, len(b.latencies))
	for _, id := range slices.SortedFunc(maps.Keys(b.latencies), hourOfNumber.compare) {
		rows = append(rows, []any{id.hour, id.number, b.latencies[id]})
	}
	return rows
}

func (b *batchSums) userKeyRows() [][]any { return numbered(b.userKeys) }

func (b *batchSums) quarterRows() [][]any { return numbered(b.quarters) }

// numbered gives the rows of sums that are known by a number.
func numbered(sums map[int64]usage.Sums) [][]any {
	rows := make([][]any, 0, len(sums))
	for _, number := range sortedKeys(sums) {
		rows = append(rows, append([]any{number}, counts(sums[number])...))
	}
	return rows
}

func counts(s usage.Sums) []any { return []any{s.Requests, s.Failures, s.InputTokens, s.OutputTokens} }
