package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/usage"
)

// sumsRow is a row of sums, as the queries give it.
type sumsRow struct {
	Step         int64
	Model        string
	KeyID        int64
	UserKeyID    int64
	Requests     int64
	Failures     int64
	InputTokens  int64
	OutputTokens int64
}

func (r *sumsRow) sums() usage.Sums {
	return usage.Sums{Requests: r.Requests, Failures: r.Failures, InputTokens: r.InputTokens, OutputTokens: r.OutputTokens}
}

// The casts are for Postgres, whose sum of a BIGINT is a NUMERIC.
const (
	summed = `CAST(SUM(requests) AS BIGINT) AS requests, CAST(SUM(failures) AS BIGINT) AS failures,
		CAST(SUM(input_tokens) AS BIGINT) AS input_tokens, CAST(SUM(output_tokens) AS BIGINT) AS output_tokens`
	requestSums = "1 AS requests, failed AS failures, input_tokens, output_tokens"
	hourSums    = "requests, failures, input_tokens, output_tokens"
)

// Totals sums up the time from from until before to.
func (s *Store) Totals(ctx context.Context, from, to time.Time) (usage.Totals, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	db := s.reader(ctx)
	part, err := wholeHoursOf(db, from, to)
	if err != nil {
		return usage.Totals{}, s.fail("summing up usage", err)
	}
	var totals usage.Totals
	rows, err := sumsBy(db, part, "usage_hours", "")
	if err != nil {
		return usage.Totals{}, s.fail("summing up usage", err)
	}
	for i := range rows {
		totals.Sums = rows[i].sums()
	}
	counts, all, err := latencies(db, part)
	if err != nil {
		return usage.Totals{}, s.fail("reading latencies", err)
	}
	if all > 0 {
		totals.HasLatency = true
		totals.P50, totals.P95, totals.P99 = percentile(counts, 0.50), percentile(counts, 0.95), percentile(counts, 0.99)
	}
	return totals, nil
}

// ByModel sums up each model's part of the time from from until before to, the busiest first.
func (s *Store) ByModel(ctx context.Context, from, to time.Time) ([]usage.ModelSums, error) {
	return by(ctx, s, from, to, "usage_hours", "model", func(r *sumsRow) usage.ModelSums { return usage.ModelSums{Model: r.Model, Sums: r.sums()} })
}

// ByUserKey sums up each user key's part of the time from from until before to, the busiest first.
func (s *Store) ByUserKey(ctx context.Context, from, to time.Time) ([]usage.UserKeySums, error) {
	return by(ctx, s, from, to, "usage_hours", "user_key_id", func(r *sumsRow) usage.UserKeySums {
		return usage.UserKeySums{UserKeyID: r.UserKeyID, Sums: r.sums()}
	})
}

// ByGeminiKey sums up the part of the time from from until before to of the Gemini keys that made a request's last attempt, the busiest
// first, at most limit of them; rest is the sum of all others. Requests that reached no key are in neither.
func (s *Store) ByGeminiKey(ctx context.Context, from, to time.Time, limit int) (items []usage.KeySums, rest usage.Sums, err error) {
	all, err := by(ctx, s, from, to, "key_hours", "key_id", func(r *sumsRow) usage.KeySums { return usage.KeySums{KeyID: r.KeyID, Sums: r.sums()} })
	if err != nil {
		return nil, usage.Sums{}, err
	}
	for _, item := range all {
		switch {
		case item.KeyID == 0:
		case len(items) < limit:
			items = append(items, item)
		default:
			rest.Requests += item.Requests
			rest.Failures += item.Failures
			rest.InputTokens += item.InputTokens
			rest.OutputTokens += item.OutputTokens
		}
	}
	return items, rest, nil
}

// UserKeyTotals gives what every user key has ever used, by id. It survives the pruning of requests and hours.
func (s *Store) UserKeyTotals(ctx context.Context) (map[int64]usage.Sums, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var rows []sumsRow
	if err := s.reader(ctx).Table("user_key_totals").Find(&rows).Error; err != nil {
		return nil, s.fail("reading the user keys' totals", err)
	}
	totals := make(map[int64]usage.Sums, len(rows))
	for i := range rows {
		totals[rows[i].UserKeyID] = rows[i].sums()
	}
	return totals, nil
}

// RecentFailures gives the last requests that failed, the latest first, at most n.
func (s *Store) RecentFailures(ctx context.Context, n int) ([]usage.Failure, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	rows, err := loadRows(lastFailures(s.reader(ctx), n), (*requestRow).failure)
	return rows, s.fail("reading the recent failures", err)
}

func lastFailures(db *gorm.DB, n int) *gorm.DB {
	return db.Omit("attempts").Where("failed = 1").Order("time DESC").Limit(max(n, 0))
}

func (r *requestRow) failure() usage.Failure {
	return usage.Failure{
		ID: r.ID, RequestID: r.RequestID, Time: at(r.Time), Model: r.Model, UserKeyID: r.UserKeyID, KeyID: r.KeyID, Status: r.Status,
		Outcome: r.Outcome, Attempts: r.AttemptCount, Total: time.Duration(r.Total) * time.Microsecond,
	}
}

func wholeHoursOf(db *gorm.DB, from, to time.Time) (span, error) {
	oldest, err := horizon(db)
	return wholeHours(stretch{micros(from), micros(to)}, oldest), err
}

// by sums up a stretch of time by a column that the requests and a table of hourly sums share.
func by[Item any](ctx context.Context, s *Store, from, to time.Time, table, column string, item func(*sumsRow) Item) ([]Item, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	db := s.reader(ctx)
	part, err := wholeHoursOf(db, from, to)
	if err != nil {
		return nil, s.fail("summing up usage", err)
	}
	rows, err := sumsBy(db, part, table, column)
	if err != nil {
		return nil, s.fail("summing up usage", err)
	}
	items := make([]Item, len(rows))
	for i := range rows {
		items[i] = item(&rows[i])
	}
	return items, nil
}

// sumsBy sums up a span by a column; without one it gives a single row, or none when the span is empty.
func sumsBy(db *gorm.DB, part span, table, column string) ([]sumsRow, error) {
	var lead, tail string
	if column != "" {
		lead, tail = column+", ", " GROUP BY "+column+" ORDER BY requests DESC, "+column
	}
	source, args := part.source(lead+requestSums, lead+hourSums, table, nil)
	if source == "" {
		return nil, nil
	}
	var rows []sumsRow
	err := db.Raw("SELECT "+lead+summed+" FROM ("+source+") AS part"+tail, args...).Scan(&rows).Error
	return rows, err
}

// latencies counts the answers of a span by bucket.
func latencies(db *gorm.DB, part span) (*[latencyBuckets]int64, int64, error) {
	source, args := part.source("latency, 1 AS requests", "latency, requests", "latency_hours", nil)
	if source == "" {
		return &[latencyBuckets]int64{}, 0, nil
	}
	var rows []latencyRow
	err := db.Raw("SELECT latency, CAST(SUM(requests) AS BIGINT) AS requests FROM ("+source+") AS part WHERE latency >= 0 GROUP BY latency", args...).
		Scan(&rows).Error
	if err != nil {
		return nil, 0, err
	}
	counts, all := bucketed(rows)
	return counts, all, nil
}

// latencyRow counts the answers in one bucket.
type latencyRow struct {
	Latency  int
	Requests int64
}

// bucketed gives the counts by bucket, and their sum.
func bucketed(rows []latencyRow) (*[latencyBuckets]int64, int64) {
	var counts [latencyBuckets]int64
	var all int64
	for _, row := range rows {
		if row.Latency < latencyBuckets {
			counts[row.Latency] = row.Requests
			all += row.Requests
		}
	}
	return &counts, all
}
