package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/holding"
)

var _ holding.Store = (*Store)(nil)

// holdingSchema is which key's project holds what clients made natively. There are no foreign keys: what Google holds outlives a key of ours.
// Names are compared byte by byte, as pages go by them.
const holdingSchema = `
CREATE TABLE holdings (
	user_key_id BIGINT NOT NULL,
	name TEXT{binary} NOT NULL,
	key_id BIGINT NOT NULL,
	made_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (user_key_id, name)){clustered};
CREATE INDEX holdings_expires ON holdings (expires_at)
`

// holdingRow is a row of holdings.
type holdingRow struct {
	UserKeyID int64  `gorm:"primaryKey;autoIncrement:false"`
	Name      string `gorm:"primaryKey"`
	KeyID     int64
	MadeAt    int64
	ExpiresAt int64
}

// TableName gives the table.
func (holdingRow) TableName() string { return "holdings" }

// holdingLimit is the longest name that is kept, in bytes; holding keeps none that is longer.
const holdingLimit = 256

func (r *holdingRow) record() holding.Record {
	return holding.Record{UserKeyID: r.UserKeyID, Name: r.Name, KeyID: r.KeyID, MadeAt: at(r.MadeAt), ExpiresAt: at(r.ExpiresAt)}
}

// SaveHoldings keeps records; one of the same user key and name is replaced.
func (s *Store) SaveHoldings(ctx context.Context, records []holding.Record) error {
	rows := make([]holdingRow, len(records))
	for i := range records {
		r := &records[i]
		rows[i] = holdingRow{
			UserKeyID: r.UserKeyID, Name: clean(r.Name, holdingLimit), KeyID: r.KeyID, MadeAt: micros(r.MadeAt), ExpiresAt: micros(r.ExpiresAt),
		}
	}
	type identity struct {
		user int64
		name string
	}
	rows = last(rows, func(r *holdingRow) identity { return identity{r.UserKeyID, r.Name} })
	return s.change(ctx, "keeping holdings", func(tx *gorm.DB) error { return upsert(tx, rows, "user_key_id", "name") })
}

// FindHolding gives a record; a fault.NotFound when there is none.
func (s *Store) FindHolding(ctx context.Context, userKeyID int64, name string) (*holding.Record, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var row holdingRow
	if err := s.reader(ctx).Where("user_key_id = ? AND name = ?", userKeyID, name).Take(&row).Error; err != nil {
		return nil, s.fail("finding a holding", err)
	}
	r := row.record()
	return &r, nil
}

// ListHoldings gives up to most of a user key's records, of those not expired at a time, whose names begin with a prefix and are after a name,
// in the order of names.
func (s *Store) ListHoldings(ctx context.Context, userKeyID int64, now time.Time, prefix, after string, most int) ([]holding.Record, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	query := s.reader(ctx).Where("user_key_id = ? AND name >= ? AND name < ? AND name > ?", userKeyID, prefix, prefix+"\x7f", after).
		Where("(expires_at = 0 OR expires_at > ?)", micros(now))
	records, err := loadRows(query.Order("name").Limit(most), (*holdingRow).record)
	return records, s.fail("listing holdings", err)
}

// DeleteHolding deletes a record; nothing when there is none.
func (s *Store) DeleteHolding(ctx context.Context, userKeyID int64, name string) error {
	return s.change(ctx, "deleting a holding", func(tx *gorm.DB) error {
		return tx.Where("user_key_id = ? AND name = ?", userKeyID, name).Delete(&holdingRow{}).Error
	})
}

// PruneHoldings deletes up to most of the records that expired before a time, and gives their number.
func (s *Store) PruneHoldings(ctx context.Context, before time.Time, most int) (int64, error) {
	var deleted int64
	err := s.change(ctx, "deleting expired holdings", func(tx *gorm.DB) error {
		result := tx.Exec("DELETE FROM holdings WHERE (user_key_id, name) IN (SELECT user_key_id, name FROM holdings"+
			" WHERE expires_at > 0 AND expires_at < ? ORDER BY expires_at LIMIT ?)", micros(before), most)
		deleted = result.RowsAffected
		return result.Error
	})
	return deleted, err
}
