package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gemini-proxy/backend/internal/fault"
)

const (
	sealCheckName = "seal_check"
	sealCheckText = "gemini-proxy"
)

// checkSeal makes sure that this server's SECRET_KEY is the one the Gemini keys were sealed with: the first server leaves a sealed word
// that every later one must be able to open. When an older key opens it, everything is sealed anew.
func (s *Store) checkSeal(ctx context.Context) error {
	ctx, cancel := bounded(ctx, migrateLimit)
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
			"start with the old SECRET_KEY (with SQLite, the file secret.key that lay beside the database), or with it as PREVIOUS_SECRET_KEY: %w", err)
	}
	if s.sealer.Current(sealed) {
		return nil
	}
	return s.reseal(ctx)
}

// reseal seals everything anew with the current key, in one transaction, after which the older keys are needed no more.
func (s *Store) reseal(ctx context.Context) error {
	return s.change(ctx, "sealing the Gemini keys with the new SECRET_KEY", func(tx *gorm.DB) error {
		sealed, err := s.sealCheck(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}))
		if err != nil || s.sealer.Current(sealed) {
			return err // another server was first
		}
		keys, err := s.loadKeys(tx)
		if err != nil {
			return err
		}
		for _, key := range keys {
			fingerprint := s.sealer.Fingerprint(key.Secret.Reveal())
			secret := s.sealer.Seal(keyTable, fingerprint, []byte(key.Secret.Reveal()))
			if err := tx.Exec("UPDATE gemini_keys SET fingerprint = ?, secret = ? WHERE id = ?", fingerprint, secret, key.ID).Error; err != nil {
				return err
			}
		}
		fresh := s.sealer.Seal("meta", sealCheckName, []byte(sealCheckText))
		return tx.Exec("UPDATE meta SET value = ? WHERE name = ?", fresh, sealCheckName).Error
	})
}

// checkCurrent refuses to seal with a key that was changed under a server at work: nobody could open it later.
func (s *Store) checkCurrent(tx *gorm.DB) error {
	sealed, err := s.sealCheck(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthShare}))
	if err == nil && !s.sealer.Current(sealed) {
		return fault.New(fault.Unavailable, "SECRET_KEY was changed while this server runs: restart it with the new one")
	}
	return err
}

func (s *Store) sealCheck(db *gorm.DB) ([]byte, error) {
	var row struct{ Value []byte }
	err := db.Table("meta").Where("name = ?", sealCheckName).Take(&row).Error
	return row.Value, err
}
