package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"gemini-proxy/backend/internal/usage"
)

// A question that reads a whole table is quick in tests and slow after a month: the plans are looked at, not the clock.
func TestQuestionsOfTimeUseAnIndex(t *testing.T) {
	s, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "plan.db"), Sealer: testSealer(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, query := range timedQuestions(s) {
		for _, step := range plan(t, s, query) {
			if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "INDEX") && !strings.Contains(step, "SUBQUERY") {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
	if steps := plan(t, s, "SELECT SUM(total) FROM requests"); !strings.HasPrefix(steps[0], "SCAN requests") {
		t.Errorf("a query without an index is planned as %q: this test sees nothing", steps)
	}
}

// timedQuestions is what is asked of tables that grow with time.
func timedQuestions(s *Store) map[string]string {
	part := span{hours: stretch{1, 2}, requests: []stretch{{3, 4}, {5, 6}}}
	source := func(fromRequests, fromHours, table string) string {
		text, _ := part.source(fromRequests, fromHours, table, nil)
		return text
	}
	return map[string]string{
		"totals":         source(requestSums, hourSums, "usage_hours"),
		"by model":       source("model, "+requestSums, "model, "+hourSums, "usage_hours"),
		"by Gemini key":  source("key_id, "+requestSums, "key_id, "+hourSums, "key_hours"),
		"latencies":      source("latency, 1", "latency, requests", "latency_hours"),
		"hours of keys":  hoursOfKeys,
		"what keys took": keyAnswers,
		"by verdict":     byVerdict,
		"by outcome":     byOutcome,
		"by quarter":     byQuarter,
		"first quarter":  "SELECT MIN(quarter) FROM usage_quarters",
		"horizon":        "SELECT MIN(time) FROM requests",
		"failures":       s.reader(context.Background()).ToSQL(recentFailures(2)),
		"a search":       s.reader(context.Background()).ToSQL(searchedRequests(usage.RecordQuery{Model: "m", Limit: 9})),
		"what retried":   s.reader(context.Background()).ToSQL(searchedRequests(usage.RecordQuery{Retried: new(true), Limit: 9})),
		"the next page":  s.reader(context.Background()).ToSQL(searchedRequests(usage.RecordQuery{After: usage.Cursor{Time: at(9), ID: 3}, Limit: 9})),
		"a request id":   s.reader(context.Background()).ToSQL(searchedRequests(usage.RecordQuery{RequestID: "abc", Limit: 9})),
		"pruned rows":    deleteOld("requests", "id", "time"),
		"pruned hours":   deleteOld("usage_hours", "hour, model, user_key_id", "hour"),
		"pruned days":    deleteOld("project_days", "day, scope, model", "day"),
		"loaded days":    "SELECT * FROM project_days WHERE day >= ?",
		"loaded keys":    "SELECT * FROM key_days WHERE day >= ?",
		"sessions":       "SELECT * FROM refresh_tokens WHERE hash = ?",
	}
}

func plan(t *testing.T, s *Store, query string) []string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = i
	}
	var steps []struct{ Detail string }
	if err := s.write.WithContext(t.Context()).Raw("EXPLAIN QUERY PLAN "+query, args...).Scan(&steps).Error; err != nil {
		t.Fatalf("explaining %s: %v", query, err)
	}
	details := make([]string, len(steps))
	for i, step := range steps {
		details[i] = step.Detail
	}
	return details
}

func recentFailures(n int) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB { return lastFailures(db, n).Find(&[]requestRow{}) }
}

func searchedRequests(q usage.RecordQuery) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB { return chosenRequests(db, &q).Find(&[]requestRow{}) }
}
