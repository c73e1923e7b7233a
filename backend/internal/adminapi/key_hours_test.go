package adminapi

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/usage"
)

func TestHoursOfKeys(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"))
	now := time.Now()
	event := func(key int64, ago time.Duration) usage.Event {
		return usage.Event{Time: now.Add(-ago), Model: servedModel, Status: 200, Outcome: "ok", Total: 2 * time.Second,
			Attempts: []usage.Attempt{{KeyID: key, Verdict: "ok", Status: 200}}}
	}
	events := []usage.Event{event(ids[0], 0), event(ids[0], 0), event(ids[0], 3*time.Hour), event(ids[0], 30*time.Hour), event(99, 0)}
	if err := s.store.SaveEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	one, two := strconv.FormatInt(ids[0], 10), strconv.FormatInt(ids[1], 10)
	got := decodeAs[GeminiKeyHours](t, s.get("/stats/keys/hours?ids="+one+","+two+","+one), http.StatusOK)
	if len(got.Items) != 1 || got.Items[0].KeyID != ids[0] || len(got.Items[0].Requests) != 24 {
		t.Fatalf("hours %+v", got)
	}
	for i, n := range got.Items[0].Requests {
		if want := map[int]int64{23: 2, 20: 1}[i]; n != want {
			t.Errorf("hour %d: %d requests, want %d", i, n, want)
		}
	}
	if last := got.From.Add(23 * time.Hour); last.After(now) || now.Sub(last) > time.Hour {
		t.Errorf("the hours begin at %v", got.From)
	}
	for _, ids := range []string{"", "x", "1,,2", "0", "-1", "1, 2", "1" + strings.Repeat(",1", 200)} {
		expectProblem(t, s.get("/stats/keys/hours?ids="+strings.ReplaceAll(ids, " ", "%20")), http.StatusBadRequest, "invalid_input", "ids")
	}

	d := decodeAs[GeminiKeyDetails](t, s.get("/gemini-keys/"+one+"/details"), http.StatusOK)
	if d.P50 == nil || d.P95 == nil || *d.P50 < 1.7 || *d.P50 > 2.3 || *d.P95 < *d.P50 {
		t.Errorf("latencies %v, %v", d.P50, d.P95)
	}
	if d = decodeAs[GeminiKeyDetails](t, s.get("/gemini-keys/"+two+"/details"), http.StatusOK); d.P50 != nil || d.P95 != nil {
		t.Errorf("a key that served nothing took %v, %v", d.P50, d.P95)
	}
}

func TestProjectList(t *testing.T) {
	s := newServer(t)
	s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"), fakeKey("cccc"))
	for id, project := range map[string]string{"1": "team-10", "2": "team-2", "3": "team-2"} {
		s.send(http.MethodPatch, "/gemini-keys/"+id, `{"project":"`+project+`"}`)
	}
	list := decodeAs[ProjectNameList](t, s.get("/projects"), http.StatusOK)
	if list.Total != 2 || list.Items[0] != (ProjectName{"team-2", "operator", 2}) || list.Items[1].Name != "team-10" {
		t.Errorf("projects %+v", list)
	}
	if list = decodeAs[ProjectNameList](t, s.get("/projects?q=10&page_size=1"), http.StatusOK); list.Total != 1 || list.Items[0].Name != "team-10" {
		t.Errorf("found %+v", list)
	}
	if list = decodeAs[ProjectNameList](t, s.get("/projects?page=7"), http.StatusOK); list.Total != 2 || list.Items == nil || len(list.Items) != 0 {
		t.Errorf("the seventh page %+v", list)
	}
	expectProblem(t, s.get("/projects?page=0&sort=name"), http.StatusBadRequest, "invalid_input", "page", "sort")
	d := decodeAs[GeminiKeyDetails](t, s.get("/gemini-keys/2/details"), http.StatusOK)
	if d.SharedWith != 1 {
		t.Errorf("shared with %d other keys", d.SharedWith)
	}
}
