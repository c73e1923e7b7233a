package store_test

import (
	"strings"
	"testing"

	"gemini-proxy/backend/internal/store/storetest"
)

func TestQuestionsOfTimeUseAnIndexOfPostgres(t *testing.T) {
	plans, err := storetest.Postgres(t).PostgresPlans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, plan := range plans {
		if whole := strings.Contains(plan, "Seq Scan"); whole != (name == "of no index") {
			t.Errorf("%s:\n%s", name, plan)
		}
	}
	if len(plans) < 15 {
		t.Errorf("only %d questions were looked at", len(plans))
	}
}
