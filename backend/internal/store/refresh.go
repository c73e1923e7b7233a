package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gemini-proxy/backend/internal/auth"
)

// refreshRow is a row of refresh_tokens.
type refreshRow struct {
	ID        int64 `gorm:"primaryKey"`
	Hash      string
	Family    string
	AdminID   int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
	UsedAt    int64
	RevokedAt int64
	Address   string
	UserAgent string
}

// TableName gives the table.
func (refreshRow) TableName() string { return "refresh_tokens" }

func newRefreshRow(t *auth.RefreshToken) refreshRow {
	return refreshRow{
		Hash: t.Hash, Family: t.Family, AdminID: t.AdminID, CreatedAt: micros(t.CreatedAt), ExpiresAt: micros(t.ExpiresAt),
		UsedAt: micros(t.UsedAt), RevokedAt: micros(t.RevokedAt), Address: clean(t.Address, nameLimit), UserAgent: clean(t.UserAgent, nameLimit),
	}
}

func (r *refreshRow) token() auth.RefreshToken {
	return auth.RefreshToken{
		ID: r.ID, Hash: r.Hash, Family: r.Family, AdminID: r.AdminID, CreatedAt: at(r.CreatedAt), ExpiresAt: at(r.ExpiresAt),
		UsedAt: at(r.UsedAt), RevokedAt: at(r.RevokedAt), Address: r.Address, UserAgent: r.UserAgent,
	}
}

// CreateRefresh keeps a new refresh token.
func (s *Store) CreateRefresh(ctx context.Context, token auth.RefreshToken) error {
	row := newRefreshRow(&token)
	return s.change(ctx, "keeping a refresh token", func(tx *gorm.DB) error { return tx.Create(&row).Error })
}

// UseRefresh marks a token as used and keeps its successor, in one transaction, and gives the token as it was before. One that was
// already used or revoked comes back unchanged, and has no successor.
func (s *Store) UseRefresh(
	ctx context.Context, hash string, when time.Time, next func(auth.RefreshToken) auth.RefreshToken,
) (*auth.RefreshToken, error) {
	var before auth.RefreshToken
	err := s.change(ctx, "using a refresh token", func(tx *gorm.DB) error {
		var row refreshRow
		if err := tx.Where("hash = ?", hash).Take(&row).Error; err != nil {
			return err
		}
		if err := lockAdmin(tx, row.AdminID); err != nil {
			return err
		}
		row = refreshRow{}
		if err := tx.Where("hash = ?", hash).Take(&row).Error; err != nil {
			return err
		}
		before = row.token()
		if row.UsedAt != 0 || row.RevokedAt != 0 {
			return nil
		}
		if err := tx.Model(&refreshRow{}).Where("id = ?", row.ID).Update("used_at", micros(when)).Error; err != nil {
			return err
		}
		successor := next(before)
		created := newRefreshRow(&successor)
		return tx.Create(&created).Error
	})
	if err != nil {
		return nil, err
	}
	return &before, nil
}

// RevokeFamily revokes every token of a family. A family nobody knows is no fault.
func (s *Store) RevokeFamily(ctx context.Context, family string, when time.Time) error {
	return s.change(ctx, "revoking a session", func(tx *gorm.DB) error {
		var owners []int64
		if err := tx.Model(&refreshRow{}).Distinct("admin_id").Where("family = ?", family).Order("admin_id").Pluck("admin_id", &owners).Error; err != nil {
			return err
		}
		for _, owner := range owners {
			if err := lockAdmin(tx, owner); err != nil {
				return err
			}
		}
		return tx.Model(&refreshRow{}).Where("family = ? AND revoked_at = 0", family).Update("revoked_at", micros(when)).Error
	})
}

// lockAdmin makes changes to one admin's sessions wait for each other until the transaction ends: else, in Postgres, a token that is
// being exchanged could get its successor after the family was revoked. SQLite has one writer anyhow.
func lockAdmin(tx *gorm.DB, id int64) error {
	return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(&adminRow{}).Error
}

// DeleteExpiredRefresh deletes tokens that expired before a time, and gives their number.
func (s *Store) DeleteExpiredRefresh(ctx context.Context, before time.Time) (int64, error) {
	var deleted int64
	err := s.change(ctx, "deleting expired refresh tokens", func(tx *gorm.DB) error {
		result := tx.Where("expires_at < ?", micros(before)).Delete(&refreshRow{})
		deleted = result.RowsAffected
		return result.Error
	})
	return deleted, err
}
