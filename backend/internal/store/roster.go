package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/roster"
)

var _ roster.Store = (*Store)(nil)

// modelAliases gives models a further name.
const modelAliases = `
ALTER TABLE models ADD COLUMN alias TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX models_alias ON models (alias) WHERE alias <> ''
`

// modelThinking lets a model have a default of thinking of its own.
const modelThinking = `
ALTER TABLE models ADD COLUMN thinking_budget BIGINT;
ALTER TABLE models ADD COLUMN include_thoughts BOOLEAN
`

// rosterRow is a row of models with all its columns. (modelRow has those of the first schema, with which the seeds are written.)
type rosterRow struct {
	Name          string `gorm:"primaryKey"`
	RPM, TPM, RPD *int64
	Enabled       bool
	Seeded        bool
	Alias         string

	ThinkingBudget  *int64
	IncludeThoughts *bool
}

// TableName gives the table.
func (rosterRow) TableName() string { return "models" }

func newRosterRow(m *roster.Model) rosterRow {
	return rosterRow{
		Name: clean(m.Name, nameLimit), RPM: m.RPM, TPM: m.TPM, RPD: m.RPD, Enabled: m.Enabled, Seeded: m.Seeded, Alias: clean(m.Alias, nameLimit),
		ThinkingBudget: m.Budget, IncludeThoughts: m.Include,
	}
}

func (r *rosterRow) model() roster.Model {
	return roster.Model{
		Name: r.Name, RPM: r.RPM, TPM: r.TPM, RPD: r.RPD, Enabled: r.Enabled, Alias: r.Alias, Seeded: r.Seeded,
		Thinking: roster.Thinking{Budget: r.ThinkingBudget, Include: r.IncludeThoughts},
	}
}

// LoadModels gives every model's row, by name.
func (s *Store) LoadModels(ctx context.Context) ([]roster.Model, error) {
	ctx, cancel := bounded(ctx, queryLimit)
	defer cancel()
	models, err := loadRows(s.reader(ctx).Order("name"), (*rosterRow).model)
	return models, s.fail("loading the models", err)
}

// SaveModel writes a model's row in place of the one with its name.
func (s *Store) SaveModel(ctx context.Context, m roster.Model) error {
	return s.change(ctx, "saving a model", func(tx *gorm.DB) error { return upsert(tx, []rosterRow{newRosterRow(&m)}, "name") })
}

// ResetModel puts a model's row back to the one the program came with, or deletes it where it came with none.
func (s *Store) ResetModel(ctx context.Context, name string) error {
	return s.change(ctx, "resetting a model", func(tx *gorm.DB) error {
		seeds := seededModels()
		if i := slices.IndexFunc(seeds, func(r modelRow) bool { return r.Name == name }); i >= 0 {
			seed := rosterRow{Name: name, RPM: seeds[i].RPM, TPM: seeds[i].TPM, RPD: seeds[i].RPD, Enabled: true, Seeded: true}
			return upsert(tx, []rosterRow{seed}, "name")
		}
		deleted := tx.Where("name = ?", name).Delete(&rosterRow{})
		if deleted.Error == nil && deleted.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		return deleted.Error
	})
}
