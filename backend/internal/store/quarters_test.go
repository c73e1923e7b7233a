package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gemini-proxy/backend/internal/usage"
)

// What the migration sums up of requests that were kept before it is what would have been summed up as they came.
func TestQuartersOfOldRequests(t *testing.T) {
	s, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "quarters.db"), Sealer: testSealer(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var events []usage.Event
	for i := range 100 {
		events = append(events, usage.Event{Time: time.Date(2026, 3, 1, 0, 7*i, i, 0, time.UTC), Status: 200 + 300*(i%2), InputTokens: i, OutputTokens: 2 * i})
	}
	if err := s.SaveEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	type row struct{ Quarter, Requests, Failures, InputTokens, OutputTokens int64 }
	read := func() (rows []row) {
		t.Helper()
		if err := s.writer(t.Context()).Raw("SELECT * FROM usage_quarters ORDER BY quarter").Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		return rows
	}
	before := read()
	_, backfill, _ := strings.Cut(quarterSchema, ";")
	for _, statement := range []string{"DELETE FROM usage_quarters", backfill} {
		if err := s.writer(t.Context()).Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, read()); diff != "" || len(before) != 47 {
		t.Errorf("%d rows: %s", len(before), diff)
	}
}
