package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"gemini-proxy/backend/internal/usage"
)

// requestRow is a row of requests: one request, with its attempts as JSON.
type requestRow struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    string
	Time         int64
	UserKeyID    int64
	KeyID        int64  // the Gemini key of the last attempt; 0 when there was none
	API          string `gorm:"column:api"`
	Model        string
	Stream       bool
	Status       int
	Outcome      string
	Failed       int // 0 or 1, so that a sum of it counts
	FinishReason string
	InputTokens  int64
	OutputTokens int64
	Thoughts     int64
	Cached       int64
	FirstByte    int64 // microseconds
	Total        int64 // microseconds
	Latency      int   // the bucket of latencyOf
	AttemptCount int
	Attempts     string
}

// TableName gives the table.
func (requestRow) TableName() string { return "requests" }

func newRequestRow(e *usage.Event) (requestRow, error) {
	attempts, err := json.Marshal(e.Attempts)
	if err != nil {
		return requestRow{}, fmt.Errorf("encoding the attempts of a request: %w", err)
	}
	if len(e.Attempts) == 0 {
		attempts = []byte("[]")
	}
	row := requestRow{
		RequestID: clean(e.RequestID, nameLimit), Time: micros(e.Time), UserKeyID: e.UserKeyID, API: clean(e.API, nameLimit),
		Model: clean(e.Model, nameLimit), Stream: e.Stream, Status: e.Status, Outcome: clean(e.Outcome, nameLimit),
		FinishReason: clean(e.FinishReason, nameLimit), InputTokens: int64(e.InputTokens), OutputTokens: int64(e.OutputTokens),
		Thoughts: int64(e.Thoughts), Cached: int64(e.Cached), FirstByte: e.FirstByte.Microseconds(), Total: e.Total.Microseconds(),
		Latency: latencyOf(e), AttemptCount: len(e.Attempts), Attempts: string(attempts),
	}
	if e.Failed() {
		row.Failed = 1
	}
	if n := len(e.Attempts); n > 0 {
		row.KeyID = e.Attempts[n-1].KeyID
	}
	return row, nil
}

// SaveEvents keeps events and adds them to the hourly sums, in one transaction.
func (s *Store) SaveEvents(ctx context.Context, events []usage.Event) error {
	if len(events) == 0 {
		return nil
	}
	rows := make([]requestRow, len(events))
	for i := range events {
		row, err := newRequestRow(&events[i])
		if err != nil {
			return err
		}
		rows[i] = row
	}
	sums, verdicts := sumUp(rows), verdictRows(events)
	return s.change(ctx, "saving usage", func(tx *gorm.DB) error {
		if err := insertRequests(ctx, tx, rows); err != nil {
			return err
		}
		counts := []string{"requests", "failures", "input_tokens", "output_tokens"}
		if err := add(tx, "usage_hours", []string{"hour", "model", "user_key_id"}, counts, sums.hourRows()); err != nil {
			return err
		}
		if err := add(tx, "key_hours", []string{"hour", "key_id"}, counts, sums.keyRows()); err != nil {
			return err
		}
		if err := add(tx, "latency_hours", []string{"hour", "latency"}, counts[:1], sums.latencyRows()); err != nil {
			return err
		}
		if err := add(tx, "usage_quarters", []string{"quarter"}, counts, sums.quarterRows()); err != nil {
			return err
		}
		if err := add(tx, "verdict_quarters", []string{"quarter", "verdict"}, []string{"attempts"}, verdicts); err != nil {
			return err
		}
		return add(tx, "user_key_totals", []string{"user_key_id"}, counts, sums.userKeyRows())
	})
}

// insertRequests writes new request rows. It is written in SQL since GORM would ask for every row's id back, which nobody reads.
func insertRequests(ctx context.Context, tx *gorm.DB, rows []requestRow) error {
	parsed := &gorm.Statement{DB: tx}
	if err := parsed.Parse(&rows[0]); err != nil {
		return err
	}
	fields := slices.DeleteFunc(slices.Clone(parsed.Schema.Fields), func(f *schema.Field) bool { return f.PrimaryKey })
	columns := make([]string, len(fields))
	for i, f := range fields {
		columns[i] = f.DBName
	}
	head := "INSERT INTO " + parsed.Schema.Table + " (" + strings.Join(columns, ", ") + ") VALUES "
	for batch := range slices.Chunk(rows, rowsAtOnce(tx, len(columns))) {
		values := make([]any, 0, len(batch)*len(fields))
		for i := range batch {
			row := reflect.ValueOf(&batch[i]).Elem()
			for _, f := range fields {
				value, _ := f.ValueOf(ctx, row)
				values = append(values, value)
			}
		}
		if _, err := tx.Statement.ConnPool.ExecContext(ctx, head+places(tx, len(batch), len(columns)), values...); err != nil {
			return err
		}
	}
	return nil
}

// places gives the placeholders of so many rows, as the database's driver takes them: (?, ?), (?, ?) or ($1, $2), ($3, $4).
func places(tx *gorm.DB, rows, columns int) string {
	if tx.Name() == KindSQLite {
		return repeat("("+repeat("?", columns)+")", rows)
	}
	all := make([]string, rows)
	for i := range all {
		row := make([]string, columns)
		for j := range row {
			row[j] = "$" + strconv.Itoa(i*columns+j+1)
		}
		all[i] = "(" + strings.Join(row, ", ") + ")"
	}
	return strings.Join(all, ", ")
}

// add adds rows, each its identity and then its counts, to those kept. It is written in SQL since GORM's upsert replaces.
func add(tx *gorm.DB, table string, identity, counts []string, rows [][]any) error {
	columns := slices.Concat(identity, counts)
	sums := make([]string, len(counts))
	for i, count := range counts {
		sums[i] = fmt.Sprintf("%[1]s = %[2]s.%[1]s + excluded.%[1]s", count, table)
	}
	head := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	tail := " ON CONFLICT (" + strings.Join(identity, ", ") + ") DO UPDATE SET " + strings.Join(sums, ", ")
	holder := "(" + repeat("?", len(columns)) + ")"
	for batch := range slices.Chunk(rows, rowsAtOnce(tx, len(columns))) {
		if err := tx.Exec(head+repeat(holder, len(batch))+tail, slices.Concat(batch...)...).Error; err != nil {
			return err
		}
	}
	return nil
}
