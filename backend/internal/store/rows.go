package store

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// rowsAtOnce gives how many rows of so many columns one statement should carry. Postgres takes up to 65,535 values, and few round trips
// are best; the SQLite driver looks for each value through all of a statement's, so that small statements are many times faster.
func rowsAtOnce(tx *gorm.DB, columns int) int {
	if tx.Name() == KindSQLite {
		return max(1, 300/columns)
	}
	return max(1, min(500, 60_000/columns))
}

// upsert writes rows in batches, each replacing the one of the same identity.
func upsert[R any](tx *gorm.DB, rows []R, identity ...string) error {
	if len(rows) == 0 {
		return nil
	}
	columns := make([]clause.Column, len(identity))
	for i, name := range identity {
		columns[i].Name = name
	}
	return tx.Clauses(clause.OnConflict{Columns: columns, UpdateAll: true}).CreateInBatches(&rows, rowsAtOnce(tx, reflect.TypeFor[R]().NumField())).Error
}

// last gives, in order, one row for each identity: the last. A statement that wrote one row twice would be refused by Postgres.
func last[R any, K comparable](rows []R, identity func(*R) K) []R {
	place := make(map[K]int, len(rows))
	kept := rows[:0:0]
	for i := range rows {
		key := identity(&rows[i])
		if at, seen := place[key]; seen {
			kept[at] = rows[i]
			continue
		}
		place[key] = len(kept)
		kept = append(kept, rows[i])
	}
	return kept
}

// value is a column of the rows that update writes, and its type in words of both databases.
type value struct{ column, kind string }

// update writes values into rows of a table, found by id, a number of them at once, and gives the number of rows found. Each row
// begins with its id and goes on with one value a column. A condition, if any, sees the table by its name and the new values as
// v.column1 (the id), v.column2 and so on: the names that VALUES gives in both databases.
func update(tx *gorm.DB, table string, values []value, rows [][]any, condition string) (int64, error) {
	set := make([]string, len(values))
	holders := []string{"CAST(? AS BIGINT)"}
	for i, v := range values {
		set[i] = v.column + " = v.column" + strconv.Itoa(i+2)
		holders = append(holders, "CAST(? AS "+v.kind+")")
	}
	holder := "(" + strings.Join(holders, ", ") + ")"
	head := "UPDATE " + table + " SET " + strings.Join(set, ", ") + " FROM (VALUES "
	tail := ") AS v WHERE " + table + ".id = v.column1"
	if condition != "" {
		tail += " AND " + condition
	}
	var found int64
	for batch := range slices.Chunk(rows, rowsAtOnce(tx, len(values)+1)) {
		args := make([]any, 0, len(batch)*(len(values)+1))
		for _, row := range batch {
			args = append(args, row...)
		}
		result := tx.Exec(head+repeat(holder, len(batch))+tail, args...)
		if result.Error != nil {
			return 0, result.Error
		}
		found += result.RowsAffected
	}
	return found, nil
}

// repeat gives n times text, separated by commas.
func repeat(text string, n int) string {
	return strings.TrimSuffix(strings.Repeat(text+", ", n), ", ")
}

// sortedKeys gives a map's keys in order: two servers that write the same rows in the same order never lock each other out.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
