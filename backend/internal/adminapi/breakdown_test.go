package adminapi

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/usage"
)

func TestBreakdowns(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"))
	s.post("/user-keys", `{"name":"laptop"}`)
	now := time.Now()
	for i := range 12 {
		s.saveEvents(usage.Event{RequestID: fmt.Sprint(i), Time: now.Add(-time.Duration(i) * 20 * time.Minute), UserKeyID: int64(1 + i%2), Model: fmt.Sprint("m", i%3),
			Status: 200, Outcome: "ok", InputTokens: 10, OutputTokens: 1, Total: time.Second, Attempts: []usage.Attempt{{KeyID: ids[i%2], Verdict: "ok"}}})
	}
	s.saveEvents(usage.Event{RequestID: "refused", Time: now, UserKeyID: 1, Model: "m0", Status: 429, Outcome: "rate_limit_exceeded"})

	keys := decodeAs[GeminiKeyStats](t, s.get("/stats/keys?range=24h"), http.StatusOK)
	if len(keys.Items) != 2 || *keys.Items[0].Masked != "AIza••••••aaaa" || *keys.Items[0].Name != "key-01" || keys.Items[0].Sums != (Sums{6, 0, 60, 6}) || keys.Rest != (Sums{}) {
		t.Errorf("by Gemini key: %+v", keys)
	}
	users := decodeAs[UserKeyStats](t, s.get("/stats/user-keys?range=7d&tz=Asia/Shanghai"), http.StatusOK)
	if len(users.Items) != 2 || *users.Items[0].Name != "laptop" || users.Items[0].Sums != (Sums{7, 1, 60, 6}) || users.Items[1].Name != nil {
		t.Errorf("by user key: %+v", users)
	}
	models := decodeAs[ModelStats](t, s.get("/stats/models?range=24h"), http.StatusOK)
	if len(models.Items) != 3 || models.Items[0].Name != "m0" || models.Items[0].Sums != (Sums{5, 1, 40, 4}) || models.Items[0].Pace != 2 ||
		models.Items[0].RPD.Limit != nil || models.Items[0].EndsAt != nil {
		t.Errorf("by model: %+v", models)
	}
	for _, path := range []string{"/stats/keys", "/stats/user-keys", "/stats/models"} {
		expectProblem(t, s.get(path), http.StatusBadRequest, "invalid_input", "range")
		expectProblem(t, s.get(path+"?range=1h&tz=Mars"), http.StatusBadRequest, "invalid_input", "tz")
	}
}

func TestQuotaEnd(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // 18:00 in Los Angeles: six hours are left
	for _, tt := range []struct {
		used, limit int64
		pace        float64
		after       time.Duration // negative: it lasts
	}{
		{0, -1, 100, -1},
		{20, 20, 0, 0},
		{25, 20, 10, 0},
		{0, 0, 0, 0},
		{10, 20, 0, -1},
		{10, 20, 20, 30 * time.Minute},
		{0, 12, 2, -1},
		{0, 11, 2, 330 * time.Minute},
		{0, 1_000_000_000, 0.001, -1},
	} {
		got := quotaEnd(pool.Usage{Used: tt.used, Limit: tt.limit}, tt.pace, now)
		switch {
		case (got == nil) != (tt.after < 0):
			t.Errorf("%+v ends at %v", tt, got)
		case got != nil && !got.Equal(now.Add(tt.after)):
			t.Errorf("%+v ends at %s", tt, got)
		}
	}
}
