package store

import (
	"context"
	"database/sql"
	"strings"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/backup"
)

var _ backup.Store = (*Store)(nil)

// sumTable is a table of sums as a backup holds it.
type sumTable struct {
	name     string
	identity []string // columns, the first of the row
	counts   []string // the columns after them
	text     string   // the column that is a text; the others are whole numbers
	key      string   // the column that is a Gemini key's id
	userKey  string   // the column that is a user key's id
}

func (t *sumTable) columns() []string { return append(append([]string{}, t.identity...), t.counts...) }

// sumTables lists the sums of a backup. The totals come last: they are mended by what of the hours was added.
func sumTables() []sumTable {
	sums := []string{"requests", "failures", "input_tokens", "output_tokens"}
	return []sumTable{
		{name: "usage_hours", identity: []string{"hour", "model", "user_key_id"}, counts: sums, text: "model", userKey: "user_key_id"},
		{name: "key_hours", identity: []string{"hour", "key_id"}, counts: sums, key: "key_id"},
		{name: "latency_hours", identity: []string{"hour", "latency"}, counts: []string{"requests"}},
		{name: "verdict_quarters", identity: []string{"quarter", "verdict"}, counts: []string{"attempts"}, text: "verdict"},
		{name: "key_days", identity: []string{"day", "key_id"}, counts: []string{"requests", "failures", "checks", "check_failed"}, text: "day", key: "key_id"},
		{name: "user_key_totals", identity: []string{"user_key_id"}, counts: sums, userKey: "user_key_id"},
	}
}

// usageRows is how many rows of sums one line of a backup holds.
const usageRows = 500

// DumpBackup gives everything a backup holds, as it is at one moment.
func (s *Store) DumpBackup(ctx context.Context, usage bool, put func(backup.Record) error) error {
	ctx, cancel := bounded(ctx, loadLimit)
	defer cancel()
	options := &sql.TxOptions{}
	if s.kind == KindPostgres {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true} // SQLite's readers see one moment anyhow
	}
	err := s.reader(ctx).Transaction(func(tx *gorm.DB) error {
		for _, dump := range []func(*gorm.DB, func(backup.Record) error) error{s.dumpKeys, dumpLearnt, dumpModels, dumpSettings} {
			if err := dump(tx, put); err != nil {
				return err
			}
		}
		if err := dumpUserKeys(tx, usage, put); err != nil || !usage {
			return err
		}
		for _, table := range sumTables() {
			if err := dumpSums(tx, &table, put); err != nil {
				return err
			}
		}
		return nil
	}, options)
	return s.fail("reading what a backup holds", err)
}

func (s *Store) dumpKeys(tx *gorm.DB, put func(backup.Record) error) error {
	keys, err := s.loadKeys(tx)
	if err != nil {
		return err
	}
	for i := range keys {
		k := &keys[i]
		err := put(backup.Record{Key: &backup.Key{
			ID: k.ID, Secret: backup.Secret(k.Secret.Reveal()), Name: k.Name, Note: k.Note, Project: k.Project, ProjectSource: k.ProjectSource,
			Weight: k.Weight, Enabled: k.Enabled, CreatedAt: k.CreatedAt, RemovedAt: k.RemovedAt,
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

func dumpLearnt(tx *gorm.DB, put func(backup.Record) error) error {
	return dumpRows(tx.Order("scope, model"), put, func(r *learntRow) backup.Record {
		return backup.Record{Learnt: &backup.Learnt{Scope: r.Scope, Model: r.Model, RPM: r.RPM, TPM: r.TPM, RPD: r.RPD, At: at(r.At)}}
	})
}

func dumpModels(tx *gorm.DB, put func(backup.Record) error) error {
	return dumpRows(tx.Order("name"), put, func(r *rosterRow) backup.Record {
		return backup.Record{Model: &backup.Model{Name: r.Name, RPM: r.RPM, TPM: r.TPM, RPD: r.RPD, Enabled: r.Enabled, Alias: r.Alias, Seeded: r.Seeded,
			ThinkingBudget: r.ThinkingBudget, IncludeThoughts: r.IncludeThoughts}}
	})
}

func dumpSettings(tx *gorm.DB, put func(backup.Record) error) error {
	return dumpRows(tx, put, func(r *settingsRow) backup.Record {
		return backup.Record{Settings: &backup.Settings{Document: r.Document}}
	})
}

// dumpUserKeys gives the user keys, and with the usage those too that are deleted: their names are in the history.
func dumpUserKeys(tx *gorm.DB, deleted bool, put func(backup.Record) error) error {
	if !deleted {
		tx = tx.Where("deleted_at = 0")
	}
	return dumpRows(tx.Order("id"), put, func(r *userKeyRow) backup.Record {
		return backup.Record{UserKey: &backup.UserKey{
			ID: r.ID, Hash: r.Hash, Prefix: r.Prefix, Suffix: r.Suffix, Name: r.Name, Note: r.Note, Enabled: r.Enabled,
			CreatedAt: at(r.CreatedAt), LastUsedAt: at(r.LastUsedAt), DeletedAt: at(r.DeletedAt), Limits: r.Limits,
		}}
	})
}

// dumpRows puts what the rows of the query stand for.
func dumpRows[Row any](tx *gorm.DB, put func(backup.Record) error, record func(*Row) backup.Record) error {
	records, err := loadRows(tx, record)
	for i := 0; err == nil && i < len(records); i++ {
		err = put(records[i])
	}
	return err
}

// dumpSums puts a table of sums, a number of rows at a time: there may be a million.
func dumpSums(tx *gorm.DB, table *sumTable, put func(backup.Record) error) error {
	columns := table.columns()
	rows, err := tx.Raw("SELECT " + strings.Join(columns, ", ") + " FROM " + table.name + " ORDER BY " + strings.Join(table.identity, ", ")).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	waiting := make([][]any, 0, usageRows)
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		err := put(backup.Record{Usage: &backup.Usage{Table: table.name, Rows: waiting}})
		waiting = waiting[:0]
		return err
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if text, ok := v.([]byte); ok {
				values[i] = string(text)
			}
		}
		if waiting = append(waiting, values); len(waiting) == usageRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return flush()
}
