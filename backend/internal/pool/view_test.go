package pool

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gemini-proxy/backend/internal/fault"
)

func TestKeysLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.add(2, ImportOptions{Project: "atlas", Weight: 9})
		note, name, off := "from the second account", "Zebra", false
		ctx := t.Context()
		if _, err := w.Update(ctx, 2, Patch{Note: &note, Name: &name}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Update(ctx, 3, Patch{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(ctx, 4); err != nil {
			t.Fatal(err)
		}
		w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200, Took: 2 * time.Second})
		w.lease(Want{Prefer: 5}).Report(Outcome{Verdict: DeadKey, Status: 400, Message: "API key not valid: " + fakeKey(4).Reveal()})
		w.lease(Want{Prefer: 6}).Report(Outcome{Verdict: DayQuota, Status: 429})
		tests := []struct {
			q     Query
			want  []int64
			total int
		}{
			{Query{}, []int64{1, 2, 3, 5, 6, 7}, 6},
			{Query{PageSize: 2, Page: 2}, []int64{3, 5}, 6},
			{Query{PageSize: 4, Page: 9}, nil, 6},
			{Query{Sort: "-id"}, []int64{7, 6, 5, 3, 2, 1}, 6},
			{Query{Sort: "name"}, []int64{1, 3, 5, 6, 7, 2}, 6},
			{Query{Sort: "project"}, []int64{6, 7, 1, 2, 3, 5}, 6},
			{Query{Sort: "-requests_today"}, []int64{1, 5, 6, 2, 3, 7}, 6},
			{Query{Sort: "-weight", PageSize: 2}, []int64{6, 7}, 6},
			{Query{Sort: "-latency_seconds", PageSize: 1}, []int64{1}, 6},
			{Query{Sort: "-last_used_at", PageSize: 3}, []int64{1, 5, 6}, 6},
			{Query{Q: "SECOND"}, []int64{2}, 1},
			{Query{Q: "atlas"}, []int64{6, 7}, 2},
			{Query{Project: "atlas", Sort: "state"}, []int64{6, 7}, 2},
			{Query{State: StateRemoved}, []int64{4}, 1},
			{Query{State: StateDisabled}, []int64{3}, 1},
			{Query{State: StateFailing}, []int64{5}, 1},
			{Query{State: StateResting}, []int64{6, 7}, 2},
			{Query{State: StateHealthy}, []int64{1}, 1},
			{Query{State: StateUnknown}, []int64{2}, 1},
		}
		for _, tt := range tests {
			items, total, counts, err := w.Keys(tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, k := range items {
				got = append(got, k.ID)
			}
			if !slices.Equal(got, tt.want) || total != tt.total {
				t.Errorf("%+v: %v of %d, want %v of %d", tt.q, got, total, tt.want, tt.total)
			}
			if want := (Counts{All: 6, Healthy: 1, Resting: 2, Failing: 1, Unknown: 1, Disabled: 1, Removed: 1}); counts != want {
				t.Errorf("counts %+v, want %+v", counts, want)
			}
		}
		if _, _, _, err := w.Keys(Query{Sort: "secret"}); fault.Of(err).Field != "sort" {
			t.Errorf("an unknown sort: %v", err)
		}
		k := w.key(5)
		if k.LastError == nil || strings.Contains(k.LastError.Message, fakeKey(4).Reveal()) || k.LastError.Verdict != DeadKey {
			t.Errorf("last error %+v", k.LastError)
		}
		if k := w.key(6); len(k.Rests) != 1 || !k.Rests[0].Project || k.Rests[0].Model != flash || k.Reason != DayQuota {
			t.Errorf("rests %+v", k.Rests)
		}
	})
}

func TestOperatorsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		ctx := t.Context()
		long, empty, bad := strings.Repeat("x", 2000), "", 0
		for field, patch := range map[string]Patch{
			"name": {Name: &empty}, "note": {Note: &long}, "weight": {Weight: &bad}, "project": {Project: &long},
		} {
			if _, err := w.Update(ctx, 1, patch); fault.KindOf(err) != fault.Invalid || fault.Of(err).Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, err := w.Update(ctx, 99, Patch{}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("no such key: %v", err)
		}
		if err := w.Remove(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(ctx, 1); err != nil {
			t.Errorf("twice: %v", err)
		}
		if _, _, err := w.Secret(1); fault.KindOf(err) != fault.NotFound {
			t.Errorf("the secret of a removed key: %v", err)
		}
		name := "again"
		if _, err := w.Update(ctx, 1, Patch{Name: &name}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a change of a removed key: %v", err)
		}
		for range 5 {
			if l := w.lease(Want{Prefer: 1}); l.KeyID != 2 {
				t.Fatal("a removed key was leased")
			}
		}
		if k, err := w.Restore(ctx, 1); err != nil || k.State != StateUnknown || !k.RemovedAt.IsZero() {
			t.Errorf("restored: %+v, %v", k, err)
		}
		if l := w.lease(Want{Prefer: 1}); l.KeyID != 1 || l.Secret != fakeKey(0) {
			t.Error("a restored key is not leased")
		}
		if secret, project, err := w.Secret(1); secret != fakeKey(0) || project != "" || err != nil {
			t.Errorf("secret %v of %q, %v", secret, project, err)
		}
	})
}

func TestExplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 6, limited(flash, 2, -1, 50))
		off := false
		if _, err := w.Update(t.Context(), 2, Patch{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
		w.lease(Want{Prefer: 3}).Report(Outcome{Verdict: DeadKey, Status: 400})
		w.lease(Want{Prefer: 4}).Report(Outcome{Verdict: DayQuota, Status: 429})
		for range 2 {
			w.lease(Want{Prefer: 5}).Report(Outcome{Verdict: OK, Status: 200})
		}
		w.lease(Want{Prefer: 6}).Report(Outcome{Verdict: MisconfiguredKey, Status: 403})
		e := w.Explain(flash)
		if e.Able != 1 || len(e.Keys) != 6 || time.Until(e.Opens) != 0 {
			t.Errorf("%+v", e)
		}
		for i, want := range []string{"", StateDisabled, "dead_key", "day_quota", "rpm", "misconfigured_key"} {
			k := e.Keys[i]
			if k.Reason != want || k.Able != (want == "") {
				t.Errorf("key %d: %q, want %q", k.ID, k.Reason, want)
			}
		}
		near(t, "opens again", time.Until(e.Keys[4].Until), time.Minute)
		for range 2 {
			w.lease(Want{Prefer: 1}).Report(Outcome{Verdict: OK, Status: 200})
		}
		near(t, "opens", time.Until(w.Explain(flash).Opens), time.Minute)
	})
}

func TestModelsAndProjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, limited(flash, 10, 1000, 20), limited("unlimited", -1, -1, -1))
		w.add(2, ImportOptions{Project: "atlas"})
		w.lease(Want{Prefer: 1, Tokens: 300}).Report(Outcome{Verdict: OK, Status: 200, PromptTokens: 250})
		w.lease(Want{Prefer: 2}).Report(Outcome{Verdict: Tier, Status: 429})
		w.lease(Want{Prefer: 3}).Report(Outcome{Verdict: DeadKey, Status: 400})
		for range 10 {
			w.lease(Want{Prefer: 4}).Report(Outcome{Verdict: OK, Status: 200, PromptTokens: 10})
		}
		got := w.Models()
		if len(got) != 2 {
			t.Fatalf("models %+v", got)
		}
		want := ModelView{Name: flash, RequestsToday: 11, Projects: 2, RPM: Usage{11, 20}, TPM: Usage{350, 2000}, RPD: Usage{11, 40}}
		if got[0] != want {
			t.Errorf("model %+v, want %+v", got[0], want)
		}
		if got[1].RPM.Limit != -1 || got[1].Projects != 3 {
			t.Errorf("model %+v", got[1])
		}
		items, all := w.Projects(2)
		if all.Projects != 4 || len(items) != 2 || items[0].Name != "atlas" || len(items[0].Keys) != 2 || items[0].Source != SourceOperator {
			t.Fatalf("%d projects: %+v", all.Projects, items)
		}
		if m := items[0].Models[0]; m.RPM != (Usage{10, 10}) || m.Warn || m.Protected {
			t.Errorf("atlas %+v", m)
		}
	})
}
