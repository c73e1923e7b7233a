package pool_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/settings"
	"gemini-proxy/backend/internal/store"
	"gemini-proxy/backend/internal/store/storetest"
)

// What a pool knows outlives it in the real stores.
func TestRealStoresKeepThePool(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		open := func() *pool.Pool {
			p, err := pool.New(ctx, pool.Config{Store: s, Settings: settings.Default, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := open()
		found, _ := pool.FindKeys("AIzaSy-FAKE-000000000000000000000000001 AIzaSy-FAKE-000000000000000000000000002 AIzaSy-FAKE-000000000000000000000000003")
		if r, err := p.Import(ctx, found, pool.ImportOptions{Weight: 3}); err != nil || len(r.Added) != 3 {
			t.Fatalf("import: %+v, %v", r, err)
		}
		for id, o := range map[int64]pool.Outcome{
			1: {Verdict: pool.OK, Status: 200, Took: time.Second, PromptTokens: 10},
			2: {Verdict: pool.DayQuota, Status: 429, Quota: []gemini.Violation{{ID: "GenerateRequestsPerDayPerProjectPerModel-FreeTier", Value: 20}}},
			3: {Verdict: pool.DeadKey, Status: 400, Message: "API key not valid. Please pass a valid API key.", Consumer: "projects/77"},
		} {
			l, err := p.Lease(ctx, pool.Want{Model: "gemini-3.8-flash", Tokens: 12, Prefer: id})
			if err != nil || l.KeyID != id {
				t.Fatalf("lease of key %d: %+v, %v", id, l, err)
			}
			l.Report(o)
		}
		note := "a note"
		if _, err := p.Update(ctx, 1, pool.Patch{Note: &note}); err != nil {
			t.Fatal(err)
		}
		if err := p.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		before, _, counts, err := p.Keys(pool.Query{})
		if err != nil {
			t.Fatal(err)
		}
		again := open()
		after, _, countsAfter, err := again.Keys(pool.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after, cmpopts.EquateApproxTime(time.Microsecond)); diff != "" {
			t.Errorf("after the second start (-before +after):\n%s", diff)
		}
		if counts != countsAfter {
			t.Errorf("counts %+v, were %+v", countsAfter, counts)
		}
		if secret, project, err := again.Secret(3); err != nil || secret != found[2] || project != "77" {
			t.Errorf("secret %v of %q, %v", secret, project, err)
		}
		if r, err := again.Import(ctx, found, pool.ImportOptions{}); err != nil || len(r.Duplicates) != 3 || len(r.Added) != 0 {
			t.Errorf("imported again: %+v, %v", r, err)
		}
		for _, m := range again.Models() {
			if m.Name == "gemini-3.8-flash" && m.RequestsToday != 1 {
				t.Errorf("%d requests today", m.RequestsToday)
			}
		}
	})
}
