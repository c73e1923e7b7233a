package store

import (
	"context"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/files"
)

// copyRow is a row of file_copies.
type copyRow struct {
	FileID    int64  `gorm:"primaryKey;autoIncrement:false"`
	Scope     string `gorm:"primaryKey"`
	KeyID     int64
	Name      string
	URI       string `gorm:"column:uri"`
	Active    bool
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
}

// TableName gives the table.
func (copyRow) TableName() string { return "file_copies" }

func (r *copyRow) copied() files.Copy {
	return files.Copy{
		FileID: r.FileID, Scope: r.Scope, KeyID: r.KeyID, Name: r.Name, URI: r.URI, Active: r.Active, CreatedAt: at(r.CreatedAt), ExpiresAt: at(r.ExpiresAt),
	}
}

// Copies gives the copies of a file.
func (s *Store) Copies(ctx context.Context, fileID int64) ([]files.Copy, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	copies, err := loadRows(s.reader(ctx).Where("file_id = ?", fileID).Order("scope"), (*copyRow).copied)
	return copies, s.fail("loading a file's copies", err)
}

// SaveCopy keeps a copy in the place of the one of the same file and scope.
func (s *Store) SaveCopy(ctx context.Context, c files.Copy) error {
	row := copyRow{
		FileID: c.FileID, Scope: clean(c.Scope, nameLimit), KeyID: c.KeyID, Name: clean(c.Name, nameLimit), URI: clean(c.URI, noteLimit), Active: c.Active,
		CreatedAt: micros(c.CreatedAt), ExpiresAt: micros(c.ExpiresAt),
	}
	return s.change(ctx, "keeping a file's copy", func(tx *gorm.DB) error { return upsert(tx, []copyRow{row}, "file_id", "scope") })
}

// DeleteCopy forgets a copy.
func (s *Store) DeleteCopy(ctx context.Context, fileID int64, scope string) error {
	return s.change(ctx, "forgetting a file's copy", func(tx *gorm.DB) error {
		return tx.Where("file_id = ? AND scope = ?", fileID, scope).Delete(&copyRow{}).Error
	})
}
