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
	key     int64
}

func (a hourIdentity) compare(b hourIdentity) int {
	return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.model, b.model), cmp.Compare(a.userKey, b.userKey), cmp.Compare(a.key, b.key))
}

// latencyIdentity is what a row of usage_latencies is known by.
type latencyIdentity struct {
	hour   int64
	model  string
	bucket int
}

func (a latencyIdentity) compare(b latencyIdentity) int {
	return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.model, b.model), cmp.Compare(a.bucket, b.bucket))
}

// hourCounts is what a row of usage_hours counts.
type hourCounts struct {
	usage.Sums
	thoughts, cached int64
}

// batchSums is what a batch of requests adds to the kept sums. Its rows are in the order of their identities, so that two servers that
// write at once never lock each other out.
type batchSums struct {
	hours     map[hourIdentity]hourCounts
	latencies map[latencyIdentity]int64
	userKeys  map[int64]usage.Sums
}

func sumUp(rows []requestRow) batchSums {
	sums := batchSums{map[hourIdentity]hourCounts{}, map[latencyIdentity]int64{}, map[int64]usage.Sums{}}
	for i := range rows {
		r := &rows[i]
		id := hourIdentity{hourOf(r.Time), r.Model, r.UserKeyID, r.KeyID}
		counts := sums.hours[id]
		counts.Sums = plus(counts.Sums, r)
		counts.thoughts += r.Thoughts
		counts.cached += r.Cached
		sums.hours[id] = counts
		if r.Latency != noLatency {
			sums.latencies[latencyIdentity{id.hour, r.Model, r.Latency}]++
		}
		sums.userKeys[r.UserKeyID] = plus(sums.userKeys[r.UserKeyID], r)
	}
	return sums
}

func plus(sums usage.Sums, r *requestRow) usage.Sums {
	sums.Requests++
	sums.Failures += int64(r.Failed)
	sums.InputTokens += r.InputTokens
	sums.OutputTokens += r.OutputTokens
	return sums
}

func (b *batchSums) hourRows() [][]any {
	rows := make([][]any, 0, len(b.hours))
	for _, id := range slices.SortedFunc(maps.Keys(b.hours), hourIdentity.compare) {
		c := b.hours[id]
		rows = append(rows, []any{id.hour, id.model, id.userKey, id.key,
			c.Requests, c.Failures, c.InputTokens, c.OutputTokens, c.thoughts, c.cached})
	}
	return rows
}

func (b *batchSums) latencyRows() [][]any {
	rows := make([][]any, 0, len(b.latencies))
	for _, id := range slices.SortedFunc(maps.Keys(b.latencies), latencyIdentity.compare) {
		rows = append(rows, []any{id.hour, id.model, id.bucket, b.latencies[id]})
	}
	return rows
}

func (b *batchSums) userKeyRows() [][]any {
	rows := make([][]any, 0, len(b.userKeys))
	for _, id := range sortedKeys(b.userKeys) {
		c := b.userKeys[id]
		rows = append(rows, []any{id, c.Requests, c.Failures, c.InputTokens, c.OutputTokens})
	}
	return rows
}
