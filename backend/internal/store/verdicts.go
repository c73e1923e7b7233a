package store

import (
	"context"
	"time"

	"gemini-proxy/backend/internal/usage"
)

// verdictSchema counts attempts by verdict, by the quarter of an hour: no time zone's midnight lies between two of them, and the attempts
// of a request cannot be counted by a query.
const verdictSchema = `
CREATE TABLE verdict_quarters (
	quarter BIGINT NOT NULL,
	verdict TEXT NOT NULL,
	attempts BIGINT NOT NULL,
	PRIMARY KEY (quarter, verdict)){clustered}
`

// quarterMicros is a quarter of an hour in the unit of kept times.
const quarterMicros = hourMicros / 4

func quarterOf(micros int64) int64 { return micros - micros%quarterMicros }

// verdictRows counts the attempts of a batch.
func verdictRows(events []usage.Event) [][]any {
	sums := map[int64]map[string]int64{}
	for i := range events {
		quarter := quarterOf(micros(events[i].Time))
		for _, a := range events[i].Attempts {
			if sums[quarter] == nil {
				sums[quarter] = map[string]int64{}
			}
			sums[quarter][clean(a.Verdict, nameLimit)]++
		}
	}
	var rows [][]any
	for _, quarter := range sortedKeys(sums) {
		for _, verdict := range sortedKeys(sums[quarter]) {
			rows = append(rows, []any{quarter, verdict, sums[quarter][verdict]})
		}
	}
	return rows
}

// ByVerdict counts the attempts of the requests that came in from from until before to, both taken back to the quarter of an hour, the
// most frequent verdict first.
func (s *Store) ByVerdict(ctx context.Context, from, to time.Time) ([]usage.VerdictSum, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var rows []usage.VerdictSum
	err := s.reader(ctx).Raw(byVerdict, quarterOf(micros(from)), quarterOf(micros(to))).Scan(&rows).Error
	return rows, s.fail("counting attempts by verdict", err)
}

const byVerdict = `SELECT verdict, CAST(SUM(attempts) AS BIGINT) AS attempts FROM verdict_quarters WHERE quarter >= ? AND quarter < ?
	GROUP BY verdict ORDER BY attempts DESC, verdict`

// ByOutcome counts the requests that failed from from until before to, as far back as single requests are kept, the most frequent word
// first.
func (s *Store) ByOutcome(ctx context.Context, from, to time.Time) ([]usage.OutcomeSum, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var rows []usage.OutcomeSum
	err := s.reader(ctx).Raw(byOutcome, micros(from), micros(to)).Scan(&rows).Error
	return rows, s.fail("counting failures by outcome", err)
}

const byOutcome = `SELECT outcome, COUNT(*) AS requests FROM requests WHERE failed = 1 AND time >= ? AND time < ?
	GROUP BY outcome ORDER BY requests DESC, outcome`
