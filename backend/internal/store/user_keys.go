package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/auth"
)

// userKeyRow is a row of user_keys. A deleted key's row stays, for the names in its history.
type userKeyRow struct {
	ID         int64 `gorm:"primaryKey"`
	Hash       string
	Prefix     string
	Suffix     string
	Name       string
	Note       string
	Enabled    bool
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	LastUsedAt int64
	DeletedAt  int64
	Limits     string // JSON of keyLimits; empty: none
}

// TableName gives the table.
func (userKeyRow) TableName() string { return "user_keys" }

func newUserKeyRow(k *auth.UserKey) userKeyRow {
	return userKeyRow{
		Hash: k.Hash, Prefix: k.Prefix, Suffix: k.Suffix, Name: clean(k.Name, nameLimit), Note: clean(k.Note, noteLimit),
		Enabled: k.Enabled, CreatedAt: micros(k.CreatedAt), LastUsedAt: micros(k.LastUsedAt),
		Limits: limitsText(k.Limits),
	}
}

func (r *userKeyRow) userKey() auth.UserKey {
	return auth.UserKey{
		ID: r.ID, Limits: r.limits(), Hash: r.Hash, Prefix: r.Prefix, Suffix: r.Suffix, Name: r.Name, Note: r.Note,
		Enabled: r.Enabled, CreatedAt: at(r.CreatedAt), LastUsedAt: at(r.LastUsedAt),
	}
}

// UserKeys gives every user key that is not deleted, oldest first.
func (s *Store) UserKeys(ctx context.Context) ([]auth.UserKey, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	keys, err := loadRows(s.reader(ctx).Where("deleted_at = 0").Order("id"), (*userKeyRow).userKey)
	return keys, s.fail("loading the user keys", err)
}

// CreateUserKey keeps a new user key and gives its id; a fault.Conflict when its hash is there already.
func (s *Store) CreateUserKey(ctx context.Context, key auth.UserKey) (int64, error) {
	row := newUserKeyRow(&key)
	err := s.change(ctx, "creating a user key", func(tx *gorm.DB) error { return tx.Create(&row).Error })
	if err != nil {
		return 0, err
	}
	return row.ID, nil
}

// UpdateUserKey writes Name, Note, Enabled, Hash, Prefix, Suffix and Limits of a key that is not deleted.
func (s *Store) UpdateUserKey(ctx context.Context, key auth.UserKey) error {
	row := newUserKeyRow(&key)
	return s.changeUserKey(ctx, "updating a user key", key.ID, &row, "name", "note", "enabled", "hash", "prefix", "suffix", "limits")
}

// DeleteUserKey deletes a key; its row stays for its history, its hash goes.
func (s *Store) DeleteUserKey(ctx context.Context, id int64, when time.Time) error {
	return s.changeUserKey(ctx, "deleting a user key", id, &userKeyRow{DeletedAt: micros(when)}, "hash", "deleted_at")
}

func (s *Store) changeUserKey(ctx context.Context, doing string, id int64, row *userKeyRow, columns ...string) error {
	return s.change(ctx, doing, func(tx *gorm.DB) error {
		changed := tx.Model(&userKeyRow{}).Where("id = ? AND deleted_at = 0", id).Select(columns).Updates(row)
		if changed.Error == nil && changed.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		return changed.Error
	})
}

// TouchUserKeys writes when keys were last used, by id; an earlier time than the kept one is ignored.
func (s *Store) TouchUserKeys(ctx context.Context, used map[int64]time.Time) error {
	if len(used) == 0 {
		return nil
	}
	rows := make([][]any, 0, len(used))
	for _, id := range sortedKeys(used) {
		rows = append(rows, []any{id, micros(used[id])})
	}
	return s.change(ctx, "noting the use of user keys", func(tx *gorm.DB) error {
		_, err := update(tx, "user_keys", []value{{"last_used_at", "BIGINT"}}, rows, "user_keys.last_used_at < v.column2")
		return err
	})
}
