package store

import (
	"context"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/fault"
)

// settingsRow is the only row of settings.
type settingsRow struct {
	ID       int `gorm:"primaryKey"`
	Document string
	Version  int64
}

// TableName gives the table.
func (settingsRow) TableName() string { return "settings" }

// LoadSettings gives the saved document and its version; nil and 0 when none was saved yet.
func (s *Store) LoadSettings(ctx context.Context) (document []byte, version int64, err error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	var rows []settingsRow
	if err := s.reader(ctx).Find(&rows).Error; err != nil {
		return nil, 0, s.fail("loading the settings", err)
	}
	if len(rows) == 0 {
		return nil, 0, nil
	}
	return []byte(rows[0].Document), rows[0].Version, nil
}

// SaveSettings keeps the document as version+1 and gives that number; a fault.Precondition when the kept version is another.
func (s *Store) SaveSettings(ctx context.Context, document []byte, version int64) (int64, error) {
	err := s.change(ctx, "saving the settings", func(tx *gorm.DB) error {
		statement, args := "UPDATE settings SET document = ?, version = version + 1 WHERE id = 1 AND version = ?", []any{string(document), version}
		if version == 0 {
			statement, args = "INSERT INTO settings (id, document, version) VALUES (1, ?, 1) ON CONFLICT (id) DO NOTHING", args[:1]
		}
		result := tx.Exec(statement, args...)
		if result.Error == nil && result.RowsAffected == 0 {
			return fault.New(fault.Precondition, "the settings were changed by somebody else").WithCode("version_conflict")
		}
		return result.Error
	})
	if err != nil {
		return 0, err
	}
	return version + 1, nil
}
