package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/auth"
)

// adminRow is a row of admins.
type adminRow struct {
	ID                int64 `gorm:"primaryKey"`
	Username          string
	UsernameLower     string
	PasswordHash      string
	CreatedAt         int64 `gorm:"autoCreateTime:false"`
	PasswordChangedAt int64
}

// TableName gives the table.
func (adminRow) TableName() string { return "admins" }

func (r *adminRow) admin() *auth.Admin {
	return &auth.Admin{
		ID: r.ID, Username: r.Username, PasswordHash: r.PasswordHash, CreatedAt: at(r.CreatedAt), PasswordChangedAt: at(r.PasswordChangedAt),
	}
}

// AdminCount gives the number of admins.
func (s *Store) AdminCount(ctx context.Context) (int, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var count int64
	err := s.reader(ctx).Model(&adminRow{}).Count(&count).Error
	return int(count), s.fail("counting the admins", err)
}

// CreateAdmin keeps a new admin and gives its id; a fault.Conflict when the name is taken.
func (s *Store) CreateAdmin(ctx context.Context, admin auth.Admin) (int64, error) {
	name := clean(admin.Username, nameLimit)
	row := adminRow{
		Username: name, UsernameLower: strings.ToLower(name), PasswordHash: admin.PasswordHash,
		CreatedAt: micros(admin.CreatedAt), PasswordChangedAt: micros(admin.PasswordChangedAt),
	}
	err := s.change(ctx, "creating an admin", func(tx *gorm.DB) error { return tx.Create(&row).Error })
	if err != nil {
		return 0, err
	}
	return row.ID, nil
}

// AdminByName finds an admin, whatever the letters' case.
func (s *Store) AdminByName(ctx context.Context, username string) (*auth.Admin, error) {
	return s.admin(ctx, "username_lower = ?", strings.ToLower(clean(username, nameLimit)))
}

// AdminByID finds an admin.
func (s *Store) AdminByID(ctx context.Context, id int64) (*auth.Admin, error) {
	return s.admin(ctx, "id = ?", id)
}

func (s *Store) admin(ctx context.Context, condition string, argument any) (*auth.Admin, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var row adminRow
	if err := s.reader(ctx).Where(condition, argument).Take(&row).Error; err != nil {
		return nil, s.fail("finding an admin", err)
	}
	return row.admin(), nil
}

// SetPassword replaces an admin's password hash and revokes every refresh family of theirs but keepFamily.
func (s *Store) SetPassword(ctx context.Context, id int64, hash string, when time.Time, keepFamily string) error {
	return s.change(ctx, "setting a password", func(tx *gorm.DB) error {
		changed := tx.Model(&adminRow{}).Where("id = ?", id).
			Select("password_hash", "password_changed_at").
			Updates(&adminRow{PasswordHash: hash, PasswordChangedAt: micros(when)})
		if changed.Error == nil && changed.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		if changed.Error != nil {
			return changed.Error
		}
		return tx.Model(&refreshRow{}).
			Where("admin_id = ? AND family <> ? AND revoked_at = 0", id, keepFamily).
			Update("revoked_at", micros(when)).Error
	})
}
