package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// restsKept is how long a rest that ended is kept, for rests that grow when they come again.
const restsKept = 30 * 24 * time.Hour

// Prune deletes requests from before the hour of one time and hourly sums from before the hour of another, batch rows at a time so that
// nothing else waits long, and gives how many it deleted. Sums are never deleted while the requests of their hour are kept, for the
// statistics read the two together. Audit entries go with the sums of their time. The pool's counts of days long past and rests long over
// go too.
func (s *Store) Prune(ctx context.Context, requestsBefore, hoursBefore time.Time, batch int) (int64, error) {
	batch = max(batch, 1)
	requests := hourOf(micros(requestsBefore))
	hours := min(hourOf(micros(hoursBefore)), requests)
	today, err := pacificDay(time.Now())
	if err != nil {
		return 0, err
	}
	oldest := today.AddDate(0, 0, -keyDaysKept).Format(time.DateOnly)
	var all int64
	for _, old := range []struct {
		statement string
		border    any
	}{
		{deleteOld("requests", "id", "time"), requests},
		{deleteOld("usage_hours", "hour, model, user_key_id", "hour"), hours},
		{deleteOld("key_hours", "hour, key_id", "hour"), hours},
		{deleteOld("latency_hours", "hour, latency", "hour"), hours},
		{deleteOld("usage_quarters", "quarter", "quarter"), requests},
		{deleteOld("verdict_quarters", "quarter, verdict", "quarter"), hours},
		{deleteOld("audit", "id", "time"), micros(hoursBefore)},
		{deleteOld("project_days", "day, scope, model", "day"), oldest},
		{deleteOld("key_days", "day, key_id", "day"), oldest},
		{deleteOld("rests", "scope, model", "until"), micros(time.Now().Add(-restsKept))},
	} {
		deleted, err := s.deleteInBatches(ctx, old.statement, old.border, batch)
		all += deleted
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// deleteOld gives the statement that deletes some rows of a table, known by their identity, from before a border; it takes the border
// and their number. Neither database can limit a DELETE itself.
func deleteOld(table, identity, column string) string {
	return "DELETE FROM " + table + " WHERE (" + identity + ") IN (SELECT " + identity + " FROM " + table +
		" WHERE " + column + " < ? ORDER BY " + column + " LIMIT ?)"
}

// deleteInBatches runs a statement that deletes at most batch rows until it finds fewer.
func (s *Store) deleteInBatches(ctx context.Context, statement string, border any, batch int) (int64, error) {
	var all int64
	for {
		var deleted int64
		err := s.change(ctx, "pruning", func(tx *gorm.DB) error {
			result := tx.Exec(statement, border, batch)
			deleted = result.RowsAffected
			return result.Error
		})
		if err != nil {
			return all, err
		}
		all += deleted
		if deleted < int64(batch) {
			return all, nil
		}
	}
}
