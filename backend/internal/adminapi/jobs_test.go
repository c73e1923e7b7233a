package adminapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/pool"
	"gemini-proxy/backend/internal/upkeep"
)

// event is one server-sent event.
type event struct{ name, data string }

func eventsOf(t *testing.T, body string) []event {
	t.Helper()
	var all []event
	for block := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		name, data, found := strings.Cut(block, "\n")
		if !found || !strings.HasPrefix(name, "event: ") || !strings.HasPrefix(data, "data: ") {
			t.Fatalf("not an event: %q", block)
		}
		all = append(all, event{strings.TrimPrefix(name, "event: "), strings.TrimPrefix(data, "data: ")})
	}
	return all
}

func dataAs[T any](t *testing.T, e event) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(e.data), &v); err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	return v
}

// stream asks for a job's events.
func (s *server) stream(path, body string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := s.request(http.MethodPost, path, body)
	r.Header.Set("Accept", "text/event-stream")
	w := s.do(r)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("%s answers %d %s: %s", path, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	return w
}

// textOfKeys gives a text of n keys, and an import of it.
func textOfKeys(t *testing.T, n int, dryRun bool) (body string) {
	t.Helper()
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "AIzaSy-FAKE-%027d\n", i)
	}
	encoded, err := json.Marshal(map[string]any{"text": text.String(), "dry_run": dryRun})
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestImportAsAStream(t *testing.T) {
	s := newServer(t)
	one := fakeKey("one1")
	s.importKeys(one)
	for _, dryRun := range []bool{true, false} {
		body := strings.Replace(textOfKeys(t, 2_500, dryRun), `"text":"`, `"text":"`+one+` AIzaShort-and-not-a-key-at-all `, 1)
		all := eventsOf(t, s.stream("/gemini-keys/import", body).Body.String())
		var names []string
		for _, e := range all {
			names = append(names, e.name)
		}
		if want := []string{"progress", "progress", "progress", "progress", "result"}; !slices.Equal(names, want) {
			t.Fatalf("events %v, want %v", names, want)
		}
		if p := dataAs[ImportProgress](t, all[2]); p != (ImportProgress{Done: 2_001, Total: 2_501, Added: 2_000, Duplicates: 1, Invalid: 1}) {
			t.Errorf("progress %+v", p)
		}
		r := dataAs[ImportResult](t, all[4])
		if r.AddedTotal != 2_500 || len(r.Added) != 1_000 || r.DuplicatesTotal != 1 || r.InvalidTotal != 1 || r.DryRun != dryRun {
			t.Errorf("result: %d added, %d told, %d, %d, %v", r.AddedTotal, len(r.Added), r.DuplicatesTotal, r.InvalidTotal, r.DryRun)
		}
		want := 1
		if !dryRun {
			want = 2_501
		}
		if list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys"), http.StatusOK); list.Total != want {
			t.Errorf("there are %d keys, want %d", list.Total, want)
		}
	}
	if e := decodeAs[AuditList](t, s.get("/audit?q=importGeminiKeys"), http.StatusOK).Items[0]; !strings.Contains(string(e.After), `"count":2500`) {
		t.Errorf("the audit says %s", e.After)
	}
	r := s.request(http.MethodPost, "/gemini-keys/import", `{"text":"x","weight":0}`)
	r.Header.Set("Accept", "text/event-stream")
	expectProblem(t, s.do(r), http.StatusBadRequest, "invalid_input", "weight") // before the stream begins
}

// A store that fails in the midst of a stream is told by an event, and what was added before is in the audit.
func TestImportStreamFails(t *testing.T) {
	s := newServer(t)
	body := textOfKeys(t, 1_500, false)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	all := eventsOf(t, s.stream("/gemini-keys/import", body).Body.String())
	last := all[len(all)-1]
	if p := dataAs[Problem](t, last); last.name != "error" || p.Status < 500 || p.RequestID == "" {
		t.Errorf("the last event is %s: %s", last.name, last.data)
	}
}

func TestCheckAll(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("dead"), fakeKey("cccc"), fakeKey("dddd"))
	s.send(http.MethodDelete, "/gemini-keys/"+strconv.FormatInt(ids[3], 10), "")
	all := eventsOf(t, s.stream("/gemini-keys/check", "").Body.String())
	if len(all) != 5 || all[0].name != "progress" || all[4].name != "result" {
		t.Fatalf("events: %+v", all)
	}
	if p := dataAs[CheckProgress](t, all[0]); p.Total != 3 || p.Done != 0 || p.Last != nil {
		t.Errorf("first %+v", p)
	}
	if p := dataAs[CheckProgress](t, all[3]); p.Done != 3 || p.Healthy != 2 || p.Failing != 1 || p.Last == nil {
		t.Errorf("last %+v", p)
	}
	if r := dataAs[CheckSummary](t, all[4]); r != (CheckSummary{Done: 3, Healthy: 2, Failing: 1}) {
		t.Errorf("result %+v", r)
	}
	list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys?state=failing"), http.StatusOK)
	if list.Total != 1 || list.Items[0].ID != ids[1] || list.Counts.Healthy != 2 {
		t.Errorf("after the check: %+v", list.Counts)
	}
	if audits := decodeAs[AuditList](t, s.get("/audit?q=checkGeminiKeys"), http.StatusOK); audits.Total != 0 {
		t.Error("a check is in the audit")
	}
}

// One check of all at a time; closing the connection ends it, and the next may begin.
func TestCheckAllStops(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"), fakeKey("cccc"))
	ctx, cancel := context.WithCancel(t.Context())
	err := s.config.Prober.CheckAll(ctx, ids, func() {
		expectProblem(t, s.post("/gemini-keys/check", ""), http.StatusConflict, "conflict")
		cancel()
	}, func(int64, pool.Outcome) { t.Error("a key was checked after the end") })
	if err == nil {
		t.Error("a check that was stopped gives no error")
	}
	if all := eventsOf(t, s.stream("/gemini-keys/check", "").Body.String()); all[len(all)-1].name != "result" {
		t.Errorf("the next check: %+v", all)
	}
}

func TestBulkOfGeminiKeys(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"), fakeKey("cccc"))
	id := strconv.FormatInt(ids[0], 10)
	steps := []struct {
		body             string
		matched, changed int
	}{
		{`{"ids":[` + id + `,99999],"action":"weight","weight":9}`, 1, 1},
		{`{"filter":{},"action":"project","project":"atlas"}`, 3, 3},
		{`{"filter":{"project":"atlas","q":"bbbb"},"action":"disable"}`, 1, 1},
		{`{"filter":{"state":"disabled"},"action":"enable"}`, 1, 1},
		{`{"filter":{"state":"disabled"},"action":"enable"}`, 0, 0},
		{`{"ids":[` + id + `],"action":"project","project":null}`, 1, 1},
		{`{"filter":{},"action":"remove"}`, 3, 3},
		{`{"filter":{},"action":"disable"}`, 0, 0},
		{`{"filter":{"q":"cccc"},"action":"restore"}`, 1, 1},
		{`{"ids":[],"action":"remove"}`, 0, 0},
	}
	for _, step := range steps {
		got := decodeAs[BulkResult](t, s.post("/gemini-keys/bulk", step.body), http.StatusOK)
		if got.Matched != step.matched || got.Changed != step.changed {
			t.Errorf("%s: %+v, want %d and %d", step.body, got, step.matched, step.changed)
		}
	}
	if first := decodeAs[GeminiKey](t, s.get("/gemini-keys/"+id), http.StatusOK); first.Weight != 9 || first.Project != nil || first.State != "removed" {
		t.Errorf("the first key is %+v", first)
	}
	if audits := decodeAs[AuditList](t, s.get("/audit?q=changeGeminiKeys"), http.StatusOK); audits.Total != 7 {
		t.Errorf("%d entries in the audit, want one a change: 7", audits.Total)
	}
	many := make([]string, maxBulkIDs+1)
	for i := range many {
		many[i] = "1"
	}
	for body, field := range map[string]string{
		`{"action":"enable"}`:                                                   "filter",
		`{"ids":[1],"filter":{},"action":"enable"}`:                             "filter",
		`{"ids":[1],"action":"explode"}`:                                        "action",
		`{"ids":[1],"action":"weight"}`:                                         "weight",
		`{"ids":[1],"action":"weight","weight":0}`:                              "weight",
		`{"ids":[1],"action":"enable","weight":1}`:                              "weight",
		`{"ids":[1],"action":"project"}`:                                        "project",
		`{"ids":[1],"action":"remove","project":"a"}`:                           "project",
		`{"ids":["1"],"action":"remove"}`:                                       "ids",
		`{"filter":{"state":"odd"},"action":"remove"}`:                          "filter.state",
		`{"filter":{"stat":"failing"},"action":"remove"}`:                       "filter",
		`{"filter":{"q":"` + strings.Repeat("a", 201) + `"},"action":"remove"}`: "filter.q",
		`{"ids":[` + strings.Join(many, ",") + `],"action":"remove"}`:           "ids",
	} {
		expectProblem(t, s.post("/gemini-keys/bulk", body), http.StatusBadRequest, "invalid_input", field)
	}
}

func TestCleanupRoutes(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("dead"))
	for range 2 {
		eventsOf(t, s.stream("/gemini-keys/check", "").Body.String())
	}
	s.send(http.MethodPatch, "/settings", `{"cleanup":{"days":2,"min_checks_per_day":2}}`)
	plan := decodeAs[CleanupPlan](t, s.get("/cleanup/preview"), http.StatusOK)
	if plan.Enabled || plan.NextAt != nil || plan.RemoveTotal != 0 || plan.AtRiskTotal != 1 || plan.Blocked != nil || plan.Remove == nil {
		t.Fatalf("plan %+v", plan)
	}
	risk := plan.AtRisk[0]
	if risk.ID != ids[1] || risk.Reason != "dead_key" || risk.BadDays != 1 || risk.DaysLeft != 1 || len(risk.Days) != 1 || risk.Days[0].CheckFailed != 2 {
		t.Errorf("at risk is %+v", risk)
	}
	s.send(http.MethodPatch, "/settings", `{"cleanup":{"enabled":true,"days":1}}`)
	if plan = decodeAs[CleanupPlan](t, s.get("/cleanup/preview"), http.StatusOK); plan.RemoveTotal != 1 || !plan.Enabled || plan.NextAt == nil {
		t.Fatalf("plan %+v", plan)
	}
	ran := decodeAs[CleanupPlan](t, s.post("/cleanup/run", ""), http.StatusOK)
	if ran.RemoveTotal != 1 || ran.Remove[0].ID != ids[1] || ran.LastAt == nil || ran.LastRemoved != 1 {
		t.Errorf("the run answers %+v", ran)
	}
	if key := decodeAs[GeminiKey](t, s.get("/gemini-keys/"+strconv.FormatInt(ids[1], 10)), http.StatusOK); key.State != "removed" {
		t.Errorf("the key is %s", key.State)
	}
	if ran = decodeAs[CleanupPlan](t, s.post("/cleanup/run", ""), http.StatusOK); ran.RemoveTotal != 0 {
		t.Errorf("the second run removes %d", ran.RemoveTotal)
	}
	audits := decodeAs[AuditList](t, s.get("/audit?q=runCleanup"), http.StatusOK)
	if audits.Total != 1 || !strings.Contains(string(audits.Items[0].After), "dead") {
		t.Errorf("the audit has %d entries: %+v", audits.Total, audits.Items)
	}
}

func TestKeepAliveRoutes(t *testing.T) {
	s := newServer(t)
	if k := decodeAs[KeepAliveStatus](t, s.get("/keep-alive"), http.StatusOK); k.Enabled || k.Target != nil || k.NextAt != nil || k.Last != nil {
		t.Errorf("without an address: %+v", k)
	}
	expectProblem(t, s.post("/keep-alive/ping", ""), http.StatusConflict, "conflict")
	awake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/wake" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(awake.Close)
	s.rebuild(awake.URL)
	k := decodeAs[KeepAliveStatus](t, s.post("/keep-alive/ping", ""), http.StatusOK)
	if k.Last == nil || !k.Last.OK || k.Last.Status != http.StatusOK || k.Sent != 1 || k.Failed != 0 || k.NextAt != nil {
		t.Errorf("after a ping: %+v", k)
	}
	s.send(http.MethodPatch, "/settings", `{"keep_alive":{"enabled":true}}`)
	if k = decodeAs[KeepAliveStatus](t, s.get("/keep-alive"), http.StatusOK); !k.Enabled || k.NextAt == nil || k.NextAt.Sub(k.Last.At).Seconds() != 600 {
		t.Errorf("turned on: %+v", k)
	}
}

func TestDiscoverProjects(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("aaaa"), fakeKey("dead"))
	all := eventsOf(t, s.stream("/gemini-keys/discover-projects", "").Body.String())
	if first := dataAs[SearchProgress](t, all[0]); first != (SearchProgress{Stage: "mark", Total: 2}) {
		t.Errorf("the first event is %+v", first)
	}
	last := all[len(all)-1] // this Gemini takes no files
	if r := dataAs[SearchResult](t, last); last.name != "result" || r != (SearchResult{Keys: 2, Failed: 2}) {
		t.Errorf("the last event is %s: %+v", last.name, r)
	}
	if list := decodeAs[GeminiKeyList](t, s.get("/gemini-keys?state=failing"), http.StatusOK); list.Total != 1 {
		t.Errorf("%d keys fail, want the one that Gemini refuses", list.Total)
	}
	_, err := s.config.Discovery.Search(t.Context(), true, func() {
		expectProblem(t, s.post("/gemini-keys/discover-projects", ""), http.StatusConflict, "conflict")
	}, func(upkeep.SearchProgress) {})
	if err != nil {
		t.Error(err)
	}
}
