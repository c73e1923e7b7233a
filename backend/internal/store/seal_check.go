package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

const (
	sealCheckName = "seal_check"
	sealCheckText = "gemini-proxy"
)

// checkSeal makes sure that this server's SECRET_KEY is the one the Gemini keys were sealed with: the first server leaves a sealed word
// that every later one must be able to open.
func (s *Store) checkSeal(ctx context.Context) error {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	sealed, err := s.sealCheck(s.writer(ctx))
	if errors.Is(err, gorm.ErrRecordNotFound) {
		fresh := s.sealer.Seal("meta", sealCheckName, []byte(sealCheckText))
		err = s.writer(ctx).Exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", sealCheckName, fresh).Error
		if err == nil {
			sealed, err = s.sealCheck(s.writer(ctx)) // another server's, if it was first
		}
	}
	if err != nil {
		return s.fail("reading the seal's check", err)
	}
	if _, err := s.sealer.Open("meta", sealCheckName, sealed); err != nil {
		return fmt.Errorf("SECRET_KEY is not the one this database was sealed with, so its Gemini keys cannot be read: "+
			"start with the old SECRET_KEY (with SQLite, the file secret.key that lay beside the database): %w", err)
	}
	return nil
}

func (s *Store) sealCheck(db *gorm.DB) ([]byte, error) {
	var row struct{ Value []byte }
	err := db.Table("meta").Where("name = ?", sealCheckName).Take(&row).Error
	return row.Value, err
}
