package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/thought"
)

var _ thought.Store = (*Store)(nil)

// thoughtSchema is the thought signatures of tool calls. There are no foreign keys: they are written behind and gone after a day.
const thoughtSchema = `
CREATE TABLE thought_signatures (
	user_key_id BIGINT NOT NULL,
	call_id TEXT NOT NULL,
	signature TEXT NOT NULL,
	key_id BIGINT NOT NULL,
	minted_at BIGINT NOT NULL,
	PRIMARY KEY (user_key_id, call_id)){clustered};
CREATE INDEX thought_signatures_minted ON thought_signatures (minted_at)
`

// thoughtRow is a row of thought_signatures.
type thoughtRow struct {
	UserKeyID int64  `gorm:"primaryKey;autoIncrement:false"`
	CallID    string `gorm:"primaryKey"`
	Signature string
	KeyID     int64
	MintedAt  int64
}

// TableName gives the table.
func (thoughtRow) TableName() string { return "thought_signatures" }

// The longest that is kept, in bytes; thought keeps none that is longer.
const (
	callIDLimit    = 256
	signatureLimit = 256 << 10
)

// LoadThoughts gives the newest signatures minted since a time, newest first, until there are so many or they have so many bytes.
func (s *Store) LoadThoughts(ctx context.Context, since time.Time, most, bytes int) ([]thought.Record, error) {
	ctx, cancel := bounded(ctx, loadLimit)
	defer cancel()
	db := s.reader(ctx).Model(&thoughtRow{}).Where("minted_at >= ?", micros(since)).Order("minted_at DESC").Limit(most)
	rows, err := db.Rows()
	if err != nil {
		return nil, s.fail("loading the thought signatures", err)
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong in reading them
	var records []thought.Record
	for rows.Next() {
		var row thoughtRow
		if err := db.ScanRows(rows, &row); err != nil {
			return nil, s.fail("reading a thought signature", err)
		}
		if bytes -= len(row.CallID) + len(row.Signature); bytes < 0 {
			break
		}
		records = append(records, thought.Record{
			UserKeyID: row.UserKeyID, CallID: row.CallID, Signature: row.Signature, KeyID: row.KeyID, MintedAt: at(row.MintedAt),
		})
	}
	return records, s.fail("loading the thought signatures", rows.Err())
}

// SaveThoughts keeps signatures; one of the same user key and call is replaced.
func (s *Store) SaveThoughts(ctx context.Context, records []thought.Record) error {
	rows := make([]thoughtRow, len(records))
	for i := range records {
		r := &records[i]
		rows[i] = thoughtRow{
			UserKeyID: r.UserKeyID, CallID: clean(r.CallID, callIDLimit), Signature: clean(r.Signature, signatureLimit), KeyID: r.KeyID, MintedAt: micros(r.MintedAt),
		}
	}
	type name struct {
		user int64
		call string
	}
	rows = last(rows, func(r *thoughtRow) name { return name{r.UserKeyID, r.CallID} })
	return s.change(ctx, "keeping thought signatures", func(tx *gorm.DB) error { return upsert(tx, rows, "user_key_id", "call_id") })
}

// DeleteThoughts deletes signatures minted before a time, and gives their number.
func (s *Store) DeleteThoughts(ctx context.Context, before time.Time) (int64, error) {
	var deleted int64
	err := s.change(ctx, "deleting thought signatures", func(tx *gorm.DB) error {
		result := tx.Where("minted_at < ?", micros(before)).Delete(&thoughtRow{})
		deleted = result.RowsAffected
		return result.Error
	})
	return deleted, err
}
