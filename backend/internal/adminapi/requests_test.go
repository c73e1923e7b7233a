package adminapi

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gemini-proxy/backend/internal/usage"
)

// savedRequests keeps n requests, a minute apart, of two user keys and two models; every fifth failed on its second key.
func savedRequests(s *server, n int) {
	s.t.Helper()
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"))
	s.post("/user-keys", `{"name":"laptop"}`)
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for i := range n {
		e := usage.Event{
			RequestID: fmt.Sprintf("req-%03d", i), Time: start.Add(time.Duration(i) * time.Minute), UserKeyID: int64(1 + i%2), API: "chat",
			Model: fmt.Sprint("model-", i%2), Stream: i%3 == 0, Status: 200, Outcome: "ok", FinishReason: "STOP", InputTokens: 10, OutputTokens: 5,
			FirstByte: 250 * time.Millisecond, Total: 2 * time.Second, Attempts: []usage.Attempt{{KeyID: ids[0], Verdict: "ok", Status: 200, Took: time.Second}},
		}
		if i%5 == 4 {
			e.Status, e.Outcome, e.FirstByte = 429, "minute_quota", 0
			e.Attempts = []usage.Attempt{
				{KeyID: ids[0], Verdict: "minute_quota", Status: 429, Message: "Quota exceeded.", Waited: time.Second, RestUntil: e.Time.Add(time.Minute),
					Passed: []usage.Passed{{Reason: "rpm", Keys: 2, Until: e.Time.Add(time.Second)}, {Reason: "disabled", Keys: 1}}},
				{KeyID: ids[1], Project: "atlas", Verdict: "minute_quota", Status: 429, Took: time.Second},
			}
		}
		s.saveEvents(e)
	}
}

func TestRequestsAreListed(t *testing.T) {
	s := newServer(t)
	savedRequests(s, 30)
	tests := []struct {
		query string
		total int
		first string
	}{
		{"", 30, "req-029"},
		{"?model=model-1", 15, "req-029"},
		{"?user_key_id=1", 15, "req-028"},
		{"?gemini_key_id=2", 6, "req-029"},
		{"?outcome=minute_quota&status=4xx", 6, "req-029"},
		{"?status=5xx", 0, ""},
		{"?stream=true", 10, "req-027"},
		{"?stream=false&status=2xx", 16, "req-028"},
		{"?retried=true", 6, "req-029"},
		{"?retried=false", 24, "req-028"},
		{"?retried=true&status=2xx", 0, ""},
		{"?from=2026-11-20T08:10:00Z&to=2026-11-20T16:20:00%2B08:00", 10, "req-019"},
		{"?q=req-01", 10, "req-019"},
		{"?q=chatcmpl-req-013", 1, "req-013"},
		{"?q=eq-01", 0, ""},
	}
	for _, tt := range tests {
		for _, size := range []int{4, 200} {
			separator := "?"
			if tt.query != "" {
				separator = "&"
			}
			path := fmt.Sprintf("/requests%s%spage_size=%d", tt.query, separator, size)
			found := s.allRequests(path)
			if len(found) != tt.total || tt.total > 0 && found[0].RequestID != tt.first {
				t.Errorf("%s finds %d, the first %+v", path, len(found), found[:min(len(found), 1)])
			}
		}
	}
}

// allRequests follows a list to its end and checks each page.
func (s *server) allRequests(path string) []RequestRecord {
	s.t.Helper()
	var all []RequestRecord
	var total *int
	for after := ""; ; {
		list := decodeAs[RequestList](s.t, s.get(path+after), http.StatusOK)
		all = append(all, list.Items...)
		if (after == "") != (list.Total != nil) {
			s.t.Fatalf("%s: total is %v", path+after, list.Total)
		}
		if after == "" {
			total = list.Total
		}
		if list.Next == nil {
			break
		}
		after = "&after=" + *list.Next
	}
	if *total != len(all) {
		s.t.Errorf("%s: total is %d, the pages hold %d", path, *total, len(all))
	}
	return all
}

func TestRequestIsToldWithEveryAttempt(t *testing.T) {
	s := newServer(t)
	savedRequests(s, 10)
	item := s.allRequests("/requests?q=req-009")[0]
	got := decodeAs[RequestDetail](t, s.get(fmt.Sprint("/requests/", item.ID)), http.StatusOK)
	r := got.Request
	if r.RequestID != "req-009" || r.Status != 429 || r.Outcome != "minute_quota" || r.Attempts != 2 || *r.KeyID != 2 || *r.KeyName != "key-02" ||
		*r.KeyMasked != "AIza••••••bbbb" || r.UserKeyID != 2 || r.UserKey != nil || r.FirstByteSeconds != nil || r.Seconds != 2 {
		t.Errorf("request is %+v", r)
	}
	if len(got.Tries) != 2 {
		t.Fatalf("tries are %+v", got.Tries)
	}
	first, second := got.Tries[0], got.Tries[1]
	if first.KeyID != 1 || *first.KeyMasked != "AIza••••••aaaa" || first.Project != nil || first.Verdict != "minute_quota" || first.Status != 429 ||
		first.Message != "Quota exceeded." || first.Waited != 1 || first.RestUntil == nil || !first.RestUntil.Equal(r.Time.Add(time.Minute)) {
		t.Errorf("the first try is %+v", first)
	}
	if over := first.PassedOver; len(over) != 2 || over[0].Reason != "rpm" || over[0].Keys != 2 || over[0].Until == nil || over[1].Until != nil || second.PassedOver == nil {
		t.Errorf("passed over %+v, %+v", over, second.PassedOver)
	}
	if second.KeyID != 2 || *second.Project != "atlas" || second.Took != 1 || second.RestUntil != nil {
		t.Errorf("the second try is %+v", second)
	}
	if user := s.allRequests("/requests?q=req-000")[0].UserKey; user == nil || *user != "laptop" {
		t.Errorf("the user key is %v", user)
	}
}

func TestRequestsNameWhatIsWrong(t *testing.T) {
	s := newServer(t)
	for query, fields := range map[string][]string{
		"page_size=201&user_key_id=0&gemini_key_id=x":       {"page_size", "user_key_id", "gemini_key_id"},
		"from=yesterday&to=2026-11-20":                      {"from", "to"},
		"from=2026-11-20T08:00:00Z&to=2026-11-20T08:00:00Z": {"to"},
		"status=200&stream=maybe&retried=2":                 {"status", "stream", "retried"},
		"after=1-":                                          {"after"},
		"after=":                                            {"after"},
		"after=99999999999999999999-1":                      {"after"},
		"q=" + strings.Repeat("a", 201):                     {"q"},
		"model=a%00b":                                       {"q"},
	} {
		for _, path := range []string{"/requests?", "/requests.csv?"} {
			expectProblem(t, s.get(path+query), http.StatusBadRequest, "invalid_input", fields...)
		}
	}
}

func TestRequestsAreExported(t *testing.T) {
	s := newServer(t)
	savedRequests(s, 7)
	s.saveEvents(usage.Event{RequestID: "evil", Time: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), UserKeyID: 1, API: "chat",
		Model: "=HYPERLINK(\"https://example.com\",\"open\")", Status: 400, Outcome: "-1+1"})
	w := s.get("/requests.csv?from=2026-11-01T00:00:00Z")
	if got := w.Header().Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("type is %q", got)
	}
	rows := must(csv.NewReader(w.Body).ReadAll())(t)
	if len(rows) != 9 || len(rows[0]) != len(rows[1]) {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	if evil := rows[1]; evil[column["model"]][:2] != "'=" || evil[column["outcome"]] != "'-1+1" || evil[column["gemini_key_id"]] != "" {
		t.Errorf("the first row is %v", evil)
	}
	if last := rows[8]; last[column["request_id"]] != "req-000" || last[column["first_byte_seconds"]] != "0.25" || last[column["user_key"]] != "laptop" ||
		last[column["time"]] != "2026-11-20T08:00:00Z" || last[column["gemini_key"]] != "key-01" {
		t.Errorf("the last row is %v", last)
	}
}

func TestExportGoesOverPages(t *testing.T) {
	s := newServer(t)
	events := make([]usage.Event, 2*exportPage+1)
	for i := range events {
		events[i] = usage.Event{RequestID: fmt.Sprint(i), Time: time.Now(), Status: 200, Outcome: "ok"}
	}
	s.saveEvents(events...)
	if rows := must(csv.NewReader(s.get("/requests.csv").Body).ReadAll())(t); len(rows) != len(events)+1 {
		t.Errorf("%d rows of %d requests", len(rows)-1, len(events))
	}
}
