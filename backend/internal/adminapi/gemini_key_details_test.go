package adminapi

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/pool"
)

const servedModel = "gemini-3.8-flash"

// ends lets one request with a key end so.
func (s *server) ends(id int64, o pool.Outcome) {
	s.t.Helper()
	l, err := s.config.Pool.Lease(s.t.Context(), pool.Want{Model: servedModel, Tokens: 10, Prefer: id})
	if err != nil || l.KeyID != id {
		s.t.Fatalf("leased %+v, %v", l, err)
	}
	l.Report(o)
}

func TestGeminiKeyDetails(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"))
	s.ends(ids[0], pool.Outcome{Verdict: pool.OK, Status: 200, PromptTokens: 12})
	s.ends(ids[0], pool.Outcome{Verdict: pool.Timeout, Message: "no answer to " + fakeKey("aaaa")})
	s.ends(ids[0], pool.Outcome{Verdict: pool.DayQuota, Status: 429, Message: "quota", Quota: []gemini.Violation{
		{ID: "GenerateRequestsPerDayPerProjectPerModel-FreeTier", Value: 20}}})
	path := "/gemini-keys/" + strconv.FormatInt(ids[0], 10) + "/details"
	d := decodeAs[GeminiKeyDetails](t, s.get(path), http.StatusOK)
	if d.Key.ID != ids[0] || len(d.Models) != 1 || len(d.Errors) != 2 || len(d.Days) != 1 {
		t.Fatalf("details %+v", d)
	}
	m := d.Models[0]
	if m.Model != servedModel || !m.Asked || m.Able || m.Reason == nil || *m.Reason != "day_quota" || m.Until == nil || m.RPD.Used != 2 || m.RPD.Limit == nil || *m.RPD.Limit != 20 {
		t.Errorf("model %+v", m)
	}
	if d.Errors[0].Verdict != "day_quota" || d.Errors[1].Verdict != "timeout" || strings.Contains(d.Errors[1].Message, "FAKE") {
		t.Errorf("errors %+v", d.Errors)
	}
	if day := d.Days[0]; day.Requests != 3 || day.Failures != 1 || day.Day != s.config.Pool.Today() {
		t.Errorf("day %+v", day)
	}
	other := decodeAs[GeminiKeyDetails](t, s.get("/gemini-keys/"+strconv.FormatInt(ids[1], 10)+"/details"), http.StatusOK)
	if other.Errors == nil || len(other.Errors)+len(other.Days) != 0 || other.SharedWith != 0 {
		t.Errorf("a key that was not used: %+v", other)
	}
	if len(other.Models) != 1 || other.Models[0].Model != servedModel || other.Models[0].Asked || !other.Models[0].Able || other.Models[0].RPD.Used != 0 {
		t.Errorf("a model that only another project was asked for: %+v", other.Models)
	}

	serving := decodeAs[ModelServing](t, s.get("/models/"+servedModel+"/serving"), http.StatusOK)
	if serving.Able != 1 || serving.OpensAt == nil || serving.More != 0 || len(serving.Keys) != 2 {
		t.Fatalf("serving %+v", serving)
	}
	if first, second := serving.Keys[0], serving.Keys[1]; first.Able || *first.Reason != "day_quota" || first.Until == nil || !second.Able || second.Reason != nil {
		t.Errorf("keys %+v", serving.Keys)
	}
	expectProblem(t, s.get("/models/%2e%2e/serving"), http.StatusBadRequest, "invalid_input", "name")

	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	if d = decodeAs[GeminiKeyDetails](t, s.get(path), http.StatusOK); d.Days != nil || len(d.Models) != 1 {
		t.Errorf("while the database is away: %+v", d)
	}
}

func TestExportGeminiKeys(t *testing.T) {
	s := newServer(t)
	ids := s.importKeys(fakeKey("aaaa"), fakeKey("bbbb"))
	s.send(http.MethodPatch, "/gemini-keys/"+strconv.FormatInt(ids[1], 10), `{"name":"=cmd()","project":"atlas"}`)
	for query, want := range map[string][]string{"": {"key-01", "'=cmd()"}, "?project=atlas": {"'=cmd()"}, "?state=removed": nil, "?q=aaaa": {"key-01"}} {
		w := s.get("/gemini-keys.csv" + query)
		rows, err := csv.NewReader(w.Body).ReadAll()
		if err != nil || w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
			t.Fatalf("%s: %d, %v", query, w.Code, err)
		}
		var names []string
		for _, row := range rows[1:] {
			names = append(names, row[2])
		}
		if !slices.Equal(names, want) || len(rows[0]) != 17 {
			t.Errorf("%s: %v, want %v", query, names, want)
		}
	}
	expectProblem(t, s.get("/gemini-keys.csv?state=odd"), http.StatusBadRequest, "invalid_input", "state")
}
