package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/pool"
)

// keyDaysKept is how many days of each key's counts are kept.
const keyDaysKept = 60

// LoadPool reads everything the pool keeps.
func (s *Store) LoadPool(ctx context.Context) (*pool.Snapshot, error) {
	ctx, cancel := bounded(ctx, loadLimit)
	defer cancel()
	today, err := pacificDay(time.Now())
	if err != nil {
		return nil, err
	}
	db := s.reader(ctx)
	snapshot := &pool.Snapshot{}
	if snapshot.Keys, err = s.loadKeys(db); err != nil {
		return nil, s.fail("loading the Gemini keys", err)
	}
	if snapshot.Rests, err = loadRows(db, (*restRow).record); err != nil {
		return nil, s.fail("loading the rests", err)
	}
	if snapshot.Learnt, err = loadRows(db, (*learntRow).record); err != nil {
		return nil, s.fail("loading the learnt limits", err)
	}
	if snapshot.Models, err = loadRows(db.Order("name"), (*modelRow).record); err != nil {
		return nil, s.fail("loading the models", err)
	}
	yesterday := today.AddDate(0, 0, -1).Format(time.DateOnly)
	if snapshot.Days, err = loadRows(db.Where("day >= ?", yesterday), (*dayRow).record); err != nil {
		return nil, s.fail("loading the projects' days", err)
	}
	if snapshot.KeyDays, err = loadRows(db.Where("day >= ?", today.Format(time.DateOnly)), (*keyDayRow).record); err != nil {
		return nil, s.fail("loading the keys' days", err)
	}
	return snapshot, nil
}

// KeyDays reads the counts of some keys from a day on. Day by day and key by key is how the index has them: without the days' names the
// database would look through every key's.
func (s *Store) KeyDays(ctx context.Context, keyIDs []int64, since string) ([]pool.KeyDayRecord, error) {
	ctx, cancel := bounded(ctx, loadLimit)
	defer cancel()
	today, err := pacificDay(time.Now())
	if err != nil {
		return nil, err
	}
	var days []string
	for day, n := today, 0; n <= keyDaysKept && day.Format(time.DateOnly) >= since; day, n = day.AddDate(0, 0, -1), n+1 {
		days = append(days, day.Format(time.DateOnly))
	}
	if len(days) == 0 {
		return nil, nil
	}
	var found []pool.KeyDayRecord
	for batch := range slices.Chunk(keyIDs, keysAsked) {
		rows, err := loadRows(s.reader(ctx).Where("day IN ? AND key_id IN ?", days, batch), (*keyDayRow).record)
		if err != nil {
			return nil, s.fail("loading the keys' days", err)
		}
		found = append(found, rows...)
	}
	return found, nil
}

// keysAsked is how many keys one question asks about.
const keysAsked = 200

// pacificDay gives the day it is where Gemini's quotas start anew, as a date in UTC.
func pacificDay(now time.Time) (time.Time, error) {
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return time.Time{}, fmt.Errorf("finding the Pacific day: %w", err)
	}
	year, month, day := now.In(pacific).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), nil
}

// loadRows reads the rows that the query selects and gives what they stand for.
func loadRows[Row, Record any](db *gorm.DB, record func(*Row) Record) ([]Record, error) {
	var rows []Row
	if err := db.Find(&rows).Error; err != nil {
		return nil, err
	}
	records := make([]Record, len(rows))
	for i := range rows {
		records[i] = record(&rows[i])
	}
	return records, nil
}

// SavePool writes what changed, in one transaction.
func (s *Store) SavePool(ctx context.Context, changes *pool.Changes) error {
	keep, end := splitRests(changes.Rests)
	projects := make([][]any, 0, len(changes.Projects))
	for _, key := range last(changes.Projects, func(k *pool.Record) int64 { return k.ID }) {
		projects = append(projects, []any{key.ID, clean(key.Project, nameLimit), key.ProjectSource})
	}
	health := rowsOf(changes.Health, newHealthRow)
	days := rowsOf(changes.Days, newDayRow)
	keyDays := rowsOf(changes.KeyDays, newKeyDayRow)
	learnt := rowsOf(changes.Learnt, newLearntRow)
	return s.change(ctx, "saving the pool", func(tx *gorm.DB) error {
		if err := upsert(tx, last(health, func(r *healthRow) int64 { return r.KeyID }), "key_id"); err != nil {
			return err
		}
		if err := upsert(tx, keep, "scope", "model"); err != nil {
			return err
		}
		if err := deleteRests(tx, end); err != nil {
			return err
		}
		type scopeDay struct{ day, scope, model string }
		err := upsert(tx, last(days, func(r *dayRow) scopeDay { return scopeDay{r.Day, r.Scope, r.Model} }), "day", "scope", "model")
		if err != nil {
			return err
		}
		type keyDay struct {
			day string
			key int64
		}
		if err := upsert(tx, last(keyDays, func(r *keyDayRow) keyDay { return keyDay{r.Day, r.KeyID} }), "day", "key_id"); err != nil {
			return err
		}
		type quota struct{ scope, model string }
		if err := upsert(tx, last(learnt, func(r *learntRow) quota { return quota{r.Scope, r.Model} }), "scope", "model"); err != nil {
			return err
		}
		return saveProjects(tx, projects)
	})
}

func rowsOf[Record, Row any](records []Record, row func(*Record) Row) []Row {
	rows := make([]Row, len(records))
	for i := range records {
		rows[i] = row(&records[i])
	}
	return rows
}

// splitRests parts the rests to keep from those that ended, the last word on each winning.
func splitRests(rests []pool.RestRecord) (keep, end []restRow) {
	type quota struct{ scope, model string }
	rows := rowsOf(rests, newRestRow)
	for _, row := range last(rows, func(r *restRow) quota { return quota{r.Scope, r.Model} }) {
		if row.Until == 0 {
			end = append(end, row)
		} else {
			keep = append(keep, row)
		}
	}
	return keep, end
}

func deleteRests(tx *gorm.DB, rests []restRow) error {
	for batch := range slices.Chunk(rests, rowsAtOnce(tx, 2)) {
		args := make([]any, 0, 2*len(batch))
		for _, rest := range batch {
			args = append(args, rest.Scope, rest.Model)
		}
		holders := repeat("(CAST(? AS TEXT), CAST(? AS TEXT))", len(batch))
		if err := tx.Exec("DELETE FROM rests WHERE (scope, model) IN (VALUES "+holders+")", args...).Error; err != nil {
			return err
		}
	}
	return nil
}

// saveProjects writes the projects that were found, but never over an operator's word.
func saveProjects(tx *gorm.DB, rows [][]any) error {
	columns := []value{{"project", "TEXT"}, {"project_source", "TEXT"}}
	condition := "(gemini_keys.project_source <> '" + pool.SourceOperator + "' OR v.column3 = '" + pool.SourceOperator + "')"
	_, err := update(tx, keyTable, columns, rows, condition)
	return err
}
