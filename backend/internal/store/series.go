package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/fault"
	"gemini-proxy/backend/internal/usage"
)

// maxPoints bounds a series; a week by the quarter of an hour has 672.
const maxPoints = 2000

// Series gives the sums of the time from from until before to in steps of at least a minute, one point each, also where nothing
// happened. The points add up to Totals of the same time. Steps of whole hours from a whole hour are read from the hourly sums, those of
// whole quarters from sums by the quarter, others from the single requests, as far back as there are any; before that each hour counts
// where it begins. So does, in steps of whole hours, each hour of a part.
func (s *Store) Series(ctx context.Context, of usage.Part, from, to time.Time, step time.Duration) ([]usage.Point, error) {
	if step < time.Minute {
		return nil, fault.Field("step", "must be at least a minute")
	}
	if !from.Before(to) {
		return nil, fault.Field("to", "must be after from")
	}
	count := int((to.Sub(from) + step - 1) / step)
	if count > maxPoints {
		return nil, fault.Field("step", "is too small: it would make more than %d points", maxPoints)
	}
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	all := stretch{micros(from), micros(to)}
	var rows []sumsRow
	var err error
	if only := partOf(of); only != nil {
		rows, err = s.stepsOf(ctx, only, all, step.Microseconds())
	} else {
		rows, err = s.steps(ctx, all, step.Microseconds())
	}
	if err != nil {
		return nil, s.fail("reading usage over time", err)
	}
	points := make([]usage.Point, count)
	for i := range points {
		points[i].Time = from.Add(time.Duration(i) * step).UTC()
	}
	for i := range rows {
		if place := rows[i].Step; place >= 0 && place < int64(count) {
			points[place].Sums = rows[i].sums()
		}
	}
	return points, nil
}

// steps sums up a stretch by the number of the step each row lies in; step is in microseconds.
func (s *Store) steps(ctx context.Context, all stretch, step int64) ([]sumsRow, error) {
	db := s.reader(ctx)
	oldest, err := horizon(db)
	if err != nil {
		return nil, err
	}
	part, bySums := singleRequests(all, oldest), stretch{}
	switch {
	case all.from%hourMicros == 0 && step%hourMicros == 0:
		part = wholeHours(all, oldest)
	case all.from%quarterMicros == 0 && step%quarterMicros == 0:
		first, err := firstQuarter(db)
		if err != nil {
			return nil, err
		}
		part, bySums = quarters(all, max(first, oldest)) // before the requests that are kept, the totals know hours alone
	}
	source, args := part.source("time, "+requestSums, "hour AS time, "+hourSums, "usage_hours", nil)
	if !bySums.empty() {
		source = strings.TrimPrefix(source+" UNION ALL "+byQuarter, " UNION ALL ")
		args = append(args, bySums.from, bySums.to)
	}
	return sumSteps(db, all.from, step, source, args)
}

// stepsOf is steps for the requests of a part.
func (s *Store) stepsOf(ctx context.Context, only *narrowing, all stretch, step int64) ([]sumsRow, error) {
	db := s.reader(ctx)
	oldest, err := horizon(db)
	if err != nil {
		return nil, err
	}
	part := singleRequests(all, oldest)
	if step%hourMicros == 0 {
		part = wholeHours(all, oldest)
	}
	source, args := part.source("time, "+requestSums, "hour AS time, "+hourSums, only.hourTable, only)
	return sumSteps(db, all.from, step, source, args)
}

// sumSteps sums up the rows of a source by the number of the step that each lies in.
func sumSteps(db *gorm.DB, from, step int64, source string, args []any) ([]sumsRow, error) {
	if source == "" {
		return nil, nil
	}
	query := "SELECT (time - CAST(? AS BIGINT)) / CAST(? AS BIGINT) AS step, " + summed + " FROM (" + source + ") AS part GROUP BY 1"
	var rows []sumsRow
	err := db.Raw(query, append([]any{from, step}, args...)...).Scan(&rows).Error
	return rows, err
}

// partOf says how the rows of a part are told from others; nil for all requests.
func partOf(of usage.Part) *narrowing {
	switch {
	case of.Model != "":
		return &narrowing{"usage_hours", "model", of.Model}
	case of.UserKeyID != 0:
		return &narrowing{"usage_hours", "user_key_id", of.UserKeyID}
	case of.GeminiKeyID != 0:
		return &narrowing{"key_hours", "key_id", of.GeminiKeyID}
	}
	return nil
}
