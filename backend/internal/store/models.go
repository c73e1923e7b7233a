package store

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gemini-proxy/backend/internal/pool"
)

// modelRow is a row of models; a nil limit is not known.
type modelRow struct {
	Name          string `gorm:"primaryKey"`
	RPM, TPM, RPD *int64
	Enabled       bool
	Seeded        bool
}

// TableName gives the table.
func (modelRow) TableName() string { return "models" }

func (r *modelRow) record() pool.ModelRecord {
	return pool.ModelRecord{Name: r.Name, RPM: r.RPM, TPM: r.TPM, RPD: r.RPD, Enabled: r.Enabled, Seeded: r.Seeded}
}

// seedModels keeps the free tier's limits per project, as observed in late 2026 (Google publishes none: AI Studio shows them to a
// project's owner). What an operator has already set stays; what a project tells in its errors overrules them.
func seedModels(tx *gorm.DB) error {
	rows := seededModels()
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}

// seededModels gives the rows the program comes with.
func seededModels() []modelRow {
	limit := func(n int64) *int64 { return &n }
	rows := []modelRow{
		{Name: "gemini-2.5-flash", RPM: limit(5), TPM: limit(250_000), RPD: limit(20)},
		{Name: "gemini-2.5-flash-lite", RPM: limit(10), TPM: limit(250_000), RPD: limit(20)},
		{Name: "gemini-3-flash-preview", RPM: limit(5), TPM: limit(250_000), RPD: limit(20)},
		{Name: "gemini-3.1-flash-lite", RPM: limit(15), TPM: limit(250_000), RPD: limit(500)},
		{Name: "gemini-3.8-flash", RPD: limit(20)},
		{Name: "gemini-embedding-001", RPM: limit(100)},
		{Name: "gemma-3-27b-it", RPM: limit(30), TPM: limit(15_000), RPD: limit(14_400)},
	}
	for i := range rows {
		rows[i].Enabled, rows[i].Seeded = true, true
	}
	return rows
}
