package store

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// PostgresPlans gives the plan of each question of a table that grows with time, as Postgres makes it when it reads a whole table only where
// there is no other way: on a small table it would do so by choice.
func (s *Store) PostgresPlans(ctx context.Context) (map[string]string, error) {
	plans := map[string]string{}
	err := s.writer(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec("SET LOCAL enable_seqscan = off").Error; err != nil {
			return err
		}
		questions := timedQuestions(s)
		questions["of no index"] = "SELECT SUM(total) FROM requests"
		for name, question := range questions {
			var lines []string
			// A literal without a type takes that of its column.
			if err := tx.Raw("EXPLAIN (COSTS OFF) " + strings.ReplaceAll(question, "?", "'1'")).Scan(&lines).Error; err != nil {
				return err
			}
			plans[name] = strings.Join(lines, "\n")
		}
		return nil
	})
	return plans, err
}
