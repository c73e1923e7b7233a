package adminapi

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/usage"
)

func (s *server) saveEvents(events ...usage.Event) {
	s.t.Helper()
	if err := s.store.SaveEvents(s.t.Context(), events); err != nil {
		s.t.Fatal(err)
	}
}

func TestOverviewOfAnEmptyServer(t *testing.T) {
	s := newServer(t)
	w := s.get("/stats/overview?tz=Asia/Shanghai")
	view := decodeAs[Overview](t, w, http.StatusOK)
	if view.Today != (DayTotals{}) || view.Yesterday != (DayTotals{}) || view.Keys != (KeyCounts{}) || view.ProjectsTotal != 0 {
		t.Errorf("overview is %+v", view)
	}
	for name, value := range decodeAs[map[string]json.RawMessage](t, w, http.StatusOK) {
		if absent := name == "first_back_at"; (string(value) == "null") != absent {
			t.Errorf("%s is %s", name, value)
		}
	}
	if time.Since(view.GeneratedAt) > time.Minute || view.GeneratedAt.Location() != time.UTC {
		t.Errorf("generated at %s", view.GeneratedAt)
	}
}

func TestOverview(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"), fakeKey("cccc"))
	s.send(http.MethodPatch, "/gemini-keys/1", `{"project":"atlas"}`)
	s.send(http.MethodPatch, "/gemini-keys/2", `{"project":"atlas"}`)
	s.post("/user-keys", `{"name":"on"}`)
	now := time.Now()
	event := func(id string, keyID int64, when time.Time, status int, outcome string) usage.Event {
		e := usage.Event{RequestID: id, Time: when, UserKeyID: 1, API: "chat", Model: "gemini-flash-latest", Status: status, Outcome: outcome,
			InputTokens: 100, OutputTokens: 10, Total: 2 * time.Second}
		if keyID != 0 {
			e.Attempts = []usage.Attempt{{KeyID: keyID, Verdict: outcome}}
		}
		return e
	}
	s.saveEvents(
		event("r1", ids[0], now, 200, "ok"), event("r2", ids[0], now, 200, "ok"), event("r3", ids[1], now, 200, "ok"),
		event("r4", ids[1], now, 503, "transient"), event("r5", 0, now, 429, "rate_limit_exceeded"),
		event("y1", ids[0], now.AddDate(0, 0, -1).Add(-time.Minute), 200, "ok"),
		event("y2", ids[0], now.AddDate(0, 0, -1).Add(time.Hour), 200, "ok"), // later than this time of day
	)
	lease := must(s.config.Pool.Lease(t.Context(), pool.Want{Model: "gemini-flash-latest", Tokens: 10, Prefer: ids[2]}))(t)
	lease.Report(pool.Outcome{Verdict: pool.DayQuota, Status: 429, Message: "Quota exceeded."})

	view := decodeAs[Overview](t, s.get("/stats/overview?tz="+zoneWithNoon(now)), http.StatusOK)
	if d := view.Today; d.Requests != 5 || d.Failures != 2 || d.InputTokens != 500 || d.OutputTokens != 50 || d.P50 == nil || *d.P50 < 1.7 || *d.P50 > 2.3 || d.P99 == nil || *d.P99 < *d.P50 {
		t.Errorf("today is %+v", d)
	}
	if view.Yesterday.Requests != 1 {
		t.Errorf("yesterday up to now has %d requests", view.Yesterday.Requests)
	}
	if view.Keys.All != 3 || view.UserKeys != (UserKeyCounts{All: 1, Enabled: 1}) {
		t.Errorf("keys are %+v, user keys %+v", view.Keys, view.UserKeys)
	}
	if len(view.Shares) != 2 || view.Shares[0].Requests != 2 || view.Shares[0].Masked != "AIza••••••aaaa" || view.SharesRest != 0 {
		t.Errorf("shares are %+v and %d", view.Shares, view.SharesRest)
	}
	if len(view.RecentFailures) != 2 {
		t.Fatalf("recent failures are %+v", view.RecentFailures)
	}
	for _, f := range view.RecentFailures {
		if withKey := f.ID == "r4"; (f.KeyMasked != nil) != withKey || f.Model != "gemini-flash-latest" || f.Seconds != 2 {
			t.Errorf("recent failure %+v", f)
		}
	}
	if view.ProjectsTotal != 2 || len(view.Projects) != 2 {
		t.Fatalf("projects are %+v", view.Projects)
	}
	for _, p := range view.Projects {
		switch p.Name {
		case "atlas":
			if len(p.Keys) != 2 || p.KeysTotal != 2 || p.Source != "operator" {
				t.Errorf("project %+v", p)
			}
		default:
			if len(p.Keys) != 1 || p.Keys[0].RestUntil == nil || p.Keys[0].Reason == nil || *p.Keys[0].Reason != "day_quota" {
				t.Errorf("the key without a project stands for %+v", p)
			}
		}
	}
	if len(view.Attention) != 1 || view.Attention[0].KeyID != ids[2] || view.Attention[0].Reason != "day_quota" || view.Attention[0].Model != "gemini-flash-latest" || view.Attention[0].Until == nil || view.Attention[0].Since == nil {
		t.Errorf("attention is %+v", view.Attention)
	}
	if view.FirstBackAt == nil || !view.FirstBackAt.Equal(*view.Attention[0].Until) {
		t.Errorf("the first is back at %v, want %v", view.FirstBackAt, view.Attention[0].Until)
	}
	if want := (Capacity{Projects: 2, Unknown: 2}); view.Capacity != want { // nothing was answered today
		t.Errorf("capacity is %+v, want %+v", view.Capacity, want)
	}
	if len(view.Models) == 0 {
		t.Errorf("no models")
	}
}

func TestLimitsThatNobodyKnowsAreNull(t *testing.T) {
	s := newServer(t)
	id := s.importKeys(fakeKey("aaaa"))[0]
	s.config.Pool.SetModels([]pool.ModelRecord{{Name: "known", RPM: new(int64(5)), TPM: new(int64(1000)), RPD: new(int64(20)), Enabled: true}})
	ask := func(model string) {
		lease := must(s.config.Pool.Lease(t.Context(), pool.Want{Model: model, Tokens: 10}))(t)
		lease.Report(pool.Outcome{Verdict: pool.OK, Status: http.StatusOK})
	}
	var capacity Capacity
	overview := func() (Project, map[string]ModelQuota) {
		view := decodeAs[Overview](t, s.get("/stats/overview"), http.StatusOK)
		models := map[string]ModelQuota{}
		for _, m := range view.Models {
			models[m.Name] = m
		}
		capacity = view.Capacity
		return view.Projects[0], models
	}
	ask("known")
	project, models := overview()
	if capacity != (Capacity{Projects: 1, RPMUsed: 1, RPMLimit: 5, RPMLeast: 5, RPMMost: 5}) {
		t.Errorf("capacity is %+v", capacity)
	}
	if project.Keys[0].ID != id || project.RPMUsed != 1 || project.RPMLimit == nil || *project.RPMLimit != 5 {
		t.Errorf("project is %+v", project)
	}
	if m := models["known"]; m.Projects != 1 || m.RPM.Used != 1 || *m.RPM.Limit != 5 || m.TPM.Used != 10 || *m.TPM.Limit != 1000 || m.RPD.Used != 1 || *m.RPD.Limit != 20 || m.RequestsToday != 1 {
		t.Errorf("the known model is %+v", m)
	}
	ask("new")
	project, models = overview()
	if project.RPMUsed != 2 || project.RPMLimit != nil || capacity.Unknown != 1 || capacity.RPMLimit != 0 {
		t.Errorf("project is %+v, capacity %+v", project, capacity)
	}
	if m := models["new"]; m.RPM.Used != 1 || m.RPM.Limit != nil || m.TPM.Limit != nil || m.RPD.Limit != nil {
		t.Errorf("the new model is %+v", m)
	}
}

func TestTimeseries(t *testing.T) {
	s := newServer(t)
	now := time.Now()
	s.saveEvents(
		usage.Event{RequestID: "a", Time: now.Add(-30 * time.Minute), Model: "m", Status: 200, Outcome: "ok", InputTokens: 5, OutputTokens: 1},
		usage.Event{RequestID: "b", Time: now.Add(-5 * time.Hour), Model: "m", Status: 500, Outcome: "internal", InputTokens: 7},
	)
	for span, want := range map[string]struct {
		points, step int
		requests     int64
	}{"1h": {60, 60, 1}, "24h": {96, 900, 2}, "7d": {84, 7200, 2}, "30d": {60, 43200, 2}} {
		series := decodeAs[Timeseries](t, s.get("/stats/timeseries?tz=Asia/Kathmandu&range="+span), http.StatusOK)
		var requests int64
		for i, p := range series.Points {
			requests += p.Requests
			if want := series.From.Add(time.Duration(i*series.StepSeconds) * time.Second); !p.T.Equal(want) {
				t.Errorf("%s: point %d is at %s, want %s", span, i, p.T, want)
			}
		}
		if len(series.Points) != want.points || series.StepSeconds != want.step || requests != want.requests || series.To.Before(now) {
			t.Errorf("%s has %d points of %d s and %d requests until %s", span, len(series.Points), series.StepSeconds, requests, series.To)
		}
	}
}

func TestTimeseriesOfAPart(t *testing.T) {
	s := newServer(t)
	now := time.Now()
	s.saveEvents(
		usage.Event{RequestID: "a", Time: now.Add(-30 * time.Minute), Model: "m", UserKeyID: 1, Status: 200, Outcome: "ok", Attempts: []usage.Attempt{{KeyID: 7}}},
		usage.Event{RequestID: "b", Time: now.Add(-40 * time.Minute), Model: "n", UserKeyID: 2, Status: 200, Outcome: "ok", Attempts: []usage.Attempt{{KeyID: 8}, {KeyID: 7}}},
	)
	for part, want := range map[string]int64{"model=m": 1, "model=x": 0, "user_key_id=2": 1, "gemini_key_id=7": 2, "gemini_key_id=8": 0} {
		for span, points := range map[string]int{"1h": 60, "24h": 24} {
			series := decodeAs[Timeseries](t, s.get("/stats/timeseries?range="+span+"&"+part), http.StatusOK)
			var requests int64
			for _, p := range series.Points {
				requests += p.Requests
			}
			if requests != want || len(series.Points) != points {
				t.Errorf("%s of %s: %d requests in %d points, want %d in %d", span, part, requests, len(series.Points), want, points)
			}
		}
	}
}
