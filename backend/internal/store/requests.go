package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/usage"
)

// requestIndexes lets a search through the requests read an index alone, whatever it looks for, and finds a request by its id. The first
// takes the place of requests_time, so that keeping a request costs one index more than before.
const requestIndexes = `
DROP INDEX requests_time;
CREATE INDEX requests_time ON requests (time, failed, input_tokens, output_tokens, model, user_key_id, key_id, status, outcome, stream);
CREATE INDEX requests_request_id ON requests (request_id{binary})
`

// retriedIndex lets a search for the requests that were tried again read the index alone, too.
const retriedIndex = `
DROP INDEX requests_time;
CREATE INDEX requests_time ON requests
	(time, failed, input_tokens, output_tokens, model, user_key_id, key_id, status, outcome, stream, attempt_count)
`

// Records gives the requests that a query chooses, the newest first, without their attempts.
func (s *Store) Records(ctx context.Context, q usage.RecordQuery) ([]usage.Record, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	records, err := loadRows(chosenRequests(s.reader(ctx), &q), (*requestRow).record)
	return records, s.fail("reading the requests", err)
}

// CountRecords counts the requests that a query chooses, whatever its After and Limit, and stops at most.
func (s *Store) CountRecords(ctx context.Context, q usage.RecordQuery, most int) (int, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	q.After = usage.Cursor{}
	db := s.reader(ctx)
	var n int64
	err := db.Table("(?) AS chosen", filterRequests(db.Table("requests"), &q).Select("1").Limit(most)).Count(&n).Error
	return int(n), s.fail("counting the requests", err)
}

// Record gives one request with its attempts; fault.NotFound when it is not kept.
func (s *Store) Record(ctx context.Context, id int64) (*usage.Record, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var row requestRow
	if err := s.reader(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return nil, s.fail("reading a request", err)
	}
	record := row.record()
	if err := json.Unmarshal([]byte(row.Attempts), &record.Attempts); err != nil {
		return nil, fmt.Errorf("reading the attempts of request %d: %w", id, err)
	}
	return &record, nil
}

// chosenRequests finds the ids in the index first: Postgres would else rather sort the whole table than read so many pages of it.
func chosenRequests(db *gorm.DB, q *usage.RecordQuery) *gorm.DB {
	chosen := filterRequests(db.Session(&gorm.Session{NewDB: true}).Table("requests"), q).Select("id").Order("time DESC, id DESC").Limit(max(q.Limit, 0))
	return db.Omit("attempts").Where("id IN (?)", chosen).Order("time DESC, id DESC")
}

func filterRequests(db *gorm.DB, q *usage.RecordQuery) *gorm.DB {
	if !q.From.IsZero() {
		db = db.Where("time >= ?", micros(q.From))
	}
	if !q.To.IsZero() {
		db = db.Where("time < ?", micros(q.To))
	}
	if q.After != (usage.Cursor{}) {
		after := micros(q.After.Time)
		db = db.Where("time <= ? AND (time < ? OR id < ?)", after, after, q.After.ID) // the first half is what the index is asked
	}
	if q.Model != "" {
		db = db.Where("model = ?", q.Model)
	}
	if q.UserKeyID != 0 {
		db = db.Where("user_key_id = ?", q.UserKeyID)
	}
	if q.KeyID != 0 {
		db = db.Where("key_id = ?", q.KeyID)
	}
	if q.Outcome != "" {
		db = db.Where("outcome = ?", q.Outcome)
	}
	if q.StatusClass != 0 {
		db = db.Where("status >= ? AND status < ?", q.StatusClass*100, q.StatusClass*100+100)
	}
	if q.Stream != nil {
		db = db.Where("stream = ?", *q.Stream)
	}
	if q.Retried != nil {
		comparison := "attempt_count > 1"
		if !*q.Retried {
			comparison = "attempt_count <= 1"
		}
		db = db.Where(comparison)
	}
	if q.RequestID != "" {
		column := inDialect(db.Name(), "request_id{binary}")
		db = db.Where(column+" >= ? AND "+column+" < ?", q.RequestID, q.RequestID+"\x7f") // ids are ASCII, so no more begins with it
	}
	return db
}

func (r *requestRow) record() usage.Record {
	return usage.Record{
		ID: r.ID, KeyID: r.KeyID, AttemptCount: r.AttemptCount,
		Event: usage.Event{
			RequestID: r.RequestID, Time: at(r.Time), UserKeyID: r.UserKeyID, API: r.API, Model: r.Model, Stream: r.Stream, Status: r.Status,
			Outcome: r.Outcome, FinishReason: r.FinishReason, InputTokens: int(r.InputTokens), OutputTokens: int(r.OutputTokens),
			Thoughts: int(r.Thoughts), Cached: int(r.Cached), FirstByte: time.Duration(r.FirstByte) * time.Microsecond,
			Total: time.Duration(r.Total) * time.Microsecond,
		},
	}
}
