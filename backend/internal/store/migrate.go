package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

const (
	migrationTable = "migrations"
	// migrationLock is the Postgres advisory lock under which one server at a time migrates; an arbitrary number of ours.
	migrationLock = 0x67656d696e69
)

// migrations lists every change of the schema, oldest first. One that was released is never changed.
func migrations(kind string) []*gormigrate.Migration {
	return []*gormigrate.Migration{
		{ID: "0001_first", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, firstSchema) }},
		{ID: "0002_model_limits", Migrate: seedModels},
		{ID: "0003_request_search", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, requestIndexes) }},
		{ID: "0004_thought_signatures", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, thoughtSchema) }},
		{ID: "0004_model_aliases", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, modelAliases) }},
		{ID: "0005_user_key_limits", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, userKeyLimits) }},
		{ID: "0006_audit", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, auditSchema) }},
		{ID: "0007_files", Migrate: func(tx *gorm.DB) error { return createFiles(tx, kind) }},
		{ID: "0008_model_thinking", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, modelThinking) }},
		{ID: "0007_holdings", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, holdingSchema) }},
		{ID: "0009_verdict_quarters", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, verdictSchema) }},
		{ID: "0010_usage_quarters", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, quarterSchema) }},
		{ID: "0011_replicas", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, replicaSchema) }},
		{ID: "0011_retried_requests", Migrate: func(tx *gorm.DB) error { return runScript(tx, kind, retriedIndex) }},
	}
}

// migrate brings the schema up to date. The common case, that it is already, costs two small queries. Otherwise one server
// migrates, in one transaction, while the others wait: by an advisory lock in Postgres, which a transaction pooler keeps too, and by
// the write lock of the file in SQLite.
func (s *Store) migrate(ctx context.Context) error {
	ctx, cancel := bounded(ctx, migrateLimit)
	defer cancel()
	known := migrations(s.kind)
	if current, err := s.schemaIsCurrent(s.writer(ctx), known); err != nil || current {
		return s.fail("reading the schema's version", err)
	}
	err := s.writer(ctx).Transaction(func(tx *gorm.DB) error {
		if s.kind == KindPostgres {
			if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", migrationLock).Error; err != nil {
				return err
			}
		}
		// Made here, so that gormigrate need not look through the whole catalogue for it.
		if err := tx.Exec("CREATE TABLE IF NOT EXISTS " + migrationTable + " (id VARCHAR(255) PRIMARY KEY)").Error; err != nil {
			return err
		}
		// Another server may have migrated while this one waited.
		if current, err := s.schemaIsCurrent(tx, known); err != nil || current {
			return err
		}
		options := &gormigrate.Options{TableName: migrationTable, IDColumnName: "id", IDColumnSize: 255}
		return gormigrate.New(tx, options, known).Migrate()
	})
	return s.fail("migrating the database", err)
}

// schemaIsCurrent reports whether every migration has run. A schema that a newer program has changed is an error.
func (s *Store) schemaIsCurrent(db *gorm.DB, known []*gormigrate.Migration) (bool, error) {
	query := "SELECT to_regclass('" + migrationTable + "') IS NOT NULL"
	if s.kind == KindSQLite {
		query = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '" + migrationTable + "')"
	}
	var exists bool
	if err := db.Raw(query).Row().Scan(&exists); err != nil || !exists {
		return false, err
	}
	var ran []string
	if err := db.Raw("SELECT id FROM " + migrationTable).Scan(&ran).Error; err != nil {
		return false, err
	}
	for _, id := range ran {
		if !slices.ContainsFunc(known, func(m *gormigrate.Migration) bool { return m.ID == id }) {
			return false, fmt.Errorf("the database was changed by a newer version of this program (migration %q): run that one, or restore a backup", id)
		}
	}
	return len(ran) == len(known), nil
}
