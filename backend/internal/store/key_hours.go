package store

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/usage"
)

const hoursOfKeys = "SELECT hour, key_id, requests FROM key_hours WHERE hour IN (?) AND key_id IN (?)"

// KeyHours counts, for some Gemini keys, the requests whose last attempt each made, by the hour: n hours of UTC, of which the last holds to.
// Keys that served nothing are left out. It asks for every hour of every key by name, since those of all keys are very many.
func (s *Store) KeyHours(ctx context.Context, keyIDs []int64, to time.Time, n int) (map[int64][]int64, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	counts := map[int64][]int64{}
	if len(keyIDs) == 0 || n <= 0 {
		return counts, nil
	}
	first := hourOf(micros(to)) - int64(n-1)*hourMicros
	hours := make([]int64, n)
	for i := range hours {
		hours[i] = first + int64(i)*hourMicros
	}
	var rows []struct{ Hour, KeyID, Requests int64 }
	err := s.reader(ctx).Raw(hoursOfKeys, hours, keyIDs).Scan(&rows).Error
	if err != nil {
		return nil, s.fail("reading the hours of keys", err)
	}
	for _, row := range rows {
		if counts[row.KeyID] == nil {
			counts[row.KeyID] = make([]int64, n)
		}
		counts[row.KeyID][(row.Hour-first)/hourMicros] = row.Requests
	}
	return counts, nil
}

// latencySample is how many answers tell how long one key's take: more would be as many rows to look up, and tell no more.
const latencySample = 1000

const keyAnswers = "SELECT latency FROM requests WHERE time >= ? AND time < ? AND key_id = ? AND latency >= 0 ORDER BY time DESC LIMIT ?"

// KeyLatency tells how long the last thousand answers of one Gemini key took, from from until before to, as far back as single requests are
// kept. It counts the whole time of requests whose last attempt the key made; known is false when it made none that was answered.
func (s *Store) KeyLatency(ctx context.Context, keyID int64, from, to time.Time) (latency usage.Latency, known bool, err error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var rows []latencyRow
	err = s.reader(ctx).Raw("SELECT latency, COUNT(*) AS requests FROM ("+keyAnswers+") AS sample GROUP BY latency",
		micros(from), micros(to), keyID, latencySample).Scan(&rows).Error
	if err != nil {
		return usage.Latency{}, false, s.fail("reading a key's latencies", err)
	}
	counts, all := bucketed(rows)
	if all == 0 {
		return usage.Latency{}, false, nil
	}
	return usage.Latency{P50: percentile(counts, 0.50), P95: percentile(counts, 0.95)}, true, nil
}
